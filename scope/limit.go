package scope

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gorun/cgroup"
	"gorun/scope/property"
)

// LimitError means that the manager accepted a limit and that the limit is not in
// force: the processes are in the scope, without it. [Scope.Join] returns it before it moves
// the caller, and also for properties that are no limits.
type LimitError struct {
	Unit    string
	Manager Manager
	Name    string // of the property: MemoryMax
	Value   string // as it was asked for
	// Controller is what the scope lacks: a cgroup controller, such as io, or
	// [property.BPF] or [property.Netlink], for which the manager lacks privilege.
	// Empty if nothing is missing.
	Controller string
	// Running says that the scope ran already when [Scope.Join] was called, and has another
	// value, which Join does not change.
	Running bool
	// File is the file in which the kernel shows the limit, and Shows is what it
	// contains. Shows is empty if this kernel has no such file.
	File, Shows string

	late     bool   // the manager has been given the controller after it had started
	inactive bool   // the manager attached no program for it
	why      string // why the kernel, which has the limit, does not do what it says
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("property %s=%s: %s", e.Name, e.Value, e.Reason())
}

// Reason says why, in lower case.
func (e *LimitError) Reason() string {
	const text = "not in force: "
	switch {
	case e.why != "":
		return text + e.why
	case e.Running:
		return text + "the scope that runs has another value"
	case e.inactive:
		return text + "the manager has attached no program for it to the scope's cgroup (" + e.Controller + ")"
	case e.Controller == property.BPF, e.Controller == property.Netlink:
		return text + "only the system manager has the privilege (" + e.Controller + ")"
	case e.late:
		return text + fmt.Sprintf("the %s controller was delegated to the user manager after it had started", e.Controller)
	case e.Controller != "" && e.Manager == UserManager:
		return text + fmt.Sprintf("the %s controller is not delegated to the user manager", e.Controller)
	case e.Controller != "":
		return text + fmt.Sprintf("the system manager does not have the %s controller", e.Controller)
	case e.Shows == "":
		return text + "this kernel has no " + e.File
	}
	return text + fmt.Sprintf("the kernel shows %s in %s", e.Shows, e.File)
}

// Late reports whether the user manager has been given the controller after it had started.
// Until it starts again, the manager uses only those that it had then.
func (e *LimitError) Late() bool { return e.late }

// Override is a property that a drop-in of the administrator's or the user's sets. The
// drop-in wins over what was asked for.
type Override struct {
	Name  string // of the property
	Value string // that was asked for
}

// limit is a property that something has to enforce: the kernel or a program that the
// manager attaches.
type limit struct{ property.Property }

// isOff reports whether the value asks for nothing, which is always in force.
func (l limit) isOff() bool {
	switch v := l.Value().(type) {
	case bool:
		return v == (l.Name() == "MemoryZSwapWriteback") // which is on by default
	case uint64:
		return v == l.nothing()
	case []byte:
		return len(v) == 0
	}
	return l.Text() == "" || l.Name() == "DevicePolicy" && l.Text() == "auto"
}

// nothing is the number that asks for nothing: no protection, or no limit.
func (l limit) nothing() uint64 {
	if l.Name() == "MemoryMin" || l.Name() == "MemoryLow" {
		return 0
	}
	return math.MaxUint64
}

// isProvided reports whether the scope has what the property needs.
func (l limit) isProvided(controllers []string, m Manager) bool {
	switch needed := l.Info().Controller; needed {
	case property.BPF, property.Netlink:
		return m == SystemManager
	default:
		return slices.Contains(controllers, needed)
	}
}

// hasReader reports whether the kernel shows the limit in a file that can be read.
func (l limit) hasReader() bool { return readers[l.Name()] != nil }

// isShown reports whether the kernel shows a value, in one of the files that may have
// it.
func (l limit) isShown(group cgroup.Group, value any) bool {
	return slices.ContainsFunc(l.files(), func(file string) bool {
		content, err := readFile(group, file)
		return err == nil && readers[l.Name()](value, content)
	})
}

// shown is what the kernel shows, and in which file. The file is the property's own,
// and shows nothing, if this kernel has none.
func (l limit) shown(group cgroup.Group) (file, content string) {
	for _, file := range l.files() {
		content, err := readFile(group, file)
		switch {
		case err != nil: // no such file
		case content == "":
			return file, "nothing"
		default:
			return file, content
		}
	}
	return l.files()[0], ""
}

// idleWeight is the CPU weight "idle" as the manager has it (CGROUP_WEIGHT_IDLE in
// cgroup-util.h).
const idleWeight = uint64(0)

// files are where a value may be shown: I/O schedulers have weights of their own, and the
// CPU weight "idle" is a switch.
func (l limit) files() []string {
	switch {
	case l.Info().File == "io.weight":
		return []string{"io.weight", "io.bfq.weight"}
	case l.Name() == "CPUWeight" && l.Value() == idleWeight:
		return []string{"cpu.idle"}
	}
	return []string{l.Info().File}
}

// readFile returns what the kernel shows, without the line break.
func readFile(group cgroup.Group, file string) (string, error) {
	data, err := os.ReadFile(filepath.Join(group.Dir, file))
	return strings.TrimSuffix(string(data), "\n"), err
}

// isScale reports whether the value is a share of what the machine has.
func (l limit) isScale() bool { return strings.HasSuffix(l.WireName(), "Scale") }

// askedAs is the name by which the manager is asked for the value that it holds.
func (l limit) askedAs() string { return strings.TrimSuffix(l.WireName(), "Scale") }

// receiver returns a pointer for the value that the manager holds. Of a share it holds
// the number.
func (l limit) receiver() any {
	if l.isScale() {
		return new(uint64)
	}
	return reflect.New(reflect.TypeOf(l.Value())).Interface()
}

// isHeld reports whether the manager, which holds the value held, has the value that
// was asked for.
func (l limit) isHeld(held any) bool {
	switch asked := l.Value().(type) {
	case []byte: // a set
		others, _ := held.([]byte)
		return bytes.Equal(bytes.TrimRight(asked, "\x00"), bytes.TrimRight(others, "\x00"))
	case []property.DeviceValue:
		others, _ := held.([]property.DeviceValue)
		return !slices.ContainsFunc(asked, func(d property.DeviceValue) bool { return !slices.Contains(others, d) })
	}
	// The manager keeps other lists in its own order, and adds them to those of drop-ins.
	return isList(l.Value()) || held == l.Value()
}

// isList reports whether a value has parts on D-Bus.
func isList(value any) bool {
	kind := reflect.TypeOf(value).Kind()
	return kind == reflect.Slice || kind == reflect.Struct
}
