//go:build linux

#include "textflag.h"

// The kernel or the dynamic loader enters the program here. All registers except the
// stack pointer are free. The stack's contents are for the runtime.
TEXT gorun_entry(SB),NOSPLIT|NOFRAME,$0
	SUBQ	$64, SP
	MOVQ	$1, BX

	// rt_sigaction(signal, NULL, stack, 8): whether the handler is SIG_IGN
signals:
	MOVQ	BX, DI
	XORL	SI, SI
	MOVQ	SP, DX
	MOVL	$8, R10
	MOVL	$13, AX
	SYSCALL
	TESTQ	AX, AX
	JNE	next
	CMPQ	0(SP), $1
	JNE	next
	LEAQ	-1(BX), CX
	MOVL	$1, AX
	SHLQ	CX, AX
	ORQ	AX, ·ignored(SB)
next:
	INCQ	BX
	CMPQ	BX, $64
	JLE	signals

	// rt_sigprocmask(SIG_BLOCK, mask, blocked, 8)
	XORL	DI, DI
	LEAQ	·mask(SB), SI
	LEAQ	·blocked(SB), DX
	MOVL	$8, R10
	MOVL	$14, AX
	SYSCALL

	// fcntl(descriptor, F_GETFD): whether it fails
	XORL	BX, BX
descriptors:
	MOVQ	BX, DI
	MOVL	$1, SI
	XORL	DX, DX
	MOVL	$72, AX
	SYSCALL
	TESTQ	AX, AX
	JGE	open
	MOVQ	BX, CX
	MOVL	$1, AX
	SHLL	CX, AX
	ORL	AX, ·closed(SB)
open:
	INCQ	BX
	CMPQ	BX, $2
	JLE	descriptors

	// prlimit(0, RLIMIT_AS, NULL, stack)
	XORL	DI, DI
	MOVL	$9, SI
	XORL	DX, DX
	MOVQ	SP, R10
	MOVQ	$-1, 0(SP) // if that fails
	MOVL	$302, AX
	SYSCALL
	LEAQ	·noSpace(SB), R13
	MOVQ	·minSpace(SB), CX
	CMPQ	0(SP), CX
	JCS	refuse

	// prlimit(0, RLIMIT_NPROC, NULL, stack)
	XORL	DI, DI
	MOVL	$6, SI
	XORL	DX, DX
	MOVQ	SP, R10
	MOVQ	$-1, 0(SP) // if that fails
	MOVL	$302, AX
	SYSCALL
	MOVQ	·fewProcesses(SB), CX
	CMPQ	0(SP), CX
	JCC	start

	// clone(CLONE_VM|CLONE_VFORK, 0, 0, 0, 0), in the child again, until there are enough
	LEAQ	·noProcesses(SB), R13
	MOVQ	·minProcesses(SB), BX
	XORL	R12, R12 // whether this is a child
more:
	MOVL	$0x4100, DI
	XORL	SI, SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	MOVL	$56, AX
	SYSCALL
	TESTQ	AX, AX
	JEQ	child
	JLT	failed

	// wait4(child, stack, __WALL, NULL): whether it failed
	MOVQ	AX, DI
	MOVQ	SP, SI
	MOVL	$0x40000000, DX
	XORL	R10, R10
	MOVL	$61, AX
	SYSCALL
	MOVL	0(SP), DI
	SHRL	$8, DI
	JMP	done
child:
	MOVL	$1, R12
	XORL	DI, DI
	DECQ	BX
	JNE	more
	JMP	done
failed:
	MOVL	$1, DI
done:
	TESTL	R12, R12
	JNE	exit
	TESTL	DI, DI
	JEQ	start

refuse:
	// write(2, message, length)
	MOVL	$2, DI
	MOVQ	0(R13), SI
	MOVQ	8(R13), DX
	MOVL	$1, AX
	SYSCALL
	MOVL	$125, DI
exit:
	// exit_group(status)
	MOVL	$231, AX
	SYSCALL

start:
	// prctl(PR_GET_TIMERSLACK), and if it is above 0 and not longer, prctl(PR_SET_TIMERSLACK, longSlack)
	MOVL	$30, DI
	MOVL	$157, AX
	SYSCALL
	TESTQ	AX, AX
	JLE	run
	CMPQ	AX, ·longSlack(SB)
	JGE	run
	MOVQ	AX, ·slack(SB)
	MOVL	$29, DI
	MOVQ	·longSlack(SB), SI
	MOVL	$157, AX
	SYSCALL

run:
	MOVL	$1, ·ran(SB)
	ADDQ	$64, SP
	JMP	_rt0_amd64_linux(SB)
