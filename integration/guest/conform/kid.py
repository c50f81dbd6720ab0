#!/usr/bin/python3 -ES
# kid SECONDS [STATUS [FILE]]: prints each signal that it gets and its sender, the kernel
# or a user's process. It exits with STATUS after SECONDS or on USR2. Ignored signals
# stay ignored, and stops and continues have their default actions.
# Its PID is in the file "pid".
import os
import signal
import sys
import time

# Python itself ignores PIPE and XFSZ.
quiet = {signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT, signal.SIGCHLD}
heard = {s for s in signal.valid_signals() - quiet if signal.getsignal(s) != signal.SIG_IGN}


def name(n):
    try:
        return signal.Signals(n).name[3:]
    except ValueError:
        return str(n)


def log(text):
    os.write(1, (text + "\n").encode())


signal.pthread_sigmask(signal.SIG_BLOCK, heard)
if len(sys.argv) > 3:  # print to FILE
    os.dup2(os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666), 1)
end = time.monotonic() + float(sys.argv[1])
with open("pid", "w") as f:
    f.write(str(os.getpid()))
log("ready")
while True:
    info = signal.sigtimedwait(heard, max(0, end - time.monotonic()))
    if info is None:
        break
    if info.si_signo == signal.SIGUSR2:
        end = 0  # pending signals are printed first
        continue
    log(name(info.si_signo) + (" kernel" if info.si_code > 0 else " user"))
log("end")
sys.exit(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
