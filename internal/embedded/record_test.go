package embedded

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	r := record{
		Unit: "x.scope", InvocationID: "0123", Description: "a\n\x1b b", Documentation: []string{"man:gorun(1)"},
		Cgroup: "/x.scope", Dir: "/sys/fs/cgroup/x.scope", Supervisor: identify(os.Getpid()), Began: time.Now().UTC().Round(0),
		Monotonic: 5 * time.Second, Boot: bootID(), Namespace: namespace(), Stopping: TimedOut,
		Conduct: Conduct{RuntimeMax: time.Hour, StopSignals: []unix.Signal{unix.SIGTERM, unix.SIGCONT}, StopTimeout: -1, FinalSignal: unix.SIGKILL, OOMPolicy: "stop"},
	}
	got, err := decode(r.encode())
	if err != nil || !reflect.DeepEqual(*got, r) {
		t.Errorf("got %+v, %v, want %+v", got, err, r)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add((&record{Unit: "x.scope"}).encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := decode(data); err == nil {
			if _, err := decode(r.encode()); err != nil && !strings.Contains(err.Error(), "Time") {
				t.Errorf("%s: %v", data, err)
			}
		}
	})
}

// A process of another start has another identity: a PID alone is nobody's.
func TestIdentityIsOfOneProcess(t *testing.T) {
	own := identify(os.Getpid())
	if !own.isAlive() {
		t.Error("this process is not alive")
	}
	own.Ticks--
	if own.isAlive() || (identity{}).isAlive() {
		t.Error("a process that has ended is alive")
	}
}

// What another boot or PID namespace has noted says nothing about processes here.
func TestRecordOfAnotherNamespaceIsLeftAlone(t *testing.T) {
	dir := openTestState(t)
	r := record{Unit: "x.scope", Boot: bootID(), Namespace: "pid:[1]", Supervisor: identity{1 << 30, 1}}
	if r.isHere() || r.isLeft(dir) {
		t.Error("the record of another PID namespace was taken for one of this")
	}
	r.Namespace = namespace()
	if !r.isLeft(dir) {
		t.Error("a run without a supervisor and a process is not left")
	}
	r.Namespace, r.Boot = "pid:[1]", "another"
	if !r.isLeft(dir) {
		t.Error("the record of another boot is not left")
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

// A record of another user's, or one that names a group that is not the run's, is not believed: what
// it names would be removed.
func TestForeignRecordsAreNotBelieved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	victim := dir + "/victim/below"
	if err := os.MkdirAll(victim, 0o755); err != nil {
		t.Fatal(err)
	}
	r := record{Unit: "x.scope", Dir: victim, Boot: bootID(), Namespace: namespace()}
	write := func() {
		t.Helper()
		if err := os.MkdirAll(dir+"/gorun", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/gorun/x.scope.run", r.encode(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write()
	Sweep("")
	if _, err := os.Stat(victim); err != nil {
		t.Error("a directory that is not the run's was removed:", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can make another user's directory")
	}
	victim = dir + "/x.scope"
	if err := os.Mkdir(victim, 0o755); err != nil {
		t.Fatal(err)
	}
	r.Dir = victim
	write()
	if err := os.Chown(dir+"/gorun", 65534, 65534); err != nil {
		t.Fatal(err)
	}
	Sweep("")
	if _, err := os.Stat(victim); err != nil {
		t.Error("another user's record was believed:", err)
	}
	if err := os.Chown(dir+"/gorun", 0, 0); err != nil {
		t.Fatal(err)
	}
	Sweep("")
	if _, err := os.Stat(victim); err == nil {
		t.Error("what a run has left was not removed")
	}
}
