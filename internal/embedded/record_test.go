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
	r := record{Unit: "x.scope", Boot: bootID(), Namespace: "pid:[1]", Supervisor: identity{1 << 30, 1}}
	if r.isHere() || r.isLeft() {
		t.Error("the record of another PID namespace was taken for one of this")
	}
	r.Namespace = namespace()
	if !r.isLeft() {
		t.Error("a run without a supervisor and a process is not left")
	}
	r.Namespace, r.Boot = "pid:[1]", "another"
	if !r.isLeft() {
		t.Error("the record of another boot is not left")
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}
