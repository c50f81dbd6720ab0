package journal

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"gorun/internal/helper"
)

// Follow passes the entries since a time that match, oldest first, to take, and waits for
// further ones until take returns false. journald writes an entry some time after it was
// sent. The matches are those of [Find]. The error says why there are no more entries, for
// example that the context has ended.
func Follow(ctx context.Context, since time.Time, take func(map[string]string) (more bool), matches ...string) error {
	args := append([]string{"--quiet", "--no-pager", "--all", "--output=json", "--follow", "--no-tail",
		fmt.Sprintf("--since=@%d.%06d", since.Unix(), since.Nanosecond()/1000)}, matches...)
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
	return takeEach(bufio.NewReader(out), take)
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
