// Command gotest runs go test and prints a line for each package as it ends:
//
//	gotest [-tests PACKAGE] -- [NAME=VALUE...] [ARG...] [-- [NAME=VALUE...] [ARG...]]...
//
// The arguments are those of go test, with variables of its environment before them. Each list
// is for a go test of its own, and all run at the same time. For the tests of the package that
// -tests names, and of those below it, gotest also prints a line for each test on each machine.
// It shows the output of tests that fail. At the end it lists the skipped tests with the reasons,
// and the failures: each once, with how often it failed if the tests ran several times (go test
// -count=N).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"time"
)

func main() {
	tests := flag.String("tests", "", "the `package` whose tests have a line each, with the packages below it")
	flag.Parse()
	// ^C also reaches go test and ends it. Failures until then are still printed.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := newSummary(os.Stdout, *tests)
	err := adopt()
	if err == nil {
		err = run(split(flag.Args()), s)
	}
	endOrphans(10 * time.Second)
	s.print()
	if ctx.Err() != nil {
		removeGroups()
		os.Exit(128 + int(syscall.SIGINT))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
}

// split splits a list at each "--".
func split(args []string) (lists [][]string) {
	for {
		i := slices.Index(args, "--")
		if i < 0 {
			return append(lists, args)
		}
		lists, args = append(lists, args[:i]), args[i+1:]
	}
}

// run runs a go test for each list, and adds the events of all to s.
func run(lists [][]string, s *summary) error {
	var all []*goTest
	var pids []int
	for _, list := range lists {
		t, err := start(list)
		if err != nil {
			return err // the others end with this process
		}
		all, pids = append(all, t), append(pids, t.cmd.Process.Pid)
	}
	done := make(chan struct{})
	defer close(done)
	go reapOrphans(pids, done)
	var mu sync.Mutex
	add := func(e event) {
		mu.Lock()
		defer mu.Unlock()
		s.add(e)
	}
	errs := make([]error, len(all))
	var running sync.WaitGroup
	for i, t := range all {
		running.Go(func() { errs[i] = t.wait(add) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// goTest is a go test that runs.
type goTest struct {
	cmd *exec.Cmd
	out io.Reader
}

// start starts go test with a list of variables and arguments.
func start(list []string) (*goTest, error) {
	n := slices.IndexFunc(list, func(word string) bool { return !isVariable.MatchString(word) })
	if n < 0 {
		n = len(list)
	}
	t := &goTest{cmd: exec.Command("go", append([]string{"test", "-json"}, list[n:]...)...)}
	t.cmd.Env = append(os.Environ(), list[:n]...)
	t.cmd.Stderr = os.Stderr
	var err error
	if t.out, err = t.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return t, t.cmd.Start()
}

// isVariable matches the setting of a variable.
var isVariable = regexp.MustCompile(`^[A-Z_]+=`)

// wait reads the events until the end.
func (t *goTest) wait(add func(event)) error {
	readErr := readEvents(t.out, add)
	if err := t.cmd.Wait(); err != nil {
		return fmt.Errorf("go test: %w", err)
	}
	return readErr
}
