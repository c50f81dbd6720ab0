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

	MOVD	$1, R6
	MOVW	R6, ·ran(SB)
	ADD	$64, RSP
	JMP	_rt0_arm64_linux(SB)
