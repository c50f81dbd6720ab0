package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"golang.org/x/crypto/ssh"
)

// sshPort is the port of a machine's sshd.
const sshPort = 22

// Login is an ssh connection. While it is open, the user has a logind session.
type Login struct {
	client *ssh.Client
	conn   net.Conn
}

// Login logs user in. The session ends with Close.
func (m *Machine) Login(ctx context.Context, user string) (*Login, error) {
	conn, err := m.host.dial(ctx, sshPort)
	if err != nil {
		return nil, err
	}
	// The handshake takes no context; closing the connection ends it.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c, channels, requests, err := ssh.NewClientConn(conn, "rig", &ssh.ClientConfig{
		User: user,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(m.key)},
		// The machine is ours, and nobody is in between.
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("log in as %s: %w", user, err)
	}
	return &Login{client: ssh.NewClient(c, channels, requests), conn: conn}, nil
}

// Close logs out.
func (l *Login) Close() { l.client.Close() }

// logout logs out and waits until sshd has ended the session. sshd waits for processes of
// the session that have ssh's standard output open.
func (l *Login) logout(ctx context.Context) error {
	stop := context.AfterFunc(ctx, l.Close)
	defer stop()
	if err := l.conn.(halfCloser).CloseWrite(); err != nil {
		return fmt.Errorf("log out: %w", err)
	}
	l.client.Wait() // the error says nothing: we have closed the connection
	return ctx.Err()
}

// halfCloser is a connection to a machine of any kind.
type halfCloser interface{ CloseWrite() error }

// Output is what a command printed and how it ended.
type Output struct {
	Stdout, Stderr string
	Status         int    // exit status; -1 if the command was killed
	Signal         string // the signal that killed it, such as "TERM"; empty if it exited
}

// Run runs a script in the user's shell and waits for its end. It is not an error if the
// script fails: see Output.
func (l *Login) Run(ctx context.Context, script string) (Output, error) {
	p, err := l.Start(script)
	if err != nil {
		return Output{}, err
	}
	return p.Wait(ctx)
}

// Upload writes data to a file with the given octal mode, and replaces an existing file.
func (l *Login) Upload(ctx context.Context, data []byte, file, mode string) error {
	session, err := l.client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	stop := context.AfterFunc(ctx, func() { l.conn.Close() })
	defer stop()
	session.Stdin = bytes.NewReader(data)
	script := fmt.Sprintf("cat >'%[1]s.new' && chmod %[2]s '%[1]s.new' && mv '%[1]s.new' '%[1]s'", file, mode)
	if out, err := session.CombinedOutput(script); err != nil {
		return fmt.Errorf("upload %s: %w: %s", file, err, out)
	}
	return nil
}

// Process is a running script on a machine.
type Process struct {
	session        *ssh.Session
	login          *Login
	stdin          io.WriteCloser
	stdout, stderr bytes.Buffer
}

// Start starts a script in the user's shell.
func (l *Login) Start(script string) (*Process, error) {
	return l.start(script, func(*ssh.Session) error { return nil })
}

// StartOnTerminal starts a script in the user's shell on a terminal. The terminal hangs
// up when the connection ends.
func (l *Login) StartOnTerminal(script string) (*Process, error) {
	return l.start(script, func(s *ssh.Session) error { return s.RequestPty("xterm", 24, 80, ssh.TerminalModes{}) })
}

// start starts a script in a new channel, after calling prepare.
func (l *Login) start(script string, prepare func(*ssh.Session) error) (*Process, error) {
	session, err := l.client.NewSession()
	if err != nil {
		return nil, fmt.Errorf("open ssh session: %w", err)
	}
	p := &Process{session: session, login: l}
	session.Stdout, session.Stderr = &p.stdout, &p.stderr
	if p.stdin, err = session.StdinPipe(); err != nil {
		session.Close()
		return nil, err
	}
	if err = prepare(session); err == nil {
		err = session.Start(script)
	}
	if err != nil {
		session.Close()
		return nil, fmt.Errorf("start %q: %w", script, err)
	}
	return p, nil
}

// Wait closes the script's standard input and waits for its end. If ctx is done first, it
// closes the connection.
func (p *Process) Wait(ctx context.Context) (Output, error) {
	defer p.session.Close()
	stop := context.AfterFunc(ctx, func() { p.login.conn.Close() })
	defer stop()
	p.stdin.Close() // fails if the script has ended already
	err := p.session.Wait()
	out := Output{Stdout: p.stdout.String(), Stderr: p.stderr.String()}
	var exit *ssh.ExitError
	switch {
	case errors.As(err, &exit) && exit.Signal() != "":
		out.Status, out.Signal = -1, exit.Signal()
	case errors.As(err, &exit):
		out.Status = exit.ExitStatus()
	case err != nil:
		return out, fmt.Errorf("%w (%w), after printing %q and %q", err, ctx.Err(), out.Stdout, out.Stderr)
	}
	return out, nil
}
