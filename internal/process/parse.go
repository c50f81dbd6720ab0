package process

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// kernelThread is PF_KTHREAD in the flags of /proc/PID/stat (include/linux/sched.h).
const kernelThread = 0x00200000

// splitStat separates the name in /proc/PID/stat, which may hold blanks and
// parentheses, from the fields after it:
//
//	412 (tmux: server) S 1 412 412 0 -1 4194624 512 ...
//
// The fields are state, parent, process group, session, terminal, the terminal's
// foreground group, flags, ...
func splitStat(data []byte) (name string, fields []string, err error) {
	open, shut := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if open < 0 || shut < open {
		return "", nil, fmt.Errorf("stat %q: no name", data)
	}
	if fields = strings.Fields(string(data[shut+1:])); len(fields) < 7 {
		return "", nil, fmt.Errorf("stat %q: too short", data)
	}
	return string(data[open+1 : shut]), fields, nil
}

// parseStat reads the values from /proc/PID/stat that status does not have.
func (p *Process) parseStat(data []byte) error {
	name, fields, err := splitStat(data)
	if err != nil {
		return err
	}
	p.Name = name
	p.Zombie = fields[0] == "Z" || fields[0] == "X"
	if p.Parent, err = strconv.Atoi(fields[1]); err != nil {
		return fmt.Errorf("stat: parent: %w", err)
	}
	if p.Group, err = strconv.Atoi(fields[2]); err != nil {
		return fmt.Errorf("stat: process group: %w", err)
	}
	device, err := strconv.ParseInt(fields[4], 10, 32)
	if err != nil {
		return fmt.Errorf("stat: terminal: %w", err)
	}
	p.Terminal = Terminal(uint32(device))
	flags, err := parseFlags(data)
	p.Kernel = flags&kernelThread != 0
	return err
}

// parseFlags reads the PF_ flags of a task from its stat.
func parseFlags(data []byte) (uint64, error) {
	_, fields, err := splitStat(data)
	if err != nil {
		return 0, err
	}
	flags, err := strconv.ParseUint(fields[6], 10, 32)
	if err != nil {
		return 0, fmt.Errorf("stat: flags: %w", err)
	}
	return flags, nil
}

// parseStatus reads user and signals from /proc/PID/status:
//
//	Uid:	1000	1000	1000	1000
//	SigIgn:	0000000000001000
//	SigCgt:	0000000000000001
//
// The sets have a bit for each signal, the lowest for number 1, SIGHUP.
func (p *Process) parseStatus(data []byte) error {
	found := 0
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		switch key {
		case "Uid":
			uid, err := strconv.ParseUint(fields[0], 10, 32)
			if err != nil {
				return fmt.Errorf("status: %w", err)
			}
			p.UID = int(uid)
		case "SigIgn", "SigCgt":
			set, err := strconv.ParseUint(fields[0], 16, 64)
			if err != nil {
				return fmt.Errorf("status: %w", err)
			}
			p.HandlesHangup = p.HandlesHangup || set&1 != 0
		default:
			continue
		}
		found++
	}
	if found != 3 {
		return fmt.Errorf("status: want Uid, SigIgn and SigCgt, found %d of them", found)
	}
	return nil
}
