//go:build linux

#include "textflag.h"

// Where the kernel, or the dynamic loader, enters the program. All registers but
// the stack pointer are free; what is on the stack is the runtime's to read.
TEXT gorun_entry(SB),NOSPLIT|NOFRAME,$0
	SUBQ	$64, SP
	MOVQ	$1, BX

	// rt_sigaction(signal, NULL, stack, 8): is the handler SIG_IGN?
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

	// fcntl(descriptor, F_GETFD): does it fail?
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
