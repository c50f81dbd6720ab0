// Command report prints what package entry knows, for its test. With an argument it prints the timer
// slack of its thread, and that of a child.
package main

import (
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
)

func main() {
	if len(os.Args) > 1 {
		printSlack()
		return
	}
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

func printSlack() {
	own, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	fmt.Println(own, err)
	child := exec.Command("cat", "/proc/self/timerslack_ns")
	child.Stdout = os.Stdout
	if err := entry.Inherit(child.Run); err != nil {
		fmt.Println(err)
	}
}
