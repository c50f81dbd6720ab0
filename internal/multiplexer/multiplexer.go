// Package multiplexer knows terminal multiplexers: programs whose sessions stay when their
// user leaves the terminal, and which attach to them when they are called again.
//
// Limitation: it knows a program by the name of its file, and a server by the names that a
// process has. A program may be installed under another name.
package multiplexer

import (
	"path"
	"slices"

	"gorun/internal/process"
)

// names are the names of their files.
var names = []string{"tmux", "screen", "zellij", "dtach", "abduco"}

// Of returns the multiplexer that a command line starts, empty if it starts something else.
func Of(command []string) string {
	if len(command) == 0 || !slices.Contains(names, path.Base(command[0])) {
		return ""
	}
	return path.Base(command[0])
}

// Server returns the multiplexer that a process is the server of, empty if it is none. The
// processes of the panes are the server's children; clients come and go. A server without a
// name of its own is known by having no terminal.
func Server(p process.Process) string {
	switch {
	case p.Name == "tmux: server":
		return "tmux"
	case p.Name == "screen" && len(p.Args) > 0 && p.Args[0] == "SCREEN":
		return "screen"
	case slices.Contains([]string{"zellij", "dtach", "abduco"}, p.Name) && p.Terminal == 0:
		return p.Name
	}
	return ""
}

// Servers finds the servers among all processes, by PID. The child of a server that has its
// name is not one: a pane has it between fork(2) and execve(2).
func Servers(list []process.Process) map[int]string {
	named, servers := map[int]string{}, map[int]string{}
	for _, p := range list {
		if name := Server(p); name != "" {
			named[p.PID] = name
		}
	}
	for _, p := range list {
		if name := named[p.PID]; name != "" && named[p.Parent] != name {
			servers[p.PID] = name
		}
	}
	return servers
}

// Documentation is a URI that a multiplexer's run has among its unit's documentation. The
// manager sets it with the start, and nobody can change it while the unit exists: it shows
// what the run is a run of, also before that has started and after it has ended.
func Documentation(name string) string { return "man:" + name + "(1)" }
