package main

import (
	"context"
	"os"
	"path"
	"slices"
	"strings"

	"gorun/internal/logind"
	"gorun/internal/process"
)

// multiplexer tells which terminal multiplexer a process is the server of, if any.
// The server has the panes' processes; a client comes and goes.
func multiplexer(p process.Process) string {
	switch {
	case p.Name == "tmux: server":
		return "tmux"
	case p.Name == "screen" && len(p.Args) > 0 && p.Args[0] == "SCREEN":
		return "screen"
	}
	return ""
}

// warnOfServers warns where COMMAND would only be the client of a multiplexer whose
// server runs already, in a place that a logout ends: the scope would not save it.
func warnOfServers(command []string, tui *terminal) {
	name := path.Base(command[0])
	if tui.quiet || name != "tmux" && !(name == "screen" && attaches(command)) {
		return
	}
	processes, err := process.List()
	if err != nil {
		return // without /proc there is more amiss than this
	}
	ctx, cancel := context.WithTimeout(context.Background(), questionTimeout)
	defer cancel()
	var judge *logind.Judge
	for _, p := range processes {
		if multiplexer(p) != name || p.UID != os.Getuid() || name == "tmux" && socket(p.Args) != socket(command) {
			continue
		}
		if judge == nil {
			if judge, err = logind.NewJudge(ctx); err != nil {
				return // no logind that could end anything
			}
		}
		if verdict, err := judge.Process(ctx, p); err == nil && !verdict.Survives {
			tui.warnOfServer(name, p.PID, verdict.Why)
		}
	}
}

// attaches tells whether screen(1) is asked for a session that there is: by -r, -R
// or -x, maybe together with others, as in -dRR.
func attaches(command []string) bool {
	return slices.ContainsFunc(command[1:], func(arg string) bool {
		return strings.HasPrefix(arg, "-") && strings.ContainsAny(arg, "rRx") && !strings.HasPrefix(arg, "--")
	})
}

// tmuxOptions are the options of tmux(1) that take a value.
const tmuxOptions = "cfLST"

// socket says which server a tmux command line means: the value of -L or -S, empty
// for the usual one.
func socket(args []string) string {
	for i := 1; i < len(args); i++ {
		letters, isOption := strings.CutPrefix(args[i], "-")
		if !isOption || letters == "" || letters == "-" {
			break
		}
		at := strings.IndexAny(letters, tmuxOptions)
		if at < 0 {
			continue
		}
		value := letters[at+1:]
		if value == "" && i+1 < len(args) {
			i++
			value = args[i]
		}
		if letter := letters[at]; letter == 'L' || letter == 'S' {
			return string(letter) + value
		}
	}
	return ""
}
