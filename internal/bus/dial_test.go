package bus

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// listenFull listens on a socket whose queue has one place, which is taken.
func listenFull(t *testing.T) (path string, l net.Listener) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "peer")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	if l, err = net.FileListener(file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	first, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { first.Close() })
	if _, err := net.Dial("unix", path); !errors.Is(err, unix.EAGAIN) {
		t.Fatalf("the queue is not full: %v", err)
	}
	return path, l
}

// A manager that is busy with hundreds of launches accepts connections late.
func TestDialWaitsForAPlaceInTheQueue(t *testing.T) {
	path, l := listenFull(t)
	dialed := make(chan error)
	for range 3 {
		go func() {
			c, err := Dial(t.Context(), Address{Path: path})
			if err == nil {
				defer c.Close()
			}
			dialed <- err
		}()
	}
	for range 3 {
		if _, err := l.Accept(); err != nil {
			t.Fatal(err)
		}
		if err := <-dialed; err != nil {
			t.Error(err)
		}
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	path, _ := listenFull(t)
	ctx, cancel := WithSilenceLimit(t.Context(), 20*time.Millisecond)
	defer cancel()
	var timeout *TimeoutError
	if _, err := Dial(ctx, Address{Path: path}); !errors.As(err, &timeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
