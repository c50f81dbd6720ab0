package scope

import (
	"errors"
	"fmt"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gorun/cgroup"
	"gorun/internal/embedded"
	"gorun/scope/property"
)

// embeddedSpec describes a scope without a manager. Its state directory is the test's.
func embeddedSpec(t *testing.T, properties ...string) Spec {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	spec := Spec{Manager: Embedded, Unit: fmt.Sprintf("test-%d.scope", time.Now().UnixNano()), Documentation: []string{"man:gorun(1)"}}
	for _, text := range properties {
		p, err := property.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		spec.Properties = append(spec.Properties, p)
	}
	return spec
}

// embeddedChild starts a process in a scope without a manager.
func embeddedChild(t *testing.T, spec Spec, script string) (*Scope, *exec.Cmd) {
	t.Helper()
	if own, err := cgroup.Of(0); err != nil || own.MayPlace() != nil {
		t.Skip("the test needs the right to make a cgroup v2")
	}
	cmd := exec.Command("sh", "-c", script)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // in case the test failed
		cmd.Wait()
	})
	spec.PIDs = []int{cmd.Process.Pid}
	s, err := Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Release("") })
	return s, cmd
}

func TestEmbeddedScopeIsFoundListedAndStopped(t *testing.T) {
	spec := embeddedSpec(t, "KillSignal=USR1", "Description=a test")
	s, cmd := embeddedChild(t, spec, "exec sleep 600")
	if s.Manager.String() != "embedded" || s.Manager.OfUser() || !strings.HasSuffix(s.Cgroup, "/"+s.Unit) || len(s.InvocationID) != 32 {
		t.Errorf("started %+v", s)
	}
	if path, err := cgroup.PathOf(cmd.Process.Pid); err != nil || path != s.Cgroup {
		t.Errorf("the process is in %s, %v, want %s", path, err, s.Cgroup)
	}
	if _, err := Start(t.Context(), spec); !isExists(err) {
		t.Errorf("started twice: %v", err)
	}
	found, err := Open(t.Context(), Embedded, s.Unit)
	if err != nil || found.InvocationID != s.InvocationID || found.Cgroup != s.Cgroup {
		t.Fatalf("opened %+v, %v, want %+v", found, err, s)
	}
	state, err := found.State(t.Context())
	if err != nil || state.Active != "active" || state.Unsupervised || !slices.Contains(state.Documentation, "man:gorun(1)") ||
		state.RuntimeMax != property.Infinity || state.StopTimeout != 90*time.Second {
		t.Errorf("state %+v, %v", state, err)
	}
	list, err := Embedded.List(t.Context())
	if err != nil || !slices.ContainsFunc(list, func(l Listed) bool { return l.Unit == s.Unit && l.State.Active == "active" }) {
		t.Errorf("listed %+v, %v", list, err)
	}
	if err := found.Freeze(t.Context()); err != nil || !found.IsFrozen() {
		t.Errorf("freeze: %v", err)
	}
	if result, err := found.StopResult(t.Context()); err != nil || result != Success { // it thaws first
		t.Errorf("stop: %v, %v", result, err)
	}
	cmd.Wait() // it died of the signal
	if status := cmd.ProcessState.Sys().(interface{ Signal() unix.Signal }); status.Signal() != unix.SIGUSR1 {
		t.Errorf("the process died of %v", status.Signal())
	}
	if state, err := s.State(t.Context()); err != nil || state.Active != "deactivating" || state.Result != Success {
		t.Errorf("state after a stop %+v, %v", state, err)
	}
	if left := s.Release(""); left != 0 {
		t.Errorf("%d processes are left", left)
	}
	if _, err := Open(t.Context(), Embedded, s.Unit); !errors.Is(err, ErrEnded) {
		t.Errorf("opened after its end: %v", err)
	}
	if group, err := cgroup.At(s.Cgroup); err == nil {
		if _, err := group.Events(); !errors.Is(err, cgroup.ErrGone) {
			t.Errorf("the group is still there: %v", err)
		}
	}
}

func isExists(err error) bool {
	var exists *UnitExistsError
	return errors.As(err, &exists)
}

func TestEmbeddedScopeEndsAtItsTimeLimit(t *testing.T) {
	spec := embeddedSpec(t, "RuntimeMaxSec=200ms", "TimeoutStopSec=200ms")
	s, cmd := embeddedChild(t, spec, `trap "" TERM; while :; do sleep 0.05; done`)
	cmd.Wait() // it was killed
	if status := cmd.ProcessState.Sys().(interface{ Signal() unix.Signal }); status.Signal() != unix.SIGKILL {
		t.Errorf("the process died of %v", status.Signal())
	}
	if state, err := s.State(t.Context()); err != nil || state.Result != TimedOut || state.RuntimeMax != 200*time.Millisecond {
		t.Errorf("state %+v, %v", state, err)
	}
}

func TestEmbeddedConduct(t *testing.T) {
	cont := unix.SIGCONT
	for text, want := range map[string]embedded.Conduct{
		"": {StopSignals: []unix.Signal{unix.SIGTERM, cont}, StopTimeout: 90 * time.Second, FinalSignal: unix.SIGKILL, OOMPolicy: "continue"},
		"RuntimeMaxSec=infinity TimeoutStopSec=infinity": {StopSignals: []unix.Signal{unix.SIGTERM, cont}, StopTimeout: -1, FinalSignal: unix.SIGKILL, OOMPolicy: "continue"},
		"RuntimeMaxSec=1h KillSignal=INT SendSIGHUP=yes FinalKillSignal=QUIT OOMPolicy=stop": {
			RuntimeMax: time.Hour, StopSignals: []unix.Signal{unix.SIGINT, cont, unix.SIGHUP}, StopTimeout: 90 * time.Second, FinalSignal: unix.SIGQUIT, OOMPolicy: "stop"},
		"SendSIGKILL=no": {StopSignals: []unix.Signal{unix.SIGTERM, cont}, StopTimeout: 90 * time.Second, OOMPolicy: "continue"},
		"KillMode=mixed": {StopTimeout: 90 * time.Second, FinalSignal: unix.SIGKILL, OOMPolicy: "continue"},
		"KillMode=none":  {StopTimeout: 90 * time.Second, OOMPolicy: "continue"},
	} {
		if got := conduct(embeddedSpec(t, strings.Fields(text)...).Properties); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
	for range 20 {
		got := conduct(embeddedSpec(t, "RuntimeMaxSec=1h", "RuntimeRandomizedExtraSec=1m").Properties).RuntimeMax
		if got < time.Hour || got > time.Hour+time.Minute {
			t.Errorf("with an extra: %v", got)
		}
	}
}

// What is written to the kernel's files is what they show of the same value.
func TestLimitsAreWrittenAsTheKernelShowsThem(t *testing.T) {
	for text, want := range map[string]string{
		"MemoryMax=64M":                      "memory.max: 67108864",
		"MemoryHigh=1G":                      "memory.high: 1073741824",
		"MemorySwapMax=0":                    "memory.swap.max: 0",
		"MemoryZSwapWriteback=no":            "memory.zswap.writeback: 0",
		"TasksMax=100":                       "pids.max: 100",
		"CPUQuota=20%":                       "cpu.max: 20000 100000",
		"CPUQuota=0.5%":                      "cpu.max: 1000 200000",
		"CPUQuotaPeriodSec=10ms CPUQuota=2%": "cpu.max: 1000 50000",
		"CPUWeight=30":                       "cpu.weight: 30",
		"CPUWeight=idle":                     "cpu.idle: 1",
		"AllowedCPUs=0-2,8":                  "cpuset.cpus: 0,1,2,8",
		"IOWeight=50":                        "io.weight: default 50",
	} {
		list := embeddedSpec(t, strings.Fields(text)...).Properties
		l := limit{list[len(list)-1]}
		file, lines, err := writers[l.Name()](l, list)
		if got := file + ": " + strings.Join(lines, "|"); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
			continue
		}
		if shown := strings.TrimPrefix(lines[0], "default "); !readers[l.Name()](l.Value(), shown) {
			t.Errorf("%s: %s is not read back as the value", text, shown)
		}
	}
	for name := range writers {
		if readers[name] == nil {
			t.Errorf("%s is written and cannot be read back", name)
		}
	}
}

func TestEmbeddedShareIsANumber(t *testing.T) {
	l := limit{embeddedSpec(t, "MemoryMax=50%").Properties[0]}
	if n, ok := l.number().(uint64); !ok || float64(n) < 0.49*total("MemoryMax") || float64(n) > 0.51*total("MemoryMax") {
		t.Errorf("half of %v is %v", total("MemoryMax"), l.number())
	}
}

func TestEmbeddedRefusesWhatNeedsAManager(t *testing.T) {
	for text, why := range map[string]string{
		"Slice=x.slice":  "there are no slices",
		"Wants=x.target": "needs a service manager",
		"Delegate=yes":   "needs a service manager",
	} {
		var bad *property.Error
		if _, err := Start(t.Context(), embeddedSpec(t, text)); !errors.As(err, &bad) || !strings.Contains(bad.Reason, why) {
			t.Errorf("%s: %v", text, err)
		}
	}
	spec := embeddedSpec(t)
	spec.JobMode = "fail"
	var bad *property.Error
	if _, err := Start(t.Context(), spec); !errors.As(err, &bad) || bad.Name != "JobMode" {
		t.Errorf("a job mode: %v", err)
	}
	spec = embeddedSpec(t, "Wants=x.target")
	spec.BestEffort, spec.Empty = true, true
	s, err := Start(t.Context(), spec)
	if err != nil || !slices.Equal(s.Dropped, []string{"Wants"}) {
		t.Fatalf("with BestEffort: %+v, %v", s, err)
	}
	s.Release("")
}

// A process is not taken out of a run by accident.
func TestProcessesOfEmbeddedScopesAreNotAdopted(t *testing.T) {
	spec := embeddedSpec(t)
	s, cmd := embeddedChild(t, spec, "exec sleep 600")
	refused := (*AdoptError)(nil)
	err := newBonds("man:gorun(1)", false).checkPlace(t.Context(), cmd.Process.Pid, s.Cgroup)
	if !errors.As(err, &refused) || refused.Reason != Supervised || refused.Unit != s.Unit {
		t.Errorf("got %v", err)
	}
	if unit := newBonds("", false).embeddedUnit(s.Cgroup); unit != "" {
		t.Errorf("%s is spared by force", unit)
	}
	if unit := newBonds("man:gorun(1)", false).embeddedUnit(s.Cgroup + "-other"); unit != "" {
		t.Errorf("a cgroup beside %s was taken for it", unit)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
