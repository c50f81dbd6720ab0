package cgroup

import (
	"context"
	"errors"
	"iter"
)

// Watch yields the contents of cgroup.events: at once, and then whenever the kernel
// reports a change. It does not poll. Two changes in quick succession may be seen as one
// change or none.
//
// It continues until the loop is left, ctx ends or the group is removed. Unless the
// loop was left, it yields an error last: the error of ctx, [ErrGone], or
// [errors.ErrUnsupported] for the root, which has no such file.
func (g Group) Watch(ctx context.Context) iter.Seq2[Events, error] {
	return watch(ctx, g, "cgroup.events", parseEvents)
}

// WatchMemory yields the contents of memory.events like [Group.Watch]. OOMKill grows
// when the OOM killer kills a process. The error is [errors.ErrUnsupported] if the group
// has no memory controller.
func (g Group) WatchMemory(ctx context.Context) iter.Seq2[MemoryEvents, error] {
	return watch(ctx, g, "memory.events", parseMemoryEvents)
}

// WaitEmpty waits until neither the group nor a descendant has a living process. A
// group that does not exist has none.
//
// Whoever removes the group should wait as well: the kernel delays its report, and drops it if the
// group is removed in these ten milliseconds.
func (g Group) WaitEmpty(ctx context.Context) error {
	for events, err := range g.Watch(ctx) {
		switch {
		case errors.Is(err, ErrGone):
			return nil
		case err != nil:
			return err
		case !events.Populated:
			return nil
		}
	}
	return nil // not reached: the loop ends with an error
}

// watch yields the contents of a file, and an error at the end.
func watch[T comparable](ctx context.Context, g Group, name string, parse func([]byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := follow(ctx, g, name, func(data []byte) (more bool, err error) {
			value, err := parse(data)
			return err == nil && yield(value, nil), err
		})
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

// follow calls changed with the contents of a file, at once and after each change, until
// changed returns false.
func follow(ctx context.Context, g Group, name string, changed func([]byte) (more bool, err error)) error {
	w, err := newWatcher(g, name)
	if err != nil {
		return err
	}
	defer w.close()
	stop := context.AfterFunc(ctx, w.interrupt)
	defer stop()
	for last := ""; ; {
		data, err := w.read(w.file)
		if err != nil {
			return err
		}
		if text := string(data); text != last { // a file that can be watched is not empty
			last = text
			if more, err := changed(data); !more {
				return err
			}
		}
		err = w.wait()
		if ctx.Err() != nil {
			return ctx.Err() // the poller's error is only the consequence
		}
		if err != nil {
			return err
		}
	}
}
