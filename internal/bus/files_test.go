package bus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"gorun/internal/bus/bustest"
)

// dialPeer connects over a real socket, which can pass descriptors.
func dialPeer(t *testing.T, address Address, answer bustest.Answer) *Conn {
	t.Helper()
	address.Path = filepath.Join(t.TempDir(), "peer")
	bustest.Listen(t, address.Path, answer)
	c, err := Dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// inodes answers a call with the inodes of the files that came with it.
func inodes(call *dbus.Message) []*dbus.Message {
	var list []uint64
	for _, fd := range bustest.Files(call) {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err == nil {
			list = append(list, st.Ino)
		}
	}
	return []*dbus.Message{bustest.Reply(call, list)}
}

func TestDescriptorsArriveWithTheirMessage(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var want []uint64
	var files []dbus.UnixFD
	for _, f := range []*os.File{null, r} {
		var st unix.Stat_t
		if err := unix.Fstat(int(f.Fd()), &st); err != nil {
			t.Fatal(err)
		}
		files, want = append(files, dbus.UnixFD(f.Fd())), append(want, st.Ino)
	}
	for name, address := range map[string]Address{"peer": {}, "message bus": {MessageBus: true}} {
		t.Run(name, func(t *testing.T) {
			c := dialPeer(t, address, inodes)
			c.Match(Rule{Member: "Any"})
			for range 3 { // also on an authenticated connection
				got, err := c.Call(t.Context(), call("Pass", "x", dbus.MakeVariant(files)))
				if err != nil || !slices.Equal(got[0].([]uint64), want) {
					t.Fatalf("got %v, %v, want %v", got, err, want)
				}
				got, err = c.Call(t.Context(), call("Pass", "none this time"))
				if err != nil || len(got[0].([]uint64)) != 0 {
					t.Fatalf("got %v, %v, want none", got, err)
				}
			}
		})
	}
	if _, err := unix.FcntlInt(r.Fd(), unix.F_GETFD, 0); err != nil {
		t.Errorf("the passed descriptor was closed: %v", err)
	}
}

func TestDescriptorsNeedAFirstCallWithDescriptors(t *testing.T) {
	c := dialPeer(t, Address{}, inodes)
	if _, err := c.Call(t.Context(), call("Pass", "none")); err != nil {
		t.Fatal(err)
	}
	fd := []dbus.UnixFD{0}
	if _, err := c.Call(t.Context(), call("Pass", dbus.MakeVariant(fd))); !errors.Is(err, ErrNoFiles) {
		t.Errorf("got %v", err)
	}
	if got, err := c.Call(t.Context(), call("Pass", "again")); err != nil || len(got) != 1 {
		t.Errorf("the next call got %v, %v", got, err)
	}
}

func TestPeerThatRefusesDescriptorsIsErrNoFiles(t *testing.T) {
	ours, theirs := socketPair(t)
	go func() {
		theirs.Read(make([]byte, 4096))
		theirs.Write([]byte("OK 0123456789abcdef0123456789abcdef\r\nERROR\r\n"))
		call, err := dbus.DecodeMessage(theirs)
		if err != nil || bustest.Member(call) != "Echo" {
			t.Errorf("the next call is %v, %v", call, err)
		}
		theirs.Close()
	}()
	c := NewConn(Address{}, ours)
	defer c.Close()
	if _, err := c.Call(t.Context(), call("Pass", dbus.MakeVariant([]dbus.UnixFD{0}))); !errors.Is(err, ErrNoFiles) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Call(t.Context(), call("Echo")); errors.Is(err, ErrNoFiles) {
		t.Errorf("a call without descriptors got %v", err)
	}
}

func TestUnwantedSignalsAreNotKept(t *testing.T) {
	c, _ := connect(t, Address{}, func(call *dbus.Message) []*dbus.Message {
		list := []*dbus.Message{bustest.Reply(call)}
		for range 1000 {
			list = append(list, bustest.Signal("/a", "org.example.Noise"))
		}
		return append(list, bustest.Signal("/a", "org.example.Wanted"))
	})
	c.Match(Rule{Interface: "org.example"})
	if _, err := c.Call(t.Context(), call("Try")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Signal(t.Context(), func(m *dbus.Message) bool { return bustest.Member(m) == "Wanted" }); err != nil {
		t.Fatal(err)
	}
	if n := len(c.signals); n != 0 {
		t.Errorf("%d are kept", n)
	}
}

func TestDescriptorOfAReplyIsTheCallers(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ours, theirs := socketPair(t)
	go func() {
		theirs.Read(make([]byte, 4096))
		theirs.Write([]byte("OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n"))
		call, err := dbus.DecodeMessage(theirs)
		if err != nil {
			t.Error(err)
			return
		}
		reply := bustest.Reply(call, dbus.UnixFD(w.Fd()))
		reply.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.ParseSignatureMust("h"))
		reply.Headers[dbus.FieldUnixFDs] = dbus.MakeVariant(uint32(1))
		var message bytes.Buffer
		if _, err := reply.EncodeToWithFDs(&message, binary.LittleEndian); err != nil {
			t.Error(err)
		}
		binary.LittleEndian.PutUint32(message.Bytes()[8:], 1)
		theirs.(*net.UnixConn).WriteMsgUnix(message.Bytes(), unix.UnixRights(int(w.Fd())), nil)
		w.Close()
	}()
	c := NewConn(Address{}, ours)
	defer c.Close()
	fd, err := c.CallForFile(t.Context(), call("Lock"))
	if err != nil {
		t.Fatal(err)
	}
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("a command would inherit the descriptor: flags %d, %v", flags, err)
	}
	if _, err := unix.Write(fd, []byte("x")); err != nil {
		t.Error(err)
	}
	unix.Close(fd)
	if got, err := io.ReadAll(r); err != nil || string(got) != "x" {
		t.Errorf("the pipe has %q, %v", got, err)
	}
}
