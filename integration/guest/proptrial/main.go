// Command proptrial starts scopes with properties, once with gorun and once with
// systemd-run, and reads the manager's properties with systemctl show. It reads a
// request as JSON and prints a response as JSON. Tests run it inside a machine.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"gorun/scope/property"
)

type request struct {
	User   bool       // use the user manager
	Trials [][]string // the assignments of each trial
	Spans  []string   // for systemd-analyze
}

type response struct {
	Table  []property.Info
	Trials []trial
	Spans  []span
}

// trial holds the outcomes of some assignments.
type trial struct{ Gorun, SystemdRun outcome }

type outcome struct {
	Status int
	Stderr string
	Show   map[string]string // empty if the command did not run
}

// span is a time span in microseconds, -1 if it is invalid.
type span struct{ Gorun, Systemd int64 }

// parallel is how many trials run at a time; mostly they wait.
const parallel = 4

func main() {
	if len(os.Args) > 1 {
		show(os.Args[1], os.Args[2])
		return
	}
	var in request
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	out := response{Table: property.All(), Trials: make([]trial, len(in.Trials))}
	var workers sync.WaitGroup
	for first := range parallel {
		workers.Go(func() {
			for i := first; i < len(in.Trials); i += parallel {
				out.Trials[i] = try(in, i)
			}
		})
	}
	for _, text := range in.Spans {
		out.Spans = append(out.Spans, span{parse(text), analyze(text)})
	}
	workers.Wait()
	// Failed units stay loaded. Their names do not matter: each run has new names.
	exec.Command("systemctl", in.bus(), "reset-failed", "trial-*").Run() // fails if no unit failed
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}

// bus is systemctl's option for the manager.
func (in request) bus() string {
	if in.User {
		return "--user"
	}
	return "--system"
}

// try starts both scopes of a trial.
func try(in request, i int) trial {
	var properties []string
	for _, assignment := range in.Trials[i] {
		properties = append(properties, "-p", assignment)
	}
	return trial{
		Gorun:      in.gorun(fmt.Sprintf("trial-g%d-%d.scope", os.Getpid(), i), properties),
		SystemdRun: start(in.bus(), fmt.Sprintf("trial-s%d-%d.scope", os.Getpid(), i), []string{"systemd-run", "--scope", "--quiet"}, properties),
	}
}

// gorun starts a scope even if a limit is not in force because the machine lacks a
// controller. Only the manager's properties matter here.
func (in request) gorun(unit string, properties []string) outcome {
	gorun := []string{"gorun", "--quiet", "--linger=no"}
	o := start(in.bus(), unit, gorun, properties)
	if o.Status == 125 && strings.Contains(o.Stderr, ": not in force: ") {
		o = start(in.bus(), unit, append(gorun, "--best-effort"), properties)
	}
	return o
}

// start starts a scope whose command shows the scope.
func start(bus, unit string, launcher, properties []string) outcome {
	args := append(launcher, bus, "--unit="+unit)
	args = append(args, properties...)
	args = append(args, os.Args[0], bus, unit)
	cmd := exec.Command(args[0], args[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		log.Fatal(err)
	}
	held := map[string]string{}
	for line := range strings.Lines(strings.ReplaceAll(stdout.String(), unit, "UNIT.scope")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		held[name] = strings.TrimSpace(held[name] + "\n" + value)
	}
	return outcome{cmd.ProcessState.ExitCode(), stderr.String(), held}
}

// show prints a unit's properties, and the unit file that the manager has written. The
// file has some settings that the properties do not have.
func show(bus, unit string) {
	out, err := exec.Command("systemctl", bus, "show", "--all", unit).Output()
	if err != nil {
		log.Fatal(err)
	}
	runtimeDir := "/run"
	if bus == "--user" {
		runtimeDir = os.Getenv("XDG_RUNTIME_DIR")
	}
	file, err := os.ReadFile(filepath.Join(runtimeDir, "systemd/transient", unit))
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(out)
	for line := range strings.Lines(string(file)) {
		fmt.Print("UnitFile=", line)
	}
}

// parse is a span as gorun parses it.
func parse(text string) int64 {
	p, err := property.Parse("TimeoutStopSec=" + text)
	if err != nil {
		return -1
	}
	return p.Span().Microseconds()
}

// analyze is a span as systemd-analyze(1) parses it, from the line
//
//	μs: 5400000000
func analyze(text string) int64 {
	out, err := exec.Command("systemd-analyze", "timespan", "--", text).Output()
	if err != nil {
		return -1
	}
	for line := range strings.Lines(string(out)) {
		var n uint64
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "μs: %d", &n); err == nil {
			return int64(min(n, math.MaxInt64))
		}
	}
	return -2
}
