package cause

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/logind"
	"gorun/internal/process"
)

// systemdDir exists where systemd is the init system (sd_booted(3)).
const systemdDir = "/run/systemd/system"

// noSystemd finds out whether there is no systemd.
func (s *scene) noSystemd(context.Context) *Cause {
	if _, err := os.Stat(systemdDir); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	switch init, err := process.Read(1); {
	case err == nil && init.Name == "systemd": // in a sandbox that has another /run
		return &Cause{Kind: Hidden, Path: systemdDir, Unit: logind.OwnPlace().Unit, Mount: mountOver(systemdDir, "/run")}
	case isWSL(kernelRelease()):
		return &Cause{Kind: WSL}
	}
	return &Cause{Kind: NoSystemd}
}

// kernelRelease is the kernel's version as uname(1) -r prints it, empty if it cannot be read.
func kernelRelease() string {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease") // then this counts as another kernel
	return string(release)
}

// isWSL reports whether a kernel is that of the Windows Subsystem for Linux
// (detect_container in virt.c of systemd):
//
//	5.15.167.4-microsoft-standard-WSL2
//	4.4.0-19041-Microsoft
func isWSL(release string) bool {
	return strings.Contains(release, "Microsoft") || strings.Contains(release, "WSL")
}

// noUnixSockets finds out whether the process may make unix sockets.
func (s *scene) noUnixSockets(context.Context) *Cause {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	if !errors.Is(err, unix.EAFNOSUPPORT) {
		return nil
	}
	return &Cause{Kind: NoUnixSockets, Unit: ownService()}
}

// ownService is the system's service that this process is in, empty if it is in none.
func ownService() string {
	place := logind.OwnPlace()
	if place.Managed || !strings.HasSuffix(place.Unit, ".service") {
		return ""
	}
	return place.Unit
}

// noSystemBus finds out whether the system bus is missing where it is needed. Root's
// launches need none.
func (s *scene) noSystemBus(context.Context) *Cause {
	if s.noBus == nil || !s.ofUser() && s.uid == 0 {
		return nil
	}
	return &Cause{Kind: NoSystemBus, Detail: reason(s.noBus)}
}

// reason is what the system says, without the name of the call.
func reason(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}
