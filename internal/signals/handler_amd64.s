//go:build linux && !portable

#include "textflag.h"

// The kernel calls this on the thread's signal stack, with the signal in DI, the
// siginfo_t in SI, and the restorer as the return address. The restorer restores the
// registers.
//
//	write(pipe, siginfo, infoSize)
TEXT ·handler(SB),NOSPLIT|NOFRAME,$0
	MOVL	·pipe(SB), DI
	MOVL	$32, DX
	MOVL	$1, AX
	SYSCALL
	RET

// rt_sigreturn(2)
TEXT ·restorer(SB),NOSPLIT|NOFRAME,$0
	MOVL	$15, AX
	SYSCALL
	INT	$3

// func handlerAddress() uintptr
TEXT ·handlerAddress(SB),NOSPLIT,$0-8
	LEAQ	·handler(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

// func restorerAddress() uintptr
TEXT ·restorerAddress(SB),NOSPLIT,$0-8
	LEAQ	·restorer(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
