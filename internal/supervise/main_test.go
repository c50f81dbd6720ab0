package supervise

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"gorun/internal/signals"
)

// role names the variable that makes the test binary act as another program.
const role = "SUPERVISE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "supervisor":
		beSupervisor(Options{}, func(*Supervisor) {})
	case "parting":
		beSupervisor(Options{Route: func(i signals.Info, pid int) Route {
			if i.Signal == unix.SIGTERM {
				return Part
			}
			return Forward
		}}, func(*Supervisor) {})
	case "early":
		beSupervisor(toEveryone(), func(*Supervisor) { unix.Kill(os.Getpid(), unix.SIGTERM) })
	case "launching":
		beSupervisor(toEveryone(), func(s *Supervisor) {
			s.During(func() error {
				s.signals <- signals.Info{Signal: unix.SIGTERM} // blocks until it is received
				return nil
			})
		})
	case "doomed", "doomed to exec":
		toExec := os.Getenv(role) == "doomed to exec"
		beSupervisor(Options{}, func(s *Supervisor) {
			s.LastWords = func(list []signals.Info) (Status, bool) {
				fmt.Fprintln(os.Stderr, "last words about", list[0].Signal)
				return Status{Code: 124}, true
			}
			s.During(func() error {
				s.signals <- signals.Info{Signal: unix.SIGTERM} // blocks until it is received
				if !toExec {
					select {} // until LastWords
				}
				return nil
			})
			s.Exec(Command{File: "/bin/false", Args: []string{"false"}})
		})
	case "looking":
		beSupervisor(Options{
			Recheck: func() { fmt.Fprintln(os.Stderr, "recheck") },
			Ended:   func(pid int) { fmt.Fprintln(os.Stderr, "ended", unix.Kill(pid, 0)) },
		}, func(*Supervisor) {})
	case "logger":
		beLogger()
	case "counter":
		beCounter()
	}
	os.Exit(m.Run())
}

// toEveryone are the options for a manager that sends its signals to all processes.
func toEveryone() Options {
	return Options{
		Heard: func(i signals.Info) {
			if i.Signal == unix.SIGTERM {
				fmt.Fprintln(os.Stderr, "TERM to everyone")
			}
		},
		Route: func(signals.Info, int) Route { return Delivered },
	}
}

// beSupervisor calls before, and then supervises its arguments as gorun does.
func beSupervisor(o Options, before func(*Supervisor)) {
	os.Unsetenv(role)
	Begin()
	ReserveThreads(BlockedBeside)
	path, isSet := os.LookupEnv("PATH")
	file, err := Find(os.Args[1], path, isSet)
	supervisor, catchErr := New()
	if catchErr != nil {
		panic(catchErr)
	}
	before(supervisor)
	var child *Child
	if err == nil {
		child, err = supervisor.Start(Command{File: file, Args: os.Args[1:], Env: os.Environ()}, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if err.(*StartError).NotFound() {
			os.Exit(127)
		}
		os.Exit(126)
	}
	child.Wait().Exit()
}

// beLogger prints the name of each signal that it gets. It exits with status 9 on USR2.
func beLogger() {
	got := make(chan os.Signal, 100)
	signal.Notify(got, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGCONT)
	fmt.Println("ready")
	for s := range got {
		fmt.Println("got", s)
		if s == syscall.SIGUSR2 {
			os.Exit(9)
		}
	}
}

// supervised is a command under a supervisor.
func supervised(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), role+"=supervisor")
	return cmd
}

// logger is the command line of a supervised logger.
func logger() []string {
	return []string{"/usr/bin/env", role + "=logger", os.Args[0]}
}

// quoted is a command line for a shell.
func quoted(args []string) string {
	for i, a := range args {
		args[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	return strings.Join(args, " ")
}
