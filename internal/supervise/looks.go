package supervise

import "time"

// lookPauses are the times from the command's start to the first call of Options.Look, and
// from there to the second. What moves a process that it has started does so a moment after
// the start: tmux gives up after a second.
var lookPauses = [...]time.Duration{50 * time.Millisecond, 500 * time.Millisecond}

// looks says when to call Options.Look.
type looks struct {
	timer *time.Timer // nil if it is not called
	made  int
}

// begin starts the time.
func (l *looks) begin() { l.timer = time.NewTimer(lookPauses[0]) }

// due is ready when a look is due. Nil blocks for ever.
func (l *looks) due() <-chan time.Time {
	if l.timer == nil {
		return nil
	}
	return l.timer.C
}

// next starts the time to the next look, if there is one.
func (l *looks) next() {
	if l.made++; l.made < len(lookPauses) {
		l.timer.Reset(lookPauses[l.made])
	}
}
