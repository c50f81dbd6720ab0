package rig

import (
	"context"
	"fmt"
	"io"
	"os"
)

// QEMU saves and loads a machine's state by migrating it through a file
// descriptor. That is a pipe here: since version 9.1 it wants no files there,
// and with "exec:cat >file" there would be a process more to clean up, and a
// shell to quote for.

// save writes the machine's state to file and ends it.
func (v *vm) save(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	// What an emulated machine writes while it migrates can get lost
	// (https://gitlab.com/qemu-project/qemu/-/issues/1565); the guest's kernel
	// was seen to die of it. So it must not run.
	if err := v.monitor.execute(ctx, "stop", noArguments, nil); err != nil {
		return err
	}
	if err := v.send(ctx, f); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	if err := v.monitor.execute(ctx, "quit", noArguments, nil); err != nil {
		return err
	}
	select {
	case <-v.ended: // by now it has closed the disk
	case <-ctx.Done():
		return ctx.Err()
	}
	return f.Close()
}

// send writes the state of the stopped machine to f.
func (v *vm) send(ctx context.Context, f *os.File) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	stop := context.AfterFunc(ctx, func() { r.Close() })
	defer stop()
	if err := v.migrate(ctx, "migrate", w); err != nil {
		return err
	}
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	return v.monitor.waitMigrated(ctx)
}

// load makes a dormant machine go on from the state in file.
func (v *vm) load(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		f.Close()
		return err
	}
	go func() {
		defer f.Close()
		defer w.Close()
		io.Copy(w, f) // a QEMU that misses some of it says so, and ends
	}()
	if err := v.migrate(ctx, "migrate-incoming", r); err != nil {
		return err
	}
	if err := v.monitor.waitMigrated(ctx); err != nil {
		return err
	}
	return v.monitor.execute(ctx, "cont", noArguments, nil)
}

// migrate gives QEMU its end of a pipe, and the command to use it.
func (v *vm) migrate(ctx context.Context, command string, end *os.File) error {
	defer end.Close() // QEMU has its own
	if err := v.monitor.execute(ctx, "migrate-set-capabilities", migrationEvents, nil); err != nil {
		return err
	}
	name := map[string]string{"fdname": "state"}
	if err := v.monitor.executeWith(ctx, end, "getfd", name, nil); err != nil {
		return err
	}
	return v.monitor.execute(ctx, command, map[string]string{"uri": "fd:state"}, nil)
}

// migrationEvents makes QEMU tell how far it is.
var migrationEvents = map[string]any{
	"capabilities": []map[string]any{{"capability": "events", "state": true}},
}
