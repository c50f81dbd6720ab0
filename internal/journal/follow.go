package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/helper"
)

// Read passes the entries that match, oldest first, to take, until that returns false. It
// begins with the entry that the cursor names, or if that is empty with the first one. The
// matches are those of [Find].
func Read(ctx context.Context, cursor string, take func(map[string]string) (more bool), matches ...string) error {
	args := []string{"--quiet", "--no-pager", "--all", "--output=json"}
	if cursor != "" {
		args = append(args, "--cursor="+cursor)
	}
	err := pass(ctx, take, append(args, matches...))
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Follow passes the entries since a time that match, oldest first, to take, and waits for
// further ones until take returns false. journald writes an entry some time after it was
// sent. The matches are those of [Find]. The error says why there are no more entries, for
// example that the context has ended.
func Follow(ctx context.Context, since time.Time, take func(map[string]string) (more bool), matches ...string) error {
	args := []string{"--quiet", "--no-pager", "--all", "--output=json", "--follow", "--no-tail",
		fmt.Sprintf("--since=@%d.%06d", since.Unix(), since.Nanosecond()/1000)}
	return pass(ctx, take, append(args, matches...))
}

// pass runs journalctl(1), and passes its entries to take until that returns false, the
// context ends, or there are no more.
func pass(ctx context.Context, take func(map[string]string) bool, args []string) error {
	cmd := helper.New("journalctl", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	end := context.AfterFunc(ctx, func() { out.Close() })
	defer func() {
		end()
		cmd.Signal(unix.SIGKILL)
		cmd.Wait() // killed, or it had no entries to read
	}()
	begun := time.Now()
	err = takeEach(bufio.NewReader(out), take)
	if err != nil && ctx.Err() != nil {
		hang := &helper.HangError{Name: "journalctl", After: time.Since(begun), Err: context.Cause(ctx)}
		return fmt.Errorf("read the journal: %w", hang)
	}
	return err
}

// takeEach reads a line at a time.
func takeEach(in *bufio.Reader, take func(map[string]string) bool) error {
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		entries, err := parseEntries(line)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !take(e) {
				return nil
			}
		}
	}
}
