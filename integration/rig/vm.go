package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
)

// vm is a virtual machine: a QEMU process and nothing else. It has no files, so none are
// left behind, however it ends.
type vm struct {
	processor
	process *os.Process
	ended   chan struct{} // closed when process has been waited for
	console tail          // the output of the guest's serial line
	errors  tail          // the messages of QEMU
	monitor *monitor
	sshd    <-chan struct{} // closed when sshd comes up in the guest, unless it is resumed
	port    int             // forwarded to the guest's sshd, on the host's loopback interface
}

// StartVM starts a virtual machine from img and waits until users can log in. The
// machine's files are lost when it ends.
//
// The first start boots the machine and saves its state in the cache. Later starts resume
// from this state, so all machines of an image have the same boot ID.
func StartVM(ctx context.Context, img *Image) (*Machine, error) {
	if img.layer != "" {
		return nil, errors.New("start virtual machine: only containers have further packages")
	}
	m, s, err := img.resume(ctx)
	if err != nil && s != nil && ctx.Err() == nil {
		// The snapshot's name cannot include everything that it depends on.
		fmt.Fprintf(img.log, "rig: %s does not start from its snapshot; making a new one: %v\n", img.Suite.Name, err)
		s.discard()
		m, _, err = img.resume(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("start virtual machine %s: %w", img.Suite.Name, err)
	}
	return m, nil
}

// startVM starts QEMU in the directory of a snapshot, with devices in addition to those
// of every machine.
func startVM(ctx context.Context, p processor, dir string, devices ...device) (*vm, error) {
	v := &vm{processor: p, ended: make(chan struct{})}
	v.sshd = v.listening()
	if err := v.start(ctx, dir, machineArgs(p, devices...)); err != nil {
		return nil, v.failed(err)
	}
	return v, nil
}

// failed ends the machine and adds its output to err.
func (v *vm) failed(err error) error {
	v.close()
	return fmt.Errorf("%w\n%s", err, v.journal())
}

// start starts the process and queries its port.
func (v *vm) start(ctx context.Context, dir string, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	near, far, err := newMonitor()
	if err != nil {
		return err
	}
	v.monitor = near
	err = v.spawn(dir, args, far)
	far.Close() // QEMU has it now
	if err != nil {
		return err
	}
	if err := v.monitor.open(ctx); err != nil {
		return err
	}
	v.port, err = v.monitor.forwardedPort(ctx)
	return err
}

// machineArgs is QEMU's command line.
func machineArgs(p processor, devices ...device) []string {
	common := []device{
		board{p.architecture, 2, 1024},
		p,
		kernel{
			Image: "../" + diskPart + "/vmlinuz", Initrd: "../" + diskPart + "/initrd",
			CommandLine: []string{
				"root=/dev/vda", "rw", "console=" + p.console, "quiet",
				// The console shows only the journal, for [vm.listening]
				// and [vm.journal].
				"systemd.journald.forward_to_console=1", "TERM=dumb",
				"systemd.mask=serial-getty@" + p.console + ".service",
				p.kernel,
			},
		},
		network{}, console{}, monitorAt{FD: monitorFD},
	}
	return qemuArgs(append(common, devices...)...)
}

// monitorFD is the descriptor in QEMU of the first of [exec.Cmd.ExtraFiles].
const monitorFD = 3

// spawn starts QEMU, which inherits the far end of the monitor.
func (v *vm) spawn(dir string, args []string, far *os.File) error {
	cmd := exec.Command(v.qemu, args...)
	cmd.Dir = dir
	cmd.Stdout = &v.console
	cmd.Stderr = &v.errors
	cmd.ExtraFiles = []*os.File{far}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	stuck := v.errors.watch("KVM internal error")
	if err := startWithThread(cmd, v.ended); err != nil {
		return err
	}
	v.process = cmd.Process
	go v.endIf(stuck)
	return nil
}

// endIf ends a machine that KVM failed to run: QEMU reports the error and pauses it.
func (v *vm) endIf(stuck <-chan struct{}) {
	select {
	case <-stuck:
		v.process.Kill() // it may have ended by itself
	case <-v.ended:
	}
}

// listening returns a channel that is closed when the guest's sshd next comes up.
// Connections must wait for this: QEMU accepts them at once, but retries to connect to
// the guest at intervals that double.
func (v *vm) listening() <-chan struct{} { return v.console.watch("Server listening on") }

// waitFor waits for an event while the machine boots.
func (v *vm) waitFor(ctx context.Context, event <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	select {
	case <-event:
		return nil
	case <-v.ended:
		return errors.New("the machine has ended")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dial connects to the guest's sshd; no other port is reachable.
func (v *vm) dial(ctx context.Context, port int) (net.Conn, error) {
	if port != sshPort {
		return nil, fmt.Errorf("port %d of a virtual machine is not reachable", port)
	}
	return new(net.Dialer).DialContext(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", v.port))
}

// journal is the output of the serial console, which has the journal, and of QEMU.
func (v *vm) journal() string { return printable(v.console.String() + v.errors.String()) }

// exited is closed when the machine has ended.
func (v *vm) exited() <-chan struct{} { return v.ended }

// close ends the machine like a power cut.
func (v *vm) close() {
	if v.monitor != nil {
		v.monitor.close()
	}
	if v.process != nil {
		v.process.Kill() // it may have ended by itself
		<-v.ended
	}
}
