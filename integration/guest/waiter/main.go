// Command waiter runs a command and ends as it did: the least that a supervisor in Go can do. It
// makes no scope, passes on no signals, and says nothing.
package main

import (
	"os"
	"os/exec"
)

func main() {
	file, err := exec.LookPath(os.Args[1])
	if err != nil {
		os.Exit(127)
	}
	command, err := os.StartProcess(file, os.Args[1:], &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		os.Exit(126)
	}
	state, err := command.Wait()
	if err != nil {
		os.Exit(125)
	}
	os.Exit(state.ExitCode())
}
