// Command faults starts gorun many times while something goes wrong, and checks afterwards that
// each command ran at most once and in a scope of its own, that gorun's status says whether it
// did, and that nothing is left and nothing is gone. Tests run it inside a machine:
//
//	faults [-seed N] [-at-a-time N] CASE LAUNCHES
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
	if len(os.Args) > 1 && os.Args[1] == commandWord {
		os.Exit(beCommand(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == listenWord {
		os.Exit(beTraps())
	}
	list := flag.Bool("list", false, "print the names of all cases")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "for what is random")
	atATime := flag.Int("at-a-time", 0, "how many launches at a time; 0 for as many as the case wants")
	flag.Parse()
	if *list {
		for _, c := range cases {
			fmt.Println(c.name)
		}
		return
	}
	t, err := run(flag.Arg(0), flag.Arg(1), *seed, *atATime)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(t)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// run runs a case.
func run(name, launches string, seed uint64, atATime int) (*tally.Tally, error) {
	n, err := strconv.Atoi(launches)
	if err != nil {
		return nil, err
	}
	c, err := caseNamed(name)
	if err != nil {
		return nil, err
	}
	if atATime > 0 {
		c.atATime = atATime
	}
	return newTrial(c, n, seed).run()
}
