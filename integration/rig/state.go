package rig

import (
	"context"
	"fmt"
	"io"
	"os"
)

// QEMU saves and loads a machine's state by migrating it through a file descriptor. Here
// this is a pipe: since version 9.1 QEMU refuses files there, and "exec:cat >file" would
// need quoting for a shell and one more process to clean up.

// save writes the machine's state to file and ends the machine.
func (v *vm) save(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	// The machine must not run: memory that an emulated machine writes while it
	// migrates can get lost (https://gitlab.com/qemu-project/qemu/-/issues/1565). The
	// guest's kernel was seen to die of this.
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
	case <-v.ended: // QEMU has closed the disk
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

// load resumes a dormant machine from the state in file.
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
		io.Copy(w, f) // if it fails, QEMU reports the missing part and ends
	}()
	if err := v.migrate(ctx, "migrate-incoming", r); err != nil {
		return err
	}
	if err := v.monitor.waitMigrated(ctx); err != nil {
		return err
	}
	return v.monitor.execute(ctx, "cont", noArguments, nil)
}

// migrate passes one end of a pipe to QEMU and runs the command that uses it.
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

// migrationEvents makes QEMU report the progress of a migration.
var migrationEvents = map[string]any{
	"capabilities": []map[string]any{{"capability": "events", "state": true}},
}
