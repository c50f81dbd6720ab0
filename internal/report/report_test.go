package report

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gorun/cgroup"
	"gorun/internal/journal"
)

// contract are the fields of the JSON report, which scripts rely on.
const contract = `version unit invocation_id manager cgroup command started_at ended_at
	duration_seconds outcome error exit_code signal exit_status oom_kills
	cpu_seconds cpu_user_seconds cpu_system_seconds memory_peak_bytes memory_max_bytes swap_peak_bytes io_read_bytes io_write_bytes
	tasks_peak tasks_max forks_failed processes_elsewhere survives_logout survival_reason joined`

func TestReportHasTheFieldsThatScriptsRelyOn(t *testing.T) {
	var got []string
	for f := range reflect.TypeFor[Report]().Fields() {
		if f.IsExported() {
			got = append(got, f.Tag.Get("json"))
		}
	}
	if want := strings.Fields(contract); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnknownFiguresAreNull(t *testing.T) {
	rep := &Report{Command: []string{"true"}}
	rep.AddFigures(cgroup.Stats{}, cgroup.Bound{})
	data, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := json.Unmarshal(data, &values); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(contract) {
		set := slices.Contains([]string{"version", "command", "started_at", "joined"}, name)
		if value, there := values[name]; !there || (value != nil) != set {
			t.Errorf("%s is %v", name, value)
		}
	}
}

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	full := fullReport()
	sparse := &Report{Version: 1, Command: []string{"a"}, Outcome: Exited}
	for _, rep := range []*Report{full, sparse} {
		fields, err := rep.recordFields()
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range fields {
			if strings.HasPrefix(text, `"`) {
				t.Errorf("%s is %s, in quotes", name, text)
			}
		}
		fields["MESSAGE"], fields["_PID"] = "not a field of the report", "4711"
		got, err := readRecord(fields)
		if err != nil || !reflect.DeepEqual(got, rep) {
			t.Errorf("%v: got %+v, want %+v", err, got, rep)
		}
	}
}

// fullReport has a value in each field that is written.
func fullReport() *Report {
	at := time.Date(2026, 3, 4, 5, 6, 7, 890000000, time.UTC)
	text, n, f, yes, code := "12", uint64(1<<63), 1.5, true, 3
	return &Report{
		Version: 1, Unit: &text, InvocationID: &text, Manager: &text, Cgroup: &text,
		Command: []string{"sh", "-c", "a\nb \"c\" \x1b"}, StartedAt: at, EndedAt: new(at.Add(time.Hour)), Duration: new(3600.0), Outcome: OOMKilled, Error: &text,
		ExitCode: &code, Signal: &text, ExitStatus: &code, OOMKills: &n, CPU: &f, CPUUser: &f, CPUSystem: &f, MemoryPeak: &n, SwapPeak: &n,
		IORead: &n, IOWrite: &n, TasksPeak: &n, TasksMax: &n, ForksFailed: &n, MemoryMax: &n, Elsewhere: &n, SurvivesLogout: &yes, SurvivalReason: &text, Joined: true,
	}
}

func TestFullReportIsFull(t *testing.T) {
	v := reflect.ValueOf(*fullReport())
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && v.Field(i).IsZero() {
			t.Errorf("%s has no value", f.Name)
		}
	}
}

func TestErrorWithoutArgumentsNamesOnlyTheCommand(t *testing.T) {
	rep := NeverStarted([]string{"/opt/secret/job", "--password=x"}, errors.New("/opt/secret/job: no such file or directory"), 127).WithoutArguments()
	if got := rep.Command[0] + ", " + *rep.Error; len(rep.Command) != 1 || got != "job, job: no such file or directory" {
		t.Errorf("got %s", got)
	}
}

func TestRunsThatDidNotEndWellStandOut(t *testing.T) {
	code := func(n int) *int { return &n }
	one := uint64(1)
	for _, c := range []struct {
		rep  Report
		want journal.Priority
	}{
		{Report{Outcome: Exited, ExitCode: code(0)}, journal.Info},
		{Report{Outcome: Exited, ExitCode: code(0), OOMKills: new(uint64)}, journal.Info},
		{Report{Outcome: Exited, ExitCode: code(0), OOMKills: &one}, journal.Warning},
		{Report{Outcome: Exited, ExitCode: code(1)}, journal.Warning},
		{Report{Outcome: Signaled}, journal.Warning},
		{*NeverStarted([]string{"a"}, io.EOF, 125), journal.Warning},
		{Report{Outcome: TimedOut, ExitCode: code(0)}, journal.Warning},
	} {
		if got := c.rep.priority(); got != c.want {
			t.Errorf("%+v: got %v", c.rep, got)
		}
	}
}
