package run

import (
	"os"
	"testing"

	"gorun/internal/logind"
	"gorun/internal/signals"
	"gorun/scope"
)

func TestSenderDoesNotDependOnTheParent(t *testing.T) {
	parent := os.Getppid()
	session := logind.PlaceOf("/user.slice/user-1000.slice/session-3.scope")
	for name, c := range map[string]struct {
		manager int
		place   logind.Place
		i       signals.Info
		want    sender
	}{
		"the manager":                             {7, session, signals.Info{Known: true, PID: 7}, managerSender},
		"the manager, which is the parent":        {parent, session, signals.Info{Known: true, PID: parent}, managerSender},
		"the manager, and gorun was in no unit":   {parent, logind.Place{}, signals.Info{Known: true, PID: parent}, managerSender},
		"the parent, which is not the manager":    {7, session, signals.Info{Known: true, PID: parent}, otherSender},
		"the system manager, to all of a user's":  {7, session, signals.Info{Known: true, PID: 1}, managerSender},
		"the system manager, maybe to a service":  {7, logind.PlaceOf("/system.slice/x.service"), signals.Info{Known: true, PID: 1}, maybeManager},
		"the kernel":                              {7, session, signals.Info{Known: true, Code: 0x80}, otherSender},
		"nobody knows":                            {7, session, signals.Info{}, maybeManager},
		"the manager is not known":                {0, session, signals.Info{Known: true, PID: 7}, maybeManager},
		"a manager that does not say who is main": {7, logind.PlaceOf("/system.slice/x.service"), signals.Info{Known: true, PID: 7}, maybeManager},
	} {
		w := &watch{scope: &scope.Scope{Manager: scope.SystemManager, ManagerPID: c.manager}, origin: origin{place: c.place}}
		if got := w.senderOf(c.i); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestOnlyAServiceOfTheScopesManagerCountsAsOrigin(t *testing.T) {
	const users = "/user.slice/user-1000.slice/user@1000.service/app.slice/"
	for _, c := range []struct {
		cgroup  string
		manager scope.Manager
		want    string
	}{
		{"/system.slice/x.service", scope.SystemManager, "x.service"},
		{"/system.slice/x.service/sub", scope.SystemManager, "x.service"},
		{"/system.slice/x.service", scope.UserManager, ""},
		{"/system.slice/x.scope", scope.SystemManager, ""},
		{"/user.slice/user-0.slice/session-3.scope", scope.SystemManager, ""},
		{users + "x.service", scope.UserManager, "x.service"},
		{users + "x.service", scope.SystemManager, ""},
		{users + "x.scope", scope.UserManager, ""},
		{"/", scope.SystemManager, ""},
	} {
		if got := (origin{place: logind.PlaceOf(c.cgroup)}).service(c.manager); got != c.want {
			t.Errorf("%s, the %v manager: got %q, want %q", c.cgroup, c.manager, got, c.want)
		}
	}
}
