package logind

import (
	"bytes"
	"context"
	"io"
	"time"

	"gorun/internal/helper"
)

// Keeper is a process that keeps a lease for a launch that needs it to start the user's
// manager, before a unit can hold it. If the launch ends without saying that a unit
// holds the lease, the process gives the lease back, even if the launch was killed.
type Keeper struct {
	cmd    *helper.Cmd
	input  io.WriteCloser // takes the launch's message; the process notices its end
	errors bytes.Buffer   // why the process failed
}

// keeperTimeout limits the wait for a keeper's end. A keeper that is giving the lease
// back continues after that by itself.
const keeperTimeout = 5 * time.Second

// Keep takes the lease, and keeps others from giving it back. It also starts the user's
// manager if none runs.
func (l Lease) Keep(ctx context.Context) (*Keeper, error) {
	args := l.command("keep")
	k := &Keeper{cmd: l.helper(args)}
	// The end of the launch's terminal must not end the keeper.
	k.cmd.OwnSession = true
	k.cmd.Stderr = &k.errors
	err := k.take(ctx)
	switch {
	case err == nil:
		return k, nil
	case ctx.Err() != nil: // it may still write to k.errors
		return nil, l.failed(nil, err)
	}
	return nil, l.failed(k.errors.Bytes(), err)
}

// take starts the process and waits until it says that it has the lease.
func (k *Keeper) take(ctx context.Context) (err error) {
	begun := time.Now()
	if k.input, err = k.cmd.StdinPipe(); err != nil {
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
	word, _ := io.ReadAll(answer) // on an error there is no word
	if string(word) == "taken\n" {
		return nil
	}
	k.input.Close()
	if ctx.Err() != nil {
		go k.cmd.Wait() // it may hang as long as logind does; then it gives the lease back
		return &helper.HangError{Name: k.cmd.Name, After: time.Since(begun), Err: context.Cause(ctx)}
	}
	return k.cmd.Wait()
}

// Leave ends the keeper, now that a unit holds the lease.
func (k *Keeper) Leave() {
	io.WriteString(k.input, "held\n") // fails if the keeper was killed, which gives nothing back
	k.GiveBack()
}

// GiveBack makes the keeper give the lease back, unless a unit holds it.
func (k *Keeper) GiveBack() {
	k.input.Close()
	ended := make(chan struct{})
	go func() {
		k.cmd.Wait() // the next run gives back a lease that the keeper could not
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(keeperTimeout):
	}
}
