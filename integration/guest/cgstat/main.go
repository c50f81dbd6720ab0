// Command cgstat prints as JSON what package cgroup reads from its own cgroup. Tests run
// it inside a machine and compare the output with the kernel's files.
package main

import (
	"encoding/json"
	"log"
	"os"

	"gorun/cgroup"
)

func main() {
	group, err := cgroup.Of(0)
	if err != nil {
		log.Fatal(err)
	}
	stats, err := group.ReadStats()
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(stats); err != nil {
		log.Fatal(err)
	}
}
