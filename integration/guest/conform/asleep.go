package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// asleep waits until all processes in the foreground sleep. The last output of a program
// does not show that it waits for keys. less, for example, misses an earlier ^Z. Nor
// does it show that each process of the job has noticed its last SIGCONT. If ^Z comes before
// that, the shell may take the terminal while the program still reads.
func asleep() step {
	return func(c *console) error {
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
			group, err := c.foreground()
			if err != nil {
				return err
			}
			if states := statesIn(group); group != c.pid && states != "" && strings.Trim(states, "S") == "" {
				return nil
			}
		}
		return errors.New("never asleep")
	}
}

// statesIn lists the states of the processes in a group, a letter each.
func statesIn(group int) (states string) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	for _, file := range files {
		// 4711 (less) S 4710 4711 ...: a name may hold anything.
		line, _ := os.ReadFile(file) // fails if the process has ended
		_, rest, _ := strings.Cut(string(line[strings.LastIndexByte(string(line), ')')+1:]), " ")
		fields := strings.Fields(rest)
		if len(fields) > 2 && fields[2] == strconv.Itoa(group) {
			states += fields[0]
		}
	}
	return states
}
