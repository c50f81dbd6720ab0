package scope

import (
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/embedded"
	"gorun/scope/property"
)

// systemdStopTimeout is systemd's built-in DefaultTimeoutStopSec=.
const systemdStopTimeout = 90 * time.Second

// randomized is [conduct] with a time limit that is longer at random, if the properties say so.
func randomized(properties []property.Property) embedded.Conduct {
	c := conduct(properties)
	if extra := extraOf(properties); c.RuntimeMax > 0 && extra > 0 {
		c.RuntimeMax += rand.N(extra)
	}
	return c
}

// extraOf is how much longer the time limit may be.
func extraOf(properties []property.Property) time.Duration {
	p, ok := last(properties, "RuntimeRandomizedExtraSec")
	if !ok {
		return 0
	}
	return p.Span()
}

// conduct is how the properties say that the scope is ended. Their defaults are systemd's.
func conduct(properties []property.Property) embedded.Conduct {
	c := embedded.Conduct{StopTimeout: systemdStopTimeout, FinalSignal: unix.SIGKILL, OOMPolicy: "continue"}
	stop := unix.SIGTERM
	var hangup bool
	mode := "control-group"
	for _, p := range properties { // later ones win
		switch p.Name() {
		case "RuntimeMaxSec":
			if c.RuntimeMax = p.Span(); c.RuntimeMax == property.Infinity {
				c.RuntimeMax = 0
			}
		case "TimeoutStopSec":
			if c.StopTimeout = p.Span(); c.StopTimeout == property.Infinity {
				c.StopTimeout = -1
			}
		case "KillSignal":
			stop = p.Signal()
		case "FinalKillSignal":
			c.FinalSignal = p.Signal()
		case "SendSIGHUP":
			hangup = p.IsTrue()
		case "KillMode":
			mode = p.Text()
		case "OOMPolicy":
			c.OOMPolicy = p.Text()
		}
	}
	if p, ok := last(properties, "SendSIGKILL"); ok && !p.IsTrue() {
		c.FinalSignal = 0
	}
	// A stopped process handles the stop signal when it is continued.
	c.StopSignals = []unix.Signal{stop, unix.SIGCONT}
	if hangup {
		c.StopSignals = append(c.StopSignals, unix.SIGHUP)
	}
	switch mode {
	case "mixed":
		c.StopSignals = nil
	case "process", "none":
		c.StopSignals, c.FinalSignal = nil, 0
	}
	return c
}

// hasConduct reports whether the scope is ended as a property says. It is true for other properties.
func (s *Scope) hasConduct(p property.Property, all []property.Property) bool {
	held, asked := s.held.Conduct(), conduct(all)
	switch p.Name() {
	case "RuntimeMaxSec":
		return asked.RuntimeMax <= held.RuntimeMax && held.RuntimeMax <= asked.RuntimeMax+extraOf(all)
	case "TimeoutStopSec":
		return asked.StopTimeout == held.StopTimeout
	case "KillMode", "KillSignal", "FinalKillSignal", "SendSIGHUP", "SendSIGKILL":
		return slices.Equal(asked.StopSignals, held.StopSignals) && asked.FinalSignal == held.FinalSignal
	case "OOMPolicy":
		return asked.OOMPolicy == held.OOMPolicy
	}
	return true
}
