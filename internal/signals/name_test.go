package signals

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestNames(t *testing.T) {
	for sig, want := range map[unix.Signal]string{
		unix.SIGTERM: "SIGTERM", 32: "signal 32", 34: "SIGRTMIN+0", 35: "SIGRTMIN+1", 64: "SIGRTMIN+30", 65: "signal 65",
	} {
		if got := Name(sig); got != want {
			t.Errorf("%d: got %s, want %s", int(sig), got, want)
		}
	}
}
