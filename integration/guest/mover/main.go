// Command mover starts a command many times, and has each process moved into a scope of the
// mover's some time after its start, as tmux and terminal emulators do. Tests run it inside a
// machine:
//
//	mover RUNS AT-A-TIME MOST-MILLISECONDS COMMAND...
//	mover RUNS AT-A-TIME entered COMMAND...
//
// The times are spread evenly up to the most. With "entered", a process is moved when it has
// moved itself. It prints the output of each run on one
// line, with its status if that is not 0.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"gorun/cgroup"
	"gorun/scope"
)

func main() {
	runs, atATime := number(os.Args[1]), number(os.Args[2])
	wait := awaitEntered
	if os.Args[3] != "entered" {
		most := time.Duration(number(os.Args[3])) * time.Millisecond
		wait = func(i, _ int) { time.Sleep(most * time.Duration(i+1) / time.Duration(runs)) }
	}
	next := make(chan int)
	var group sync.WaitGroup
	for range atATime {
		group.Go(func() {
			for i := range next {
				fmt.Println(run(os.Args[4:], func(pid int) { wait(i, pid) }))
			}
		})
	}
	for i := range runs {
		next <- i
	}
	close(next)
	group.Wait()
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return n
}

// awaitEntered waits until a child has left this process's cgroup, or has ended.
func awaitEntered(_, pid int) {
	own, _ := cgroup.PathOf(0) // without cgroup v2 there is nothing to wait for
	for {
		if group, err := cgroup.PathOf(pid); err != nil || group != own {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// run runs a command, has it moved after a wait, and returns what it printed.
func run(command []string, wait func(pid int)) string {
	var out strings.Builder
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return err.Error()
	}
	wait(cmd.Process.Pid)
	moved := move(cmd.Process.Pid)
	err := cmd.Wait()
	text := strings.ReplaceAll(strings.TrimSpace(out.String()), "\n", "; ")
	if err = errors.Join(moved, err); err != nil {
		return text + ": " + err.Error()
	}
	return text
}

// move moves a process into a scope of its own, unless it has ended. The process may have left
// that scope again.
func move(pid int) error {
	_, err := scope.Start(context.Background(), scope.Spec{Unit: fmt.Sprintf("mover-%d.scope", pid), PIDs: []int{pid}})
	var ended *scope.NoProcessError
	var gone *scope.NotPlacedError
	if errors.As(err, &ended) || errors.As(err, &gone) {
		return nil
	}
	return err
}
