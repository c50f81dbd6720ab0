// Command supervisor supervises its arguments as gorun does in its scope.
package main

import (
	"os"
	"strconv"

	"gorun/internal/supervise"
)

func main() {
	supervise.Begin()
	supervise.ReserveThreads()
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
	child, err := supervisor.Start(command, supervise.Options{})
	if err != nil {
		panic(err)
	}
	child.Wait().Exit()
}
