package manage

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorun/internal/output"
)

func TestTailsHeadersHaveTheTitlesOfFiles(t *testing.T) {
	const text = "==> /dev/fd/3 <==\none\n\n==> /dev/fd/4 <==\n==> /dev/fd/5 <==\n=\nx==> /dev/fd/3 <==\n==> /dev/fd/4"
	const want = "==> /a, output <==\none\n\n==> /b <==\n==> /dev/fd/5 <==\n=\nx==> /dev/fd/3 <==\n==> /dev/fd/4"
	for size := range len(text) {
		var out strings.Builder
		w := &titleWriter{out: &out, titles: map[string]string{tailHeader("/dev/fd/3"): tailHeader("/a, output"), tailHeader("/dev/fd/4"): tailHeader("/b")}}
		for rest := text; rest != ""; {
			n := min(size+1, len(rest))
			if written, err := w.Write([]byte(rest[:n])); err != nil || written != n {
				t.Fatal(written, err)
			}
			rest = rest[n:]
		}
		if err := w.flush(); err != nil || out.String() != want {
			t.Errorf("%d bytes at once: %v, got %q", size+1, err, out.String())
		}
	}
}

// A line that is not complete may be a question.
func TestTailWritesAtOnceWhatIsNoHeader(t *testing.T) {
	var out strings.Builder
	w := &titleWriter{out: &out, titles: map[string]string{tailHeader("/dev/fd/3"): tailHeader("/a")}}
	for _, part := range []string{"10%\r", "20%", "\n", "=", "="} {
		w.Write([]byte(part))
	}
	if got := out.String(); got != "10%\r20%\n" {
		t.Errorf("got %q", got)
	}
	w.Write([]byte("? "))
	if got := out.String(); got != "10%\r20%\n==? " {
		t.Errorf("got %q", got)
	}
	w.out = failing{}
	if n, err := w.Write([]byte("x")); n != 1 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("a write that fails: %d, %v", n, err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestTailShowsTheFilesThatAreLeft(t *testing.T) {
	dir := t.TempDir()
	open := func(name, contents string) *logFile {
		path := filepath.Join(dir, name)
		if contents != "" {
			if err := os.WriteFile(path, []byte(contents), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		file, err := output.OpenFile("x.scope", path)
		return &logFile{path: path, file: file, err: err}
	}
	for _, raw := range []bool{false, true} {
		l := &Log{Unit: "x.scope", AllRuns: true, Raw: raw, files: []*logFile{open("a", "1\n2\n"), open("gone", ""), open("b", "3\n4\x1b\n")}}
		why, none := l.Unopened()
		if len(why) != 1 || none || why[0].Error() != "x.scope: its output went to "+dir+"/gone, which is gone" {
			t.Errorf("not opened: %v, %t", why, none)
		}
		var out strings.Builder
		want := "==> " + dir + "/a <==\n2\n\n==> " + dir + "/b <==\n4\\x1b\n"
		if raw {
			want = strings.ReplaceAll(want, "\\x1b", "\x1b")
		}
		if status, err := l.Tail([]string{"-n1"}, &out); err != nil || status != 0 || out.String() != want {
			t.Errorf("raw %t: status %d, %v, printed %q", raw, status, err, out.String())
		}
		l.files = []*logFile{open("gone", ""), open("gone too", "")}
		if why, none := l.Unopened(); len(why) != 2 || !none {
			t.Errorf("not opened: %v, %t", why, none)
		}
	}
}
