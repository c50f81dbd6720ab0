package logind

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorun/internal/process"
)

// Judge predicts what a logout does to processes. It queries logind once.
type Judge struct {
	rules      Rules
	silent     error // why there are no rules; nil if there are
	people     map[int]person
	emulators  map[process.Terminal]int // nil until needed
	namespaced bool                     // see InNamespace
}

// person holds what is known about a user.
type person struct {
	name   string
	policy policy
	linger Reason // Lingering, Leased, or empty
	err    error  // why nothing is known; nil if the rest is
}

// NewJudge reads logind's rules.
func NewJudge(ctx context.Context) *Judge {
	j := &Judge{people: map[int]person{}, namespaced: InNamespace()}
	j.rules, j.silent = ReadRules(ctx)
	return j
}

// Process judges one process. What cannot be found out about it makes the verdict unknown.
func (j *Judge) Process(ctx context.Context, p process.Process) Verdict {
	if j.namespaced {
		return NamespaceVerdict()
	}
	verdict, err := j.process(ctx, p, maxNesting)
	if err != nil {
		return unknown(err.Error())
	}
	return verdict
}

// maxNesting limits how many nested terminals are followed.
const maxNesting = 8

func (j *Judge) process(ctx context.Context, p process.Process, nesting int) (Verdict, error) {
	verdict, err := j.unit(ctx, p)
	if err != nil || !verdict.Survives || p.Terminal == 0 || p.HandlesHangup {
		return verdict, err
	}
	hangsUp, err := j.hangsUp(ctx, p.Terminal, nesting)
	if err != nil || !hangsUp {
		return verdict, err
	}
	return Verdict{Reason: Hangup, Why: fmt.Sprintf("%s hangs up, and the process does not handle SIGHUP", p.Terminal)}, nil
}

// unit judges a process by its unit.
func (j *Judge) unit(ctx context.Context, p process.Process) (Verdict, error) {
	switch place := PlaceOf(p.Cgroup); {
	case place.Session != "":
		return j.session(ctx, place, p)
	case place.Managed:
		return j.manager(ctx, place.User)
	}
	return Verdict{Survives: true, Reason: System, Why: "it belongs to the system manager"}, nil
}

// manager judges the processes of a user's manager.
func (j *Judge) manager(ctx context.Context, uid int) (Verdict, error) {
	a := j.person(ctx, uid)
	switch {
	case a.err != nil:
		return Verdict{}, a.err
	case a.linger == Lingering:
		return j.lingering(Lingering, a.name+" lingers"), nil
	case a.linger == Leased:
		return j.lingering(Leased, a.name+" lingers while gorun scopes live"), nil
	}
	return a.policy.stopping(a.name), nil
}

// lingering is the verdict on the processes of a manager whose user lingers.
func (j *Judge) lingering(r Reason, why string) Verdict {
	if risk := RiskOf(j.rules.Version); risk != nil {
		return unknown(why + ", but " + risk.Error())
	}
	return Verdict{Survives: true, Reason: r, Why: why}
}

// session judges a process in a session.
func (j *Judge) session(ctx context.Context, place Place, p process.Process) (Verdict, error) {
	a := j.person(ctx, place.User)
	if a.err != nil {
		return Verdict{}, a.err
	}
	switch s, err := readSession(place.Session); {
	case err == nil && isLogin(s, p):
		return Verdict{Reason: Login, Why: "it is the login of session " + place.Session}, nil
	case a.policy.kill:
		return Verdict{Reason: SessionKilled, Why: fmt.Sprintf("logind kills it with session %s: %s", place.Session, a.policy.why)}, nil
	}
	return Verdict{Survives: true, Reason: Spared, Why: fmt.Sprintf("logind spares session %s: %s", place.Session, a.policy.why)}, nil
}

// isLogin reports whether a process ends with the login by itself. It is the session's
// leader, a child of the leader with the same name, or the login shell. sshd has such a
// child for each connection; a login shell's name begins with a dash.
func isLogin(s session, p process.Process) bool {
	if p.PID == s.leader {
		return true
	}
	if len(p.Args) > 0 && strings.HasPrefix(p.Args[0], "-") {
		return true
	}
	leader, err := process.Read(s.leader)
	return err == nil && p.Parent == s.leader && p.Name == leader.Name
}

// hangsUp reports whether a terminal hangs up at logout. It does unless its emulator,
// such as a tmux server, survives.
func (j *Judge) hangsUp(ctx context.Context, t process.Terminal, nesting int) (bool, error) {
	if j.emulators == nil {
		var err error
		if j.emulators, err = process.Emulators(); err != nil {
			return false, err
		}
	}
	pid, known := j.emulators[t]
	if !known || nesting == 0 {
		return true, nil // a virtual console, or another user's emulator, such as root's sshd
	}
	emulator, err := process.Read(pid)
	if err != nil {
		return true, nil // the emulator has just ended, and so has the terminal
	}
	verdict, err := j.process(ctx, emulator, nesting-1)
	if verdict.Unknown {
		return false, errors.New(verdict.Why) // whether the terminal hangs up is not known either
	}
	return !verdict.Survives, err
}

// person looks a user up, once.
func (j *Judge) person(ctx context.Context, uid int) person {
	if a, ok := j.people[uid]; ok {
		return a
	}
	a := j.lookUp(ctx, uid)
	j.people[uid] = a
	return a
}

func (j *Judge) lookUp(ctx context.Context, uid int) (a person) {
	if j.silent != nil {
		return person{err: j.silent}
	}
	a.name, a.linger, a.err = nameAndLingering(uid)
	if a.err == nil {
		a.policy = j.rules.policyFor(a.name, readRecord(ctx, uid))
	}
	return a
}

// nameAndLingering finds a user's name, and why the user lingers. logind keeps serving a
// user who was removed while logged in; such a user has no home directory with a lease.
func nameAndLingering(uid int) (name string, linger Reason, err error) {
	lease, err := LeaseFor(uid)
	if err == nil {
		linger, err = lease.Lingering()
		return lease.User.Name, linger, err
	}
	name, served := nameOf(uid)
	if !served {
		return "", "", err
	}
	lingers, err := Lingers(uid)
	if lingers {
		linger = Lingering
	}
	return name, linger, err
}
