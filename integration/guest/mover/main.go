// Command mover starts a command many times, and has each process moved into a scope of the
// mover's some time after its start, as tmux and terminal emulators do. Tests run it inside a
// machine:
//
//	mover RUNS AT-A-TIME MOST-MILLISECONDS COMMAND...
//
// The times are spread evenly up to the most. It prints the output of each run on one
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

	"gorun/scope"
)

func main() {
	var numbers [3]int
	for i := range numbers {
		n, err := strconv.Atoi(os.Args[1+i])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		numbers[i] = n
	}
	runs, atATime := numbers[0], numbers[1]
	most := time.Duration(numbers[2]) * time.Millisecond
	next := make(chan int)
	var group sync.WaitGroup
	for range atATime {
		group.Go(func() {
			for i := range next {
				fmt.Println(run(most*time.Duration(i+1)/time.Duration(runs), os.Args[4:]))
			}
		})
	}
	for i := range runs {
		next <- i
	}
	close(next)
	group.Wait()
}

// run runs a command, has it moved after a pause, and returns what it printed.
func run(pause time.Duration, command []string) string {
	var out strings.Builder
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return err.Error()
	}
	time.Sleep(pause)
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
