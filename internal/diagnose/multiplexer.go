package diagnose

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"gorun/internal/logind"
	"gorun/internal/multiplexer"
	"gorun/internal/process"
)

// Server is a multiplexer's server that a logout ends, with all that runs in it.
type Server struct {
	Name string // of the multiplexer: tmux, screen, ...
	PID  int
	Why  string
	Fix  string // how it comes to survive
}

// serverTimeout bounds the questions about servers. A launch waits for them.
const serverTimeout = time.Second

// ServersOutside finds the running servers that a multiplexer's command line attaches
// to, in a place that a logout ends. COMMAND would only be a client, whose scope does not
// protect the server. A server that is in the unit already is not outside: a run that joins
// finds out itself whether the unit survives.
func ServersOutside(command []string, unit string) []Server {
	name := path.Base(command[0])
	if name != "tmux" && !(name == "screen" && attaches(command)) {
		return nil
	}
	processes, _, err := process.List()
	if err != nil {
		return nil // without /proc more is wrong than this
	}
	ctx, cancel := context.WithTimeout(context.Background(), serverTimeout)
	defer cancel()
	servers := multiplexer.Servers(processes)
	var judge *logind.Judge // nil until needed
	var list []Server
	for _, p := range processes {
		if servers[p.PID] != name || path.Base(p.Cgroup) == unit || p.UID != os.Getuid() || name == "tmux" && socket(p.Args) != socket(command) {
			continue
		}
		if judge == nil {
			judge = logind.NewJudge(ctx)
		}
		if verdict := judge.Process(ctx, p); !verdict.Survives && !verdict.Unknown {
			list = append(list, Server{name, p.PID, verdict.Why, rescue(fmt.Sprintf("gorun --adopt %d", p.PID))})
		}
	}
	return list
}

// attaches reports whether a command line asks screen(1) for an existing session: by -r,
// -R or -x, maybe together with other letters, as in -dRR.
func attaches(command []string) bool {
	return slices.ContainsFunc(command[1:], func(arg string) bool {
		return strings.HasPrefix(arg, "-") && strings.ContainsAny(arg, "rRx") && !strings.HasPrefix(arg, "--")
	})
}

// tmuxOptions are the options of tmux(1) that take a value.
const tmuxOptions = "cfLST"

// socket returns the server that a tmux command line means: the value of -L or -S, empty
// for the default one.
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
