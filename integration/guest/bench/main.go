// Command bench measures commands on a test machine. It reads a plan from standard input
// and prints what it measured, both in JSON (package measure).
//
// The commands of a round run one after the other, in an order of its own, so that what
// changes on the machine meanwhile hits all alike.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"

	"gorun/integration/guest/bench/measure"
)

func main() {
	var plan measure.Plan
	err := json.NewDecoder(os.Stdin).Decode(&plan)
	if err == nil {
		var results measure.Results
		if results, err = run(plan); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(results)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures each command once a round. The first rounds warm up, and do not count.
func run(plan measure.Plan) (measure.Results, error) {
	results := measure.Results{}
	for round := range plan.WarmUp + plan.Rounds {
		for _, i := range rand.Perm(len(plan.Commands)) {
			c := plan.Commands[i]
			s, err := measure.Command(c.Args)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			if round >= plan.WarmUp {
				results[c.Name] = append(results[c.Name], s)
			}
		}
	}
	return results, nil
}
