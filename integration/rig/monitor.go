package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// monitor is a connection to QEMU's machine protocol
// (https://www.qemu.org/docs/master/interop/qmp-spec.html).
type monitor struct {
	conn      *net.UnixConn
	replies   *json.Decoder
	migration string // the last migration status that QEMU reported
	resets    int    // how many resets of the machine QEMU reported
}

// monitorReply is a message from QEMU: a greeting, an answer or an event.
type monitorReply struct {
	Return json.RawMessage
	Error  *struct{ Desc string }
	Event  string
	Data   struct{ Status string }
}

// newMonitor makes a connected pair of sockets: a client, and the end that QEMU must
// inherit. The sockets have no file names: a name could be too long, or be left behind.
func newMonitor() (m *monitor, far *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make a monitor socket: %w", err)
	}
	near := os.NewFile(uintptr(fds[0]), "monitor")
	far = os.NewFile(uintptr(fds[1]), "monitor's far end")
	defer near.Close() // FileConn duplicates it
	conn, err := net.FileConn(near)
	if err != nil {
		far.Close()
		return nil, nil, err
	}
	return &monitor{conn: conn.(*net.UnixConn), replies: json.NewDecoder(conn)}, far, nil
}

// close closes the connection. QEMU keeps running without a monitor.
func (m *monitor) close() { m.conn.Close() }

// execute runs a command and stores its answer in result, unless result is nil. If ctx is
// done first, it closes the connection.
func (m *monitor) execute(ctx context.Context, command string, arguments, result any) error {
	return m.executeWith(ctx, nil, command, arguments, result)
}

// executeWith is like execute, but also passes file, unless file is nil.
func (m *monitor) executeWith(ctx context.Context, file *os.File, command string, arguments, result any) error {
	stop := context.AfterFunc(ctx, m.close)
	defer stop()
	request, err := json.Marshal(map[string]any{"execute": command, "arguments": arguments})
	if err != nil {
		return err
	}
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	if _, _, err := m.conn.WriteMsgUnix(request, rights, nil); err != nil {
		return fmt.Errorf("monitor: %s: %w", command, err)
	}
	answer, err := m.answer()
	if err != nil {
		return fmt.Errorf("monitor: %s: %w", command, err)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer, result)
}

// answer reads until the next answer.
func (m *monitor) answer() (json.RawMessage, error) {
	for {
		reply, err := m.next()
		if err != nil {
			return nil, err
		}
		if reply.Error != nil {
			return nil, errors.New(reply.Error.Desc)
		}
		if reply.Return != nil {
			return reply.Return, nil
		}
	}
}

// waitMigrated returns when a migration has succeeded or failed. It needs
// migrationEvents.
func (m *monitor) waitMigrated(ctx context.Context) error {
	over := func() bool { return m.migration == "completed" || m.migration == "failed" }
	if err := m.wait(ctx, over); err != nil {
		return fmt.Errorf("monitor: wait for a migration: %w", err)
	}
	if m.migration == "failed" {
		return errors.New("migration failed")
	}
	return nil
}

// waitReset returns when the machine is reset for the n-th time.
func (m *monitor) waitReset(ctx context.Context, n int) error {
	if err := m.wait(ctx, func() bool { return m.resets >= n }); err != nil {
		return fmt.Errorf("monitor: wait for a reset: %w", err)
	}
	return nil
}

// wait reads messages until over returns true.
func (m *monitor) wait(ctx context.Context, over func() bool) error {
	stop := context.AfterFunc(ctx, m.close)
	defer stop()
	for !over() {
		if _, err := m.next(); err != nil {
			return err
		}
	}
	return nil
}

// next reads the next message and records events.
func (m *monitor) next() (monitorReply, error) {
	var reply monitorReply
	err := m.replies.Decode(&reply)
	switch reply.Event {
	case "MIGRATION":
		m.migration = reply.Data.Status
	case "RESET":
		m.resets++
	}
	return reply, err
}

// noArguments is an empty JSON object.
var noArguments = struct{}{}

// open starts command mode. It must be the first command.
func (m *monitor) open(ctx context.Context) error {
	return m.execute(ctx, "qmp_capabilities", noArguments, nil)
}

// forwardedPort is the port of the host's loopback interface that QEMU forwards to the
// guest's sshd.
func (m *monitor) forwardedPort(ctx context.Context) (int, error) {
	var table string
	arguments := map[string]string{"command-line": "info usernet"}
	if err := m.execute(ctx, "human-monitor-command", arguments, &table); err != nil {
		return 0, err
	}
	return parseForwardedPort(table)
}

// parseForwardedPort finds the port in a table like
//
//	Hub -1 (net):
//	  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
//	  TCP[HOST_FORWARD]  11       127.0.0.1 36891       10.0.2.15    22     0     0
func parseForwardedPort(table string) (int, error) {
	for line := range strings.Lines(table) {
		var fd, port int
		var address string
		_, err := fmt.Sscanf(strings.TrimSpace(line), "TCP[HOST_FORWARD] %d %s %d", &fd, &address, &port)
		if err == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("QEMU forwards no port: %q", table)
}
