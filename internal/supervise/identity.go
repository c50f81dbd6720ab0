package supervise

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"gorun/internal/account"
)

// Identity is a user with groups.
type Identity struct {
	UID, GID int
	// Groups are the supplementary groups.
	Groups []int
}

// SetupError says what could not be prepared for a command. The command was not run.
type SetupError struct {
	Doing string    // in lower case: "set the niceness to -5"
	Err   error     // from the system call
	Of    Attribute // what the command asked for; zero if it did not ask for this
}

// Attribute is what a command asked for.
type Attribute int

// The attributes that a [SetupError] names.
const (
	Niceness Attribute = iota + 1
	Directory
	OOMScore
)

func (e *SetupError) Error() string { return fmt.Sprintf("%s: %v", e.Doing, e.Err) }

func (e *SetupError) Unwrap() error { return e.Err }

// processAttributes are the attributes that are set between fork and exec: first the
// identity, then the directory, which the identity must be able to enter.
func (c Command) processAttributes(cgroup int) *syscall.ProcAttr {
	attr := &syscall.ProcAttr{Env: c.Env, Dir: c.Dir, Files: files(), Sys: &syscall.SysProcAttr{Pdeathsig: c.deathSignal, PidFD: c.pidfd}}
	if cgroup >= 0 {
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, cgroup
	}
	if c.Identity == nil {
		return attr
	}
	credential := &syscall.Credential{
		Uid: uint32(c.Identity.UID), Gid: uint32(c.Identity.GID),
		// Without privilege groups cannot be set, not even to the present ones.
		NoSetGroups: !account.MaySetGroups(),
	}
	for _, gid := range c.Identity.Groups {
		credential.Groups = append(credential.Groups, uint32(gid))
	}
	attr.Sys.Credential = credential
	return attr
}

// setNice sets the calling thread's niceness.
func (c Command) setNice() error {
	if c.Nice == nil {
		return nil
	}
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, *c.Nice); err != nil {
		return &SetupError{fmt.Sprintf("set the niceness to %d", *c.Nice), err, Niceness}
	}
	return nil
}

// become gives the calling process the command's attributes.
func (c Command) become() error {
	runtime.LockOSThread() // the command gets the niceness of the thread that calls exec
	if err := c.setNice(); err != nil {
		return err
	}
	if _, err := c.setOOMScore(); err != nil {
		return err
	}
	if err := c.Identity.assume(); err != nil {
		return err
	}
	if c.Dir != "" {
		if err := os.Chdir(c.Dir); err != nil {
			return &SetupError{"change the working directory", err, Directory}
		}
	}
	closeAsAtStart()
	ignoreChildAsAtStart()
	return nil
}

// assume gives the calling process the identity.
func (i *Identity) assume() error {
	if i == nil {
		return nil
	}
	// To setresuid(2) and setresgid(2) this number means: stay who you are.
	const unchanged = math.MaxUint32
	if uint32(i.UID) == unchanged || uint32(i.GID) == unchanged {
		return &SetupError{Doing: fmt.Sprintf("become UID %d and GID %d", i.UID, i.GID), Err: unix.EINVAL}
	}
	if account.MaySetGroups() {
		if err := syscall.Setgroups(slices.Clone(i.Groups)); err != nil {
			return &SetupError{Doing: "set the groups", Err: err}
		}
	}
	if err := syscall.Setresgid(i.GID, i.GID, i.GID); err != nil {
		return &SetupError{Doing: fmt.Sprintf("become GID %d", i.GID), Err: err}
	}
	if err := syscall.Setresuid(i.UID, i.UID, i.UID); err != nil {
		return &SetupError{Doing: fmt.Sprintf("become UID %d", i.UID), Err: err}
	}
	return nil
}
