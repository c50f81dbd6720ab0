// Command mutate breaks gorun's promises in a copy of the code, one at a time, and makes sure that
// a test fails for each:
//
//	mutate [-run REGEXP] [-check]
//
// With -check it only makes sure that each change still applies. The status is 1 if a change does
// not apply, or if its test passes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

func main() {
	only := flag.String("run", "", "only promises that match a regular expression")
	check := flag.Bool("check", false, "only make sure that the changes apply")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	survived, err := mutate(ctx, regexp.MustCompile(*only), *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
	if survived > 0 {
		os.Exit(1)
	}
}

// mutate tries all mutations, and returns how many no test has noticed.
func mutate(ctx context.Context, only *regexp.Regexp, check bool) (survived int, err error) {
	for _, m := range mutations {
		if !only.MatchString(m.promise) {
			continue
		}
		if check {
			if _, err := m.apply("."); err != nil {
				return survived, err
			}
			continue
		}
		begun := time.Now()
		noticed, said, err := m.try(ctx)
		if err != nil {
			return survived, fmt.Errorf("%s: %w", m.promise, err)
		}
		verdict := "noticed"
		if !noticed {
			survived++
			verdict = "NOT NOTICED"
		}
		fmt.Printf("%-11s %4.0fs  %s (%s)\n", verdict, time.Since(begun).Seconds(), m.promise, m.test)
		if !noticed {
			fmt.Printf("%s\n", said)
		}
	}
	return survived, nil
}
