package scope

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gorun/cgroup"
	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// LimitError tells that the manager took a limit and that it is not in force. The
// processes are in the scope, without it.
type LimitError struct {
	Unit    string
	Manager Manager
	Name    string // of the property: MemoryMax
	Value   string // as it was asked for
	// Controller is what the scope has not got: a cgroup controller, such as io;
	// or bpf or netlink, for which the manager lacks privilege. Empty if it has it.
	Controller string
	// File is where the kernel shows the limit, if anywhere, and Shows what it does;
	// empty if this kernel has no such file.
	File, Shows string

	inactive bool // nothing does what the manager was asked for
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("property %s=%s: %s", e.Name, e.Value, e.Reason())
}

// Reason says why, in lower case.
func (e *LimitError) Reason() string {
	const text = "not in force: "
	switch {
	case e.inactive:
		return text + "the manager has attached no such program to the scope's cgroup (" + e.Controller + ")"
	case e.Controller == bpf, e.Controller == netlink:
		return text + "only the system's manager has the privilege (" + e.Controller + ")"
	case e.Controller != "":
		return text + fmt.Sprintf("the %s manager has not got the %s controller", e.Manager, e.Controller)
	case e.Shows == "":
		return text + "this kernel has no " + e.File
	}
	return text + fmt.Sprintf("the kernel shows %s in %s", e.Shows, e.File)
}

// Override is a property that a drop-in of the administrator's or the user's sets,
// which wins over what was asked for.
type Override struct {
	Name  string // of the property
	Value string // that was asked for
}

// readBack makes sure that what was asked for is what there is. Limits that are not
// in force are told apart by what the manager holds: something else, for which a
// drop-in is to thank, or what it was given and could not apply.
func (s *Scope) readBack(ctx context.Context, spec Spec, asked []Property) error {
	group, suspects, err := s.suspects(asked)
	if err != nil {
		return err
	}
	dropIn := mayHaveDropIn(s.Unit, s.Manager, os.Getenv)
	if len(suspects) == 0 && !dropIn {
		return nil
	}
	conn, err := s.reconnect(ctx)
	if err != nil {
		return fmt.Errorf("read back the properties of %s: %w", s.Unit, err)
	}
	defer conn.Close()
	for _, p := range suspects {
		switch {
		case s.isInForceAsHeld(ctx, conn, group, p):
		case spec.BestEffort:
			s.Unenforced = append(s.Unenforced, s.limitError(group, p))
		default:
			return s.limitError(group, p)
		}
	}
	if dropIn {
		s.findOverrides(ctx, conn, slices.DeleteFunc(asked, func(p Property) bool { return spec.isDefault(p.name) }))
	}
	return nil
}

// isInForceAsHeld tells whether the manager holds another value than the one that
// was asked for. Of what a share is one, it knows best.
func (s *Scope) isInForceAsHeld(ctx context.Context, conn *bus.Conn, group cgroup.Group, p Property) bool {
	held := p.receiver()
	if err := systemd1.Get(ctx, conn, s.Unit, systemd1.Scope, p.baseWire(), held); err != nil {
		return false
	}
	value := reflect.ValueOf(held).Elem().Interface()
	if p.isScale() {
		return readers[p.name] != nil && p.isShown(group, value)
	}
	if p.isAmong(value) {
		return false
	}
	s.Overridden = append(s.Overridden, Override{p.name, p.text})
	return true
}

// receiver takes the property's value from the manager; what a share is one of is a
// number.
func (p Property) receiver() any {
	if p.isScale() {
		return new(uint64)
	}
	return reflect.New(reflect.TypeOf(p.value)).Interface()
}

// isAmong tells whether the manager holds the value that was asked for.
func (p Property) isAmong(held any) bool {
	switch asked := p.value.(type) {
	case []byte: // a set
		others, _ := held.([]byte)
		return bytes.Equal(bytes.TrimRight(asked, "\x00"), bytes.TrimRight(others, "\x00"))
	case []deviceValue:
		others, _ := held.([]deviceValue)
		return !slices.ContainsFunc(asked, func(d deviceValue) bool { return !slices.Contains(others, d) })
	}
	// Other lists the manager keeps in its own order, and adds to what drop-ins have.
	return isList(p.value) || held == p.value
}

// isList tells the types on the bus that have parts.
func isList(value any) bool {
	kind := reflect.TypeOf(value).Kind()
	return kind == reflect.Slice || kind == reflect.Struct
}

// suspects are the limits that the kernel does not show as they were asked for.
func (s *Scope) suspects(properties []Property) (cgroup.Group, []Property, error) {
	var list []Property
	var group cgroup.Group
	var controllers []string
	for i, p := range properties {
		if p.Info().Controller == "" || p.isOff() || isSuperseded(properties, i) {
			continue
		}
		if group.Dir == "" {
			var err error
			if group, err = cgroup.At(s.Cgroup); err != nil {
				return group, nil, err
			}
			if controllers, err = group.Controllers(); err != nil {
				return group, nil, err
			}
		}
		if !p.isProvided(controllers, s.Manager) || !p.isAttached(group) || readers[p.name] != nil && !p.isShown(group, p.value) {
			list = append(list, p)
		}
	}
	return group, list, nil
}

// isSuperseded tells whether a later assignment takes the place of the i-th. Each
// device has a value of its own.
func isSuperseded(properties []Property, i int) bool {
	earlier, isOfDevice := properties[i].value.([]deviceValue)
	return slices.ContainsFunc(properties[i+1:], func(p Property) bool {
		later, _ := p.value.([]deviceValue)
		return p.name == properties[i].name &&
			(!isOfDevice || len(earlier) == 0 || len(later) == 0 || earlier[0].Path == later[0].Path)
	})
}

// limitError says why a limit is not in force.
func (s *Scope) limitError(group cgroup.Group, p Property) *LimitError {
	info := p.Info()
	e := &LimitError{Unit: s.Unit, Manager: s.Manager, Name: p.name, Value: p.text, File: info.File}
	controllers, err := group.Controllers()
	if err != nil || !p.isProvided(controllers, s.Manager) {
		e.Controller = info.Controller
		return e
	}
	if e.inactive = !p.isAttached(group); e.inactive {
		e.Controller = info.Controller
		return e
	}
	for _, file := range p.files() {
		shows, err := readFile(group, file)
		if err != nil {
			continue // no such file
		}
		if e.File, e.Shows = file, shows; shows == "" {
			e.Shows = "nothing"
		}
		break
	}
	return e
}

// isScale tells a value that is a share of what the machine has.
func (p Property) isScale() bool { return strings.HasSuffix(p.wire, "Scale") }

// baseWire is the property that the manager can be asked for.
func (p Property) baseWire() string { return strings.TrimSuffix(p.wire, "Scale") }

// readFile returns what the kernel shows, without the line break.
func readFile(group cgroup.Group, file string) (string, error) {
	data, err := os.ReadFile(filepath.Join(group.Dir, file))
	return strings.TrimSuffix(string(data), "\n"), err
}

// isShown tells whether the kernel shows a value, in one of the files that may have it.
func (p Property) isShown(group cgroup.Group, value any) bool {
	return slices.ContainsFunc(p.files(), func(file string) bool {
		content, err := readFile(group, file)
		return err == nil && readers[p.name](value, content)
	})
}

// files are where a value may be shown: schedulers of I/O have weights of their own.
func (p Property) files() []string {
	if p.Info().File == "io.weight" {
		return []string{"io.weight", "io.bfq.weight"}
	}
	return []string{p.Info().File}
}

// isProvided tells whether the scope has what the property needs.
func (p Property) isProvided(controllers []string, m Manager) bool {
	switch needed := p.Info().Controller; needed {
	case bpf, netlink:
		return m == SystemManager
	default:
		return slices.Contains(controllers, needed)
	}
}
