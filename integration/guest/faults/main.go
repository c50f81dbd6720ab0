// Command faults starts gorun many times while something goes wrong, and checks afterwards that
// each command ran at most once and in a scope of its own, that gorun's status says whether it
// did, and that nothing is left and nothing is gone. Tests run it inside a machine:
//
//	faults [-seed N] [-over TIME] CASE LAUNCHES
//	faults -list
//
// It prints a [tally.Tally] as JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"

	"gorun/integration/guest/faults/tally"
)

func main() {
	if len(os.Args) > 2 {
		switch rest := os.Args[2:]; os.Args[1] {
		case commandWord:
			os.Exit(beCommand(rest))
		case serveWord:
			os.Exit(beAgent(rest[0]))
		case viaWord:
			os.Exit(beStartedVia(rest))
		}
	}
	if len(os.Args) == 2 && os.Args[1] == listenWord {
		os.Exit(beTraps())
	}
	list := flag.Bool("list", false, "print the names of all cases")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "for what is random")
	over := flag.Duration("over", 0, "the time over which the launches are spread; 0 for as short as possible")
	flag.Parse()
	if *list {
		for _, c := range cases {
			fmt.Println(c.name)
		}
		return
	}
	t, err := run(flag.Arg(0), flag.Arg(1), *seed, *over)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(t)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// run runs a case.
func run(name, launches string, seed uint64, over time.Duration) (*tally.Tally, error) {
	n, err := strconv.Atoi(launches)
	if err != nil {
		return nil, err
	}
	c, err := caseNamed(name)
	if err != nil {
		return nil, err
	}
	t := newTrial(c, n, seed)
	if over > 0 {
		t.spread(over)
	}
	return t.run()
}
