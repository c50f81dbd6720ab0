package report

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"gorun/internal/process"
	"gorun/internal/text"
)

// maxNamed is how many units are named in a line.
const maxNamed = 3

// AddElsewhere adds the processes that left the scope. That none is found does not mean that
// there is none.
func (rep *Report) AddElsewhere(list []process.Process) {
	if len(list) > 0 {
		rep.Elsewhere, rep.elsewhere = new(uint64(len(list))), Elsewhere(list)
	}
}

// Elsewhere says where processes are that left the run's scope, and what that means.
func Elsewhere(list []process.Process) string {
	var units []string
	for _, p := range list {
		if unit := path.Base(p.Cgroup); !slices.Contains(units, unit) {
			units = append(units, unit)
		}
	}
	named := strings.Join(units[:min(len(units), maxNamed)], ", ")
	if more := len(units) - maxNamed; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%s that it started left for %s: limits and figures miss them", text.Count(uint64(len(list)), "process", "processes"), named)
}
