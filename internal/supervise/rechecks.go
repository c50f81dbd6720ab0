package supervise

import "time"

// recheckPauses are the times from the command's start to the first call of Options.Recheck, and
// from each call to the next. What moves a process that it has started does so a moment after
// the start, and tmux gives up after a second. (On a busy machine a move came 0.6 s after it.)
var recheckPauses = [...]time.Duration{50 * time.Millisecond, 450 * time.Millisecond, time.Second}

// rechecks says when to call Options.Recheck.
type rechecks struct {
	timer *time.Timer // nil if it is not called
	made  int
}

// begin starts the time.
func (l *rechecks) begin() { l.timer = time.NewTimer(recheckPauses[0]) }

// due is ready when a call is due. Nil blocks for ever.
func (l *rechecks) due() <-chan time.Time {
	if l.timer == nil {
		return nil
	}
	return l.timer.C
}

// next starts the time to the next call, if there is one.
func (l *rechecks) next() {
	if l.made++; l.made < len(recheckPauses) {
		l.timer.Reset(recheckPauses[l.made])
	}
}
