// Command conform tries how commands behave behind a prefix such as "gorun". Each trial
// is a script, or a dialog at a terminal, with $G for the prefix. The observations are
// printed as a JSON object, by the trial's name. The caller compares them with those
// without a prefix.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

func main() {
	if filepath.Base(os.Args[0]) == "st" {
		printStatus(os.Args[1:])
		return
	}
	prefix := flag.String("prefix", "", "the prefix of each command")
	only := flag.String("only", "", "run only the trials whose names match a regular expression")
	list := flag.Bool("list", false, "print the trials in their order, and run none")
	parallel := flag.Int("parallel", 4, "how many trials to run at a time")
	flag.Parse()
	trials := slices.DeleteFunc(all(), func(t trial) bool { return !regexp.MustCompile(*only).MatchString(t.Name) })
	if *list {
		print(trials)
		return
	}
	tools, err := install()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer os.RemoveAll(tools)
	print(runAll(trials, setting{prefix: *prefix, tools: tools}, *parallel))
}

// print prints JSON.
func print(v any) {
	if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runAll runs trials and returns the observations by trial name.
func runAll(trials []trial, s setting, parallel int) map[string]string {
	var wait sync.WaitGroup
	var mu sync.Mutex
	saw := map[string]string{}
	slots := make(chan struct{}, parallel)
	for _, t := range trials {
		if t.OnlyFor != "" && !strings.HasPrefix(s.prefix, t.OnlyFor) {
			continue
		}
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			text := s.see(t)
			mu.Lock()
			defer mu.Unlock()
			saw[t.Name] = text
		})
	}
	wait.Wait()
	return saw
}
