package process

import (
	"bytes"
	"strconv"
)

// maxMaps bounds how much of a process's memory map is read. That of a graphical program is
// some 200 KiB.
const maxMaps = 1 << 20

// Libraries returns what a process has mapped, as a text in which the paths of its libraries
// are. It is empty for another user's process.
//
//	7f1c2a000000-7f1c2a0b2000 r-xp 00000000 fe:00 1234   /usr/lib/x86_64-linux-gnu/libsystemd.so.0.40.0
type Libraries []byte

// ReadLibraries reads /proc/PID/maps.
func ReadLibraries(pid int) Libraries {
	text, err := readBegin("/proc/"+strconv.Itoa(pid)+"/maps", maxMaps)
	if err != nil {
		return nil
	}
	return text
}

// Has reports whether a library is among them, by the beginning of its file's name.
func (l Libraries) Has(name string) bool { return bytes.Contains(l, []byte("/"+name)) }
