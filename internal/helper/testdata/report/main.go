// Command report prints the signals that are blocked and ignored in its helpers, for a
// test. It was linked with the instructions of package entry.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"gorun/internal/entry"
	"gorun/internal/helper"
)

func main() {
	for sig := unix.Signal(1); sig <= 64; sig++ {
		if entry.Ignored(sig) {
			signal.Ignore(sig)
		}
	}
	entry.Unblock()
	print()
	for sig := unix.Signal(1); sig <= 64; sig++ {
		if entry.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
	done := make(chan bool)
	go func() { // in another thread
		print()
		close(done)
	}()
	<-done
}

// print prints what a helper prints.
func print() {
	out, err := helper.Output(context.Background(), "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")
	fmt.Printf("%s", out)
	if err != nil {
		fmt.Println(err)
	}
}
