// Command supervisor supervises its arguments as gorun does in its scope.
package main

import (
	"os"
	"strconv"

	"gorun/internal/signals"
	"gorun/internal/supervise"
)

// garbage is what a supervisor leaves that asks a manager about a signal: $SUPERVISE_GARBAGE
// bytes.
var garbage []byte

func leaveGarbage(signals.Info) {
	if size, err := strconv.Atoi(os.Getenv("SUPERVISE_GARBAGE")); err == nil {
		garbage = make([]byte, size)
		garbage[0] = 1 // or no memory backs it
	}
}

func main() {
	supervise.Begin()
	supervise.ReserveThreads(supervise.BlockedBeside)
	path, isSet := os.LookupEnv("PATH")
	file, err := supervise.Find(os.Args[1], path, isSet)
	if err != nil {
		panic(err)
	}
	supervisor, err := supervise.New()
	if err != nil {
		panic(err)
	}
	command := supervise.Command{File: file, Args: os.Args[1:], Env: os.Environ()}
	if nice, err := strconv.Atoi(os.Getenv("SUPERVISE_NICE")); err == nil {
		command.Nice = &nice
	}
	if score, err := strconv.Atoi(os.Getenv("SUPERVISE_OOM_SCORE")); err == nil {
		command.OOMScore = &score
	}
	child, err := supervisor.Start(command, supervise.Options{Heard: leaveGarbage})
	if err != nil {
		panic(err)
	}
	child.Wait().Exit()
}
