package main

import (
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/cli"
	"gorun/internal/manage"
	"gorun/internal/process"
	"gorun/internal/text"
	"gorun/scope/property"
)

// value offers the values of an option. before is the part of the word before the value.
func (c *completion) value(f cli.Flag, before, typed string) {
	info := f.Info()
	switch {
	case info.Values == cli.PropertyValue:
		for _, p := range propertyOptions {
			if p.option == info.Name {
				c.propertyValue(p.property, before, typed)
			}
		}
	case info.Words() != nil:
		c.word(info.Words(), before, typed)
	default:
		c.offerKind(info.Values, before, typed)
	}
}

// word offers words. What begins a file's name, as in file:, is followed by one.
func (c *completion) word(words []string, before, typed string) {
	for _, w := range words {
		if strings.HasSuffix(w, ":") && strings.HasPrefix(typed, w) {
			text.Fprintf(c.out, ":files %s\n", before+w)
			return
		}
	}
	for _, w := range words {
		c.offer(before+typed, before+w, "")
	}
}

// offerKind offers values of a kind.
func (c *completion) offerKind(kind, before, typed string) {
	switch kind {
	case cli.Files, cli.Directories, cli.Users, cli.Groups, cli.Variables:
		text.Fprintf(c.out, ":%s %s\n", strings.TrimPrefix(kind, "@"), before)
	case cli.Units:
		for _, name := range manage.Names(c.manager) {
			c.offer(before+typed, before+name, "")
		}
	case cli.UnitFiles:
		for _, name := range manage.UnitFiles(c.manager) {
			c.offer(before+typed, before+name, "")
		}
	case cli.Slices:
		c.word([]string{"app.slice", "background.slice", "session.slice"}, before, typed)
	case cli.Processes:
		c.processes(before, typed)
	case cli.Properties:
		c.assignment(before, typed, func(property.Info) bool { return true })
	}
}

// isLive reports whether a property can be changed while a scope runs: limits and the description.
func isLive(p property.Info) bool {
	return p.Controller != "" || strings.HasPrefix(p.Name, "ManagedOOM") || p.Name == "Description"
}

// assignment offers the names of some properties, or the values of one.
func (c *completion) assignment(before, typed string, isOffered func(property.Info) bool) {
	if name, value, ok := strings.Cut(typed, "="); ok {
		c.propertyValue(name, before+name+"=", value)
		return
	}
	for _, p := range property.All() {
		if p.Futile() == "" && isOffered(p) {
			c.offer(before+typed, before+p.Name+"=", p.Help)
		}
	}
}

// propertyValue offers the values of a property. Its syntax says which there are.
func (c *completion) propertyValue(name, before, typed string) {
	p, ok := property.Named(name)
	if !ok {
		return
	}
	switch syntax := p.Metavar(); {
	case syntax == "BOOL":
		c.word([]string{"yes", "no"}, before, typed)
	case syntax == "SIGNAL":
		c.word(signalNames(), before, typed)
	case syntax == "SLICE":
		c.offerKind(cli.Slices, before, typed)
	case syntax == "USER":
		c.offerKind(cli.Users, before, typed)
	case syntax == "GROUP":
		c.offerKind(cli.Groups, before, typed)
	case strings.Contains(syntax, "|") && !strings.ContainsAny(syntax, "[]{}"):
		for _, w := range strings.Split(syntax, "|") {
			switch {
			case w == "BOOL":
				c.word([]string{"yes", "no"}, before, typed)
			case w == strings.ToLower(w): // others stand for something
				c.offer(before+typed, before+w, "")
			}
		}
	}
}

// signalNames are the names of the classic signals.
func signalNames() (names []string) {
	for n := unix.Signal(1); n < 32; n++ {
		names = append(names, unix.SignalName(n))
	}
	return names
}

// processes offers the IDs of the user's processes, with what they run.
func (c *completion) processes(before, typed string) {
	list, _, err := process.List()
	if err != nil {
		return
	}
	for _, p := range list {
		if p.UID == os.Getuid() && p.PID != os.Getpid() && len(p.Args) > 0 {
			line := strings.Join(append([]string{path.Base(p.Args[0])}, p.Args[1:]...), " ")
			c.offer(before+typed, before+strconv.Itoa(p.PID), line)
		}
	}
}
