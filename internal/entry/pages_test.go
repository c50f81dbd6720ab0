package entry

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// hugePages is the kernel's word on a process's huge pages, from /proc/PID/status: "THP_enabled: 1".
var hugePages = regexp.MustCompile(`THP_enabled:\s*(\d)`)

func TestOnlyThisProcessIsDeniedHugePages(t *testing.T) {
	read := func(text []byte, err error) string {
		match := hugePages.FindSubmatch(text)
		if err != nil || match == nil {
			t.Skip("the kernel does not say whether a process may have huge pages")
		}
		return string(match[1])
	}
	own := func() string { return read(os.ReadFile("/proc/self/status")) }
	child := func() string {
		var out []byte
		err := Inherit(func() (err error) {
			out, err = exec.Command("cat", "/proc/self/status").Output()
			return err
		})
		return read(out, err)
	}
	if own() == "0" {
		t.Skip("this process may have no huge pages")
	}
	UseSmallPages()
	UseSmallPages() // the second time it changes nothing
	defer setHugePages(true)
	for range 2 {
		if got := own() + child(); got != "01" {
			t.Errorf("this process, and then its child, may have huge pages: %s, want 01", got)
		}
	}
}
