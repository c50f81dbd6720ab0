package cause

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorun/internal/journal"
	"gorun/internal/text"
)

// failed is the cause that only the journal has.
func (s *scene) failed(ctx context.Context) *Cause {
	if says := s.says(ctx); says != "" {
		return &Cause{Kind: Failed, Unit: s.unit, Says: says}
	}
	return nil
}

// journalTimeout bounds the wait for the manager's entries. journald writes them within
// milliseconds, unless it is busy.
const journalTimeout = 5 * time.Second

// IDs of the manager's entries that a unit has failed (sd-messages.h). They follow the
// entries that say why.
const (
	unitFailed        = "be02cf6855d2428ba40df7e9d022f03d" // its job
	unitFailureResult = "d9b373ed55a64feb8242e02dbe79a49c"
)

// says is why the manager did not start the scope, in its own words. Empty if the caller
// may not read its journal.
func (s *scene) says(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, journalTimeout)
	defer cancel()
	matches := []string{"UNIT=" + s.unit, "_PID=1"}
	if s.ofUser() {
		matches = []string{"USER_UNIT=" + s.unit, fmt.Sprintf("_UID=%d", s.uid)}
	}
	var messages []string
	err := journal.Follow(ctx, s.begun, func(entry map[string]string) (more bool) {
		id := entry["MESSAGE_ID"]
		if id == unitFailed || id == unitFailureResult {
			return false
		}
		messages = append(messages, strings.TrimPrefix(entry["MESSAGE"], s.unit+": "))
		return true
	}, matches...)
	if err != nil && len(messages) == 0 {
		return ""
	}
	return text.Printable(reasonIn(messages))
}

// reasonIn is the first of the messages that says that something failed. The messages
// after it follow from it. Without one it is the last message.
//
//	Couldn't move process 812 to requested cgroup '/user.slice/x.scope' (directly or via the system bus): Permission denied
//	Failed to add PIDs to scope's control group: Permission denied
func reasonIn(messages []string) string {
	last := ""
	for _, m := range messages {
		for _, begin := range []string{"Couldn't ", "Cannot ", "Failed to "} {
			if strings.HasPrefix(m, begin) {
				return m
			}
		}
		last = m
	}
	return last
}

// saysPAM is why PAM refused the caller, in the words of its module.
func (s *scene) saysPAM(ctx context.Context) string {
	const enough = 20
	entries, err := journal.Find(ctx, enough, "_SYSTEMD_UNIT="+s.userUnit(), "_UID=0")
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if m := e["MESSAGE"]; strings.HasPrefix(m, "pam_") {
			return text.Printable(m)
		}
	}
	return ""
}
