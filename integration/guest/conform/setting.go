package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience limits a trial, and each wait in it.
const patience = 90 * time.Second

//go:embed kid.py
var kid []byte

// install makes a directory with the trials' tools, kid and st.
func install() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "conform"); err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if err := os.Symlink(self, filepath.Join(dir, "st")); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "kid"), kid, 0o755)
}

// setting is the environment of the trials.
type setting struct {
	prefix string
	tools  string // the directory of the tools
}

// see runs a trial in a new directory and returns the observations.
func (s setting) see(t trial) string {
	dir, err := os.MkdirTemp("", "trial")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(dir)
	defer killIn(dir)
	if err := os.WriteFile(dir+"/log", nil, 0o666); err != nil { // trials read it before it is written
		return err.Error()
	}
	env := append(os.Environ(), "G="+s.prefix, "PATH="+s.tools+":"+os.Getenv("PATH")+":/usr/sbin:/sbin", "PS1=> ", "TERM=dumb", "LC_ALL=C.UTF-8", "HISTFILE=")
	var seen string
	if t.dialog != nil {
		seen = atTerminal(t, dir, env)
	} else {
		seen = withoutTerminal(t, dir, env)
	}
	return strings.ReplaceAll(seen, dir, "DIR")
}

// killIn kills all processes whose working directory is below dir.
func killIn(dir string) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is well-formed
	for _, link := range links {
		if at, err := os.Readlink(link); err == nil && strings.HasPrefix(at, dir) {
			pid, _ := strconv.Atoi(strings.Split(link, "/")[2]) // a number by the pattern
			syscall.Kill(pid, syscall.SIGKILL)                  // it may have ended
		}
	}
}

// describe says how a process ended.
func describe(w syscall.WaitStatus) string {
	switch {
	case w.Signaled() && w.CoreDump():
		return fmt.Sprintf("signal %d, core", w.Signal())
	case w.Signaled():
		return fmt.Sprintf("signal %d", w.Signal())
	}
	return fmt.Sprintf("exit %d", w.ExitStatus())
}
