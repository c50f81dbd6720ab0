// Command gotest runs go test and prints a line for each package as it ends:
//
//	gotest [-tests] -- [ARG...]
//
// The arguments are those of go test. With -tests gotest also prints a line for each
// test on each machine. It shows the output of tests that fail. At the end it lists the
// skipped tests with the reasons, and the failures: each once, with how often it failed
// if the tests ran several times (go test -count=N).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	tests := flag.Bool("tests", false, "a line for each test, too")
	flag.Parse()
	// ^C also reaches go test and ends it. Failures until then are still printed.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := newSummary(os.Stdout, *tests)
	err := adopt()
	if err == nil {
		err = run(flag.Args(), s)
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

// run runs go test and adds its events to s.
func run(args []string, s *summary) error {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go reapOrphans(cmd.Process.Pid)
	readErr := readEvents(out, s.add)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("go test: %w", err)
	}
	return readErr
}
