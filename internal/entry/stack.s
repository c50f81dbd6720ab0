#include "textflag.h"

// func GrowStack()
TEXT ·GrowStack(SB), 0, $14000-0
	RET
