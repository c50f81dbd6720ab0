package main

import "gorun/internal/cli"

// refused has options of systemd-run(1) that gorun does not have, each with the reason.
// systemd-run itself refuses most of them with --scope.
var refused = map[string]string{
	"wait":              "gorun waits for COMMAND, unless -b is given: leave it out. --wait-for UNIT waits for a run that exists",
	"remain-after-exit": inService, "r": inService,
	"service-type": inService,
	"pty":          onTerminal, "t": onTerminal,
	"pty-late": onTerminal, "T": onTerminal,
	"pipe":               "COMMAND has gorun's own standard input and output anyway; leave it out",
	"P":                  "COMMAND has gorun's own standard input and output anyway; leave it out",
	"no-block":           "COMMAND cannot run before the scope exists; -b returns as soon as it runs",
	"ignore-failure":     "a scope has no exit status to ignore; leave it out",
	"root-directory":     "a scope does not change the root; put chroot in front of COMMAND",
	"same-root-dir":      "a scope does not change the root; leave it out",
	"R":                  "a scope does not change the root; leave it out",
	"host":               elsewhere,
	"H":                  elsewhere,
	"machine":            elsewhere,
	"M":                  elsewhere,
	"capsule":            elsewhere,
	"C":                  elsewhere,
	"on-active":          inTimer,
	"on-boot":            inTimer,
	"on-startup":         inTimer,
	"on-unit-active":     inTimer,
	"on-unit-inactive":   inTimer,
	"on-calendar":        inTimer,
	"on-clock-change":    inTimer,
	"on-timezone-change": inTimer,
	"timer-property":     inTimer,
	"path-property":      inTimer,
	"socket-property":    inTimer,
}

// Reasons of several options.
const (
	inService  = "is for services; a scope ends with its last process. Use systemd-run"
	onTerminal = "COMMAND has gorun's own terminal anyway; leave it out"
	elsewhere  = "gorun moves itself into the scope, which must be on this machine and belong to this user or the system"
	inTimer    = "starts a service later; a scope holds what runs now. Use systemd-run, or cron"
)

// withoutEffect are options of systemd-run(1) that have no effect on a scope. gorun
// accepts them for scripts.
func withoutEffect() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "background", MayBeEmpty: true},
		&cli.StringFlag{Name: "output", MayBeEmpty: true},
		&cli.BoolFlag{Name: "no-pager"},
	}
}
