//go:build linux && !portable

#include "textflag.h"

// The kernel calls this on the thread's signal stack, with the signal in R0, the
// siginfo_t in R1, and rt_sigreturn(2) in the vDSO as the return address in the link
// register. rt_sigreturn restores the other registers.
//
//	write(pipe, siginfo, infoSize)
TEXT ·handler(SB),NOSPLIT|NOFRAME,$0
	MOVW	·pipe(SB), R0
	MOVD	$32, R2
	MOVD	$64, R8
	SVC
	RET

// func handlerAddress() uintptr
TEXT ·handlerAddress(SB),NOSPLIT,$0-8
	MOVD	$·handler(SB), R0
	MOVD	R0, ret+0(FP)
	RET

// func restorerAddress() uintptr
TEXT ·restorerAddress(SB),NOSPLIT,$0-8
	MOVD	ZR, ret+0(FP)
	RET
