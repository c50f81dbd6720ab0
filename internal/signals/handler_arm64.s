//go:build linux && !portable

#include "textflag.h"

// The kernel calls this with the signal in R0, the siginfo_t in R1, on the thread's
// signal stack, with the address of rt_sigreturn(2) in its own vDSO in the link
// register. What the other registers held is put back from there.
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
