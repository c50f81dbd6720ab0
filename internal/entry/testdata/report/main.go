// Command report prints what package entry knows, for its test.
package main

import (
	"fmt"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
)

func main() {
	fmt.Print(entry.Ran())
	for sig := unix.Signal(1); sig <= 64; sig++ {
		if sig == 32 || sig == 33 {
			continue // used by the C library; env(1) cannot reset them for the test
		}
		if entry.Ignored(sig) {
			fmt.Print(" ignored ", int(sig))
		}
		if entry.Blocked(sig) {
			fmt.Print(" blocked ", int(sig))
		}
	}
	for fd := range 3 {
		if entry.Closed(fd) {
			fmt.Print(" closed ", fd)
		}
	}
	fmt.Println()
}
