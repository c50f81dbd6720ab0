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

	MOVL	$1, ·ran(SB)
	ADDQ	$64, SP
	JMP	_rt0_amd64_linux(SB)
