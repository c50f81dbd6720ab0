// Package tally is what the program faults and the command that starts it on test machines have
// in common.
package tally

// Tally is what came of many launches.
type Tally struct {
	Case       string
	Seed       uint64
	Launches   int
	Ran        int            // the command ran
	Refused    map[string]int // gorun said 125: its messages, and how often
	Died       map[string]int // other ends of gorun without the command's run, where the case allows them
	Cleaned    []string       // what "gorun --clean" had to remove
	Violations []string
	Journal    string           // of the lease, if something is left
	KiB        map[string]int64 // the memory of the managers and of gorun, where it is measured
}

// MaxViolations is how many violations are told. There are as many again if something is wrong
// with the case itself.
const MaxViolations = 20

// Violate notes a violation.
func (t *Tally) Violate(text string) {
	if len(t.Violations) < MaxViolations {
		t.Violations = append(t.Violations, text)
	}
}

// Going is a file that is there while gorun is started: from the end of the preparations to that
// of the last launch.
const Going = "/tmp/faults.going"
