package integration

import "fmt"

// cell is one way to start a command, and its result.
type cell struct {
	kill     bool // KillUserProcesses=
	linger   bool // the user lingers without a lease
	from     from
	command  command
	launcher launcher

	// Each cell has its own user, and so its own last logout.
	user string
	uid  int

	started, alive bool     // before and after the logout
	verdict        *audited // gorun's verdict before the logout
	left           []string // what was left after the command's end
	log            string   // the launcher's messages
}

// from says where a command is started.
type from string

const (
	terminal from = "ssh with a tty"
	ssh      from = "ssh without"
	su       from = "su - user, by root"
	sudo     from = "sudo -u user, by root"
	alices   from = "sudo -u user, by alice"
	cron     from = "cron"
	service  from = "service with User="
)

var everyFrom = []from{terminal, ssh, su, sudo, alices, cron, service}

// command is the command. The process that has to survive is always named train.
type command string

const (
	ignoresHangup command = "ignores SIGHUP"
	diesOfHangup  command = "default SIGHUP"
	tmux          command = "tmux"
	screen        command = "screen"
)

var everyCommand = []command{ignoresHangup, diesOfHangup, tmux, screen}

// launcher is the program that starts the command.
type launcher string

const (
	gorun      launcher = "gorun"
	systemdRun launcher = "systemd-run --user --scope"
	nohup      launcher = "nohup"
)

var everyLauncher = []launcher{gorun, systemdRun, nohup}

// cells lists all cells of one machine, with its KillUserProcesses=.
func cells(kill bool) []*cell {
	var list []*cell
	for _, linger := range []bool{false, true} {
		for _, from := range everyFrom {
			for _, command := range everyCommand {
				for _, launcher := range everyLauncher {
					n := len(list)
					list = append(list, &cell{
						kill: kill, linger: linger, from: from, command: command, launcher: launcher,
						user: fmt.Sprintf("cell%03d", n), uid: 2000 + n,
					})
				}
			}
		}
	}
	return list
}

func (c *cell) String() string {
	return fmt.Sprintf("%s: %s, started by %s from %s", surroundings(c.kill, c.linger), c.command, c.launcher, c.from)
}

// surroundings describes the settings that a part of the table has in common.
func surroundings(kill, linger bool) string {
	text := "KillUserProcesses=no"
	if kill {
		text = "KillUserProcesses=yes"
	}
	if linger {
		return text + ", the user lingers"
	}
	return text + ", the user does not linger"
}

// line is the command line.
func (c *cell) line() string { return string(c.launcher) + " " + c.program() }

// program is COMMAND with its arguments.
func (c *cell) program() string {
	// On a terminal tmux and screen are attached, as people use them. Not under nohup,
	// which takes the terminal away.
	attached := c.from == terminal && c.launcher != nohup
	switch {
	case c.command == ignoresHangup:
		return "ignoring-train"
	case c.command == diesOfHangup:
		return "train 3600"
	case c.command == tmux && attached:
		return "tmux new-session -s work train 3600"
	case c.command == tmux:
		return "tmux new-session -d -s work train 3600"
	case attached:
		return "screen -S work train 3600"
	default:
		return "screen -dmS work train 3600"
	}
}

// fate is the state of a cell's command after the logout.
type fate string

const (
	alive      fate = "alive"
	killed     fate = "killed"
	hungUp     fate = "hung up"
	notStarted fate = "not started"
)

func (c *cell) fate() fate {
	switch {
	case !c.started:
		return notStarted
	case c.alive:
		return alive
	case c.isHungUp():
		return hungUp
	default:
		return killed
	}
}

// isHungUp reports whether the command dies when its terminal hangs up.
func (c *cell) isHungUp() bool {
	return c.from == terminal && c.command == diesOfHangup && c.launcher != nohup
}
