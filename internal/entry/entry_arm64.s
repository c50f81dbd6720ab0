//go:build linux

#include "textflag.h"

// The kernel or the dynamic loader enters the program here. All registers except the
// stack pointer are free. The stack's contents are for the runtime.
TEXT gorun_entry(SB),NOSPLIT|NOFRAME,$0
	SUB	$64, RSP
	MOVD	$1, R19

	// rt_sigaction(signal, NULL, stack, 8): whether the handler is SIG_IGN
signals:
	MOVD	R19, R0
	MOVD	ZR, R1
	ADD	$16, RSP, R2
	MOVD	$8, R3
	MOVD	$134, R8
	SVC
	CBNZ	R0, next
	MOVD	16(RSP), R4
	CMP	$1, R4
	BNE	next
	SUB	$1, R19, R5
	MOVD	$1, R6
	LSL	R5, R6, R6
	MOVD	·ignored(SB), R7
	ORR	R6, R7, R7
	MOVD	R7, ·ignored(SB)
next:
	ADD	$1, R19
	CMP	$64, R19
	BLE	signals

	// rt_sigprocmask(SIG_BLOCK, mask, blocked, 8)
	MOVD	ZR, R0
	MOVD	$·mask(SB), R1
	MOVD	$·blocked(SB), R2
	MOVD	$8, R3
	MOVD	$135, R8
	SVC

	// fcntl(descriptor, F_GETFD): whether it fails
	MOVD	ZR, R19
descriptors:
	MOVD	R19, R0
	MOVD	$1, R1
	MOVD	ZR, R2
	MOVD	$25, R8
	SVC
	TBZ	$63, R0, open
	MOVD	$1, R6
	LSL	R19, R6, R6
	MOVWU	·closed(SB), R7
	ORR	R6, R7, R7
	MOVW	R7, ·closed(SB)
open:
	ADD	$1, R19
	CMP	$2, R19
	BLE	descriptors

	// prlimit(0, RLIMIT_AS, NULL, stack)
	MOVD	ZR, R0
	MOVD	$9, R1
	MOVD	ZR, R2
	ADD	$16, RSP, R3
	MOVD	$-1, R4
	MOVD	R4, 16(RSP) // if that fails
	MOVD	$261, R8
	SVC
	MOVD	$·noSpace(SB), R21
	MOVD	16(RSP), R4
	MOVD	·minSpace(SB), R5
	CMP	R5, R4
	BLO	refuse

	// prlimit(0, RLIMIT_NPROC, NULL, stack)
	MOVD	ZR, R0
	MOVD	$6, R1
	MOVD	ZR, R2
	ADD	$16, RSP, R3
	MOVD	$-1, R4
	MOVD	R4, 16(RSP) // if that fails
	MOVD	$261, R8
	SVC
	MOVD	16(RSP), R4
	MOVD	·fewProcesses(SB), R5
	CMP	R5, R4
	BHS	start

	// clone(CLONE_VM|CLONE_VFORK, 0, 0, 0, 0), in the child again, until there are enough
	MOVD	$·noProcesses(SB), R21
	MOVD	·minProcesses(SB), R19
	MOVD	ZR, R20 // whether this is a child
more:
	MOVD	$0x4100, R0
	MOVD	ZR, R1
	MOVD	ZR, R2
	MOVD	ZR, R3
	MOVD	ZR, R4
	MOVD	$220, R8
	SVC
	CBZ	R0, child
	TBNZ	$63, R0, failed

	// wait4(child, stack, __WALL, NULL): whether it failed
	ADD	$16, RSP, R1
	MOVD	$0x40000000, R2
	MOVD	ZR, R3
	MOVD	$260, R8
	SVC
	MOVWU	16(RSP), R0
	LSR	$8, R0, R0
	B	done
child:
	MOVD	$1, R20
	MOVD	ZR, R0
	SUBS	$1, R19
	BNE	more
	B	done
failed:
	MOVD	$1, R0
done:
	CBNZ	R20, exit
	CBZ	R0, start

refuse:
	// write(2, message, length)
	MOVD	$2, R0
	MOVD	0(R21), R1
	MOVD	8(R21), R2
	MOVD	$64, R8
	SVC
	MOVD	$125, R0
exit:
	// exit_group(status)
	MOVD	$94, R8
	SVC

start:
	// prctl(PR_GET_TIMERSLACK), and if it is above 0 and not longer, prctl(PR_SET_TIMERSLACK, longSlack)
	MOVD	$30, R0
	MOVD	$167, R8
	SVC
	CMP	$0, R0
	BLE	run
	MOVD	·longSlack(SB), R1
	CMP	R1, R0
	BGE	run
	MOVD	R0, ·slack(SB)
	MOVD	$29, R0
	MOVD	$167, R8
	SVC

run:
	MOVD	$1, R6
	MOVW	R6, ·ran(SB)
	ADD	$64, RSP
	JMP	_rt0_arm64_linux(SB)
