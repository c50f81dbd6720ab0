package manage

import (
	"context"
	"errors"
	"testing"
	"time"

	"gorun/scope"
)

// Nothing is said of who was killed that is not known.
func TestEndingOfARunThatWasStopped(t *testing.T) {
	late := &scope.TimeoutError{Doing: "stop x.scope", After: 30 * time.Second}
	for name, c := range map[string]struct {
		before  scope.Result
		stopped scope.Stopped
		want    Done
		unasked bool
		says    string
	}{
		"in time":                         {scope.Success, scope.Stopped{Result: scope.Success}, Stopped, false, ""},
		"killed":                          {scope.Success, scope.Stopped{Result: scope.TimedOut, Killed: true}, Killed, false, ""},
		"killed at once":                  {scope.Success, scope.Stopped{Result: scope.Success, Killed: true}, Killed, true, ""},
		"killed after its time limit":     {scope.TimedOut, scope.Stopped{Result: scope.TimedOut, Killed: true}, Killed, true, ""},
		"gave up, and it ended by itself": {scope.Success, scope.Stopped{Result: scope.TimedOut}, Unknown, false, ""},
		"was over its time limit":         {scope.TimedOut, scope.Stopped{Result: scope.TimedOut}, Unknown, false, ""},
		"the manager said nothing":        {scope.Success, scope.Stopped{}, Unknown, false, ""},
		"had ended":                       {scope.Success, scope.Stopped{Ended: true}, Ended, false, ""},
		"processes are left":              {scope.Success, scope.Stopped{Result: scope.TimedOut, Left: true}, Failed, false, "stop x.scope: the manager has ended the scope, and has left processes of it running"},
		"still running":                   {scope.Success, scope.Stopped{Err: context.DeadlineExceeded}, Failed, false, "stop x.scope: still running after 2min"},
		"the manager hangs":               {scope.Success, scope.Stopped{Err: late}, Failed, false, "stop x.scope: the manager did not answer within 30s"},
		"refused":                         {scope.Success, scope.Stopped{Err: errors.New("no")}, Failed, false, "no"},
	} {
		target := &Target{Unit: "x.scope", Manager: scope.UserManager, scope: &scope.Scope{Unit: "x.scope"}, state: scope.State{Active: "active", Result: c.before}}
		a := target.stopped(c.stopped, 2*time.Minute)
		says := ""
		if a.Err != nil {
			says = a.Err.Error()
		}
		if a.Result != c.want || a.Unasked != c.unasked || says != c.says {
			t.Errorf("%s: %s, unasked %v, %q", name, a.Result, a.Unasked, says)
		}
	}
}
