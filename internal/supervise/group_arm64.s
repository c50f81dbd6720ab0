//go:build linux

#include "textflag.h"

// func forkLeader() (pid int)
//
// See group_amd64.s.
TEXT ·forkLeader(SB),NOSPLIT|NOFRAME,$0-8
	MOVD	$0x4100, R0
	MOVD	ZR, R1
	MOVD	ZR, R2
	MOVD	ZR, R3
	MOVD	ZR, R4
	MOVD	$220, R8
	SVC
	CBZ	R0, child
	MOVD	R0, pid+0(FP)
	RET

	// setpgid(0, 0); exit(0)
child:
	MOVD	ZR, R0
	MOVD	ZR, R1
	MOVD	$154, R8
	SVC
	MOVD	ZR, R0
	MOVD	$93, R8
	SVC
	BRK
