package logind

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// Keeper is a process that keeps a lease for a launch which needs it before there
// is a unit to hold it: to start the user's manager. When the launch ends without
// having said that a unit has the lease, the process gives it back, also if the
// launch was killed.
type Keeper struct {
	cmd   *exec.Cmd
	words io.WriteCloser // what the launch says; its end is heard, too
	said  bytes.Buffer   // why it cannot
}

// keeperTimeout bounds the wait for a keeper's end. One that gives the lease back
// goes on by itself after that.
const keeperTimeout = 5 * time.Second

// Keep takes the lease, which also starts the user's manager if none runs, and
// keeps others from giving it back.
func (l Lease) Keep(ctx context.Context) (*Keeper, error) {
	args := l.command("keep")
	k := &Keeper{cmd: exec.Command(args[0], args[1:]...)}
	// What ends the launch, such as its terminal, must not end the keeper.
	k.cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	k.cmd.Stderr = &k.said
	err := k.take(ctx)
	switch {
	case err == nil:
		return k, nil
	case ctx.Err() != nil: // it may be speaking still
		return nil, l.failed(nil, err)
	}
	return nil, l.failed(k.said.Bytes(), err)
}

// take starts the process and waits until it says that it has the lease.
func (k *Keeper) take(ctx context.Context) (err error) {
	if k.words, err = k.cmd.StdinPipe(); err != nil {
		return err
	}
	answer, err := k.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := k.cmd.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { answer.Close() })
	defer stop()
	word, _ := io.ReadAll(answer) // an error is no word
	if string(word) == "taken\n" {
		return nil
	}
	k.words.Close()
	if ctx.Err() != nil {
		go k.cmd.Wait() // it may hang for as long as logind does; then it gives back
		return ctx.Err()
	}
	return k.cmd.Wait()
}

// Leave ends the keeper, now that a unit holds the lease.
func (k *Keeper) Leave() {
	io.WriteString(k.words, "held\n") // one that was killed has nothing to give back any more
	k.GiveBack()
}

// GiveBack has the keeper give the lease back, unless a unit has it.
func (k *Keeper) GiveBack() {
	k.words.Close()
	ended := make(chan struct{})
	go func() {
		k.cmd.Wait() // what it could not give back is stale, and the next run's business
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(keeperTimeout):
	}
}
