package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReportFileIsRefusedBeforeTheRun(t *testing.T) {
	dir := t.TempDir()
	public := filepath.Join(dir, "public")
	must(t, os.Mkdir(public, 0o777))
	must(t, os.Chmod(public, 0o777|os.ModeSticky)) // whatever the umask
	must(t, os.Symlink(filepath.Join(dir, "victim"), filepath.Join(public, "link")))
	must(t, os.WriteFile(filepath.Join(public, "others"), nil, 0o666))
	others := "belongs to UID 1, in a directory where other users can create files"
	if err := os.Chown(filepath.Join(public, "others"), 1, 1); err != nil {
		others = "" // only root can give files away
	}
	for file, want := range map[string]string{
		dir:                "is a directory",
		dir + "/x/":        "is a directory",
		dir + "/none/x":    "no such file or directory",
		public + "/link":   "a symbolic link on the way is in a directory where other users can create files",
		public + "/others": others,
		"/dev/fd/0":        "is not open for writing",
		"/dev/fd/999":      "bad file descriptor",
		"/proc/self/fd/-1": "bad file descriptor",
		"file.go/file":     "not a directory",
	} {
		f, err := OpenFile(file)
		if want == "" {
			continue
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, and %+v", file, err, f)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%v, the directory has %v", err, list)
	}
}

// written writes a report to a file, and returns what the file then has.
func written(t *testing.T, file string) string {
	t.Helper()
	f, err := OpenFile(file)
	must(t, err)
	must(t, f.Write(&Report{Unit: &file}))
	data, err := os.ReadFile(file)
	must(t, err)
	return string(data)
}

func TestReportReplacesWhatTheFileHas(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(at("old"), []byte("old"), 0o640))
	must(t, os.WriteFile(at("linked"), []byte(strings.Repeat("linked", 1000)), 0o600))
	must(t, os.Link(at("linked"), at("other")))
	os.Chown(at("old"), -1, 4) // only root can; then the group stays
	before, err := os.Stat(at("old"))
	must(t, err)
	defer unix.Umask(unix.Umask(0o077))
	must(t, os.Symlink("old", at("symlink")))
	for _, name := range []string{"new", "old", "symlink", "linked", strings.Repeat("n", 255)} {
		var rep Report
		if text := written(t, at(name)); json.Unmarshal([]byte(text), &rep) != nil || rep.Unit == nil || !strings.HasSuffix(*rep.Unit, name) {
			t.Errorf("%s: wrote %q", name, text)
		}
	}
	st, err := os.Stat(at("old"))
	must(t, err)
	group := func(i os.FileInfo) uint32 { return i.Sys().(*syscall.Stat_t).Gid }
	if st.Mode() != 0o640 || group(st) != group(before) {
		t.Errorf("the mode has become %v, the group %d", st.Mode(), group(st))
	}
	one, err := os.ReadFile(at("linked"))
	must(t, err)
	if other, err := os.ReadFile(at("other")); err != nil || !bytes.Equal(one, other) {
		t.Errorf("%v, the file's other name has become %.40q", err, other)
	}
	if target, err := os.Readlink(at("symlink")); err != nil || target != "old" {
		t.Errorf("%v, the link has become %q", err, target)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 6 {
		t.Errorf("%v, the directory has %v", err, list)
	}
}

// A reader that has the file open while it is replaced sees all of one report.
func TestReportIsReplacedAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report")
	must(t, os.WriteFile(file, []byte("old"), 0o600))
	open, err := os.Open(file)
	must(t, err)
	defer open.Close()
	written(t, file)
	if data, err := io.ReadAll(open); err != nil || string(data) != "old" {
		t.Errorf("%v, read %q", err, data)
	}
}

func TestReportToADescriptorIsWrittenAtItsOffset(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	must(t, err)
	defer file.Close()
	_, err = file.WriteString("first\n")
	must(t, err)
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD, 0) // as a shell opens it
	must(t, err)
	defer unix.Close(fd)
	f, err := OpenFile(fmt.Sprintf("/dev/fd/%d", fd))
	must(t, err)
	must(t, f.Write(&Report{}))
	data, err := os.ReadFile(file.Name())
	if err != nil || !strings.HasPrefix(string(data), "first\n{") {
		t.Errorf("%v, wrote %q", err, data)
	}
}

func TestReportToAPipeNeedsAReader(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	must(t, unix.Mkfifo(pipe, 0o600))
	f, err := OpenFile(pipe)
	must(t, err)
	if err := f.Write(&Report{}); err == nil || !strings.HasSuffix(err.Error(), "nobody reads the pipe") {
		t.Errorf("without a reader: %v", err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|unix.O_NONBLOCK, 0)
	must(t, err)
	defer reader.Close()
	must(t, f.Write(&Report{}))
	if data, err := io.ReadAll(reader); err != nil || !strings.HasPrefix(string(data), "{") {
		t.Errorf("%v, read %q", err, data)
	}
	// A reader that has stopped reading must not hold up the end.
	command := []string{strings.Repeat("x", 1<<20)}
	if err := f.Write(&Report{Command: command}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("with a full pipe: %v", err)
	}
}

// Until a run has ended its report must not look like one that has.
func TestReportOfARunThatHasNotEndedHasNoOutcome(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report")
	first, second := "first", "second"
	for _, unit := range []*string{&first, &second} {
		f, err := OpenFile(file)
		must(t, err)
		must(t, f.Begin(&Report{Unit: unit}))
		data, err := os.ReadFile(file)
		must(t, err)
		values := map[string]any{}
		must(t, json.Unmarshal(data, &values))
		if values["unit"] != *unit || values["outcome"] != nil || values["ended_at"] != nil || values["duration_seconds"] != nil || values["exit_code"] != nil {
			t.Errorf("a run begins: %s", data)
		}
		code := 0
		must(t, f.Write(&Report{Unit: unit, Outcome: Exited, ExitCode: &code}))
		if data, err := os.ReadFile(file); err != nil || !bytes.Contains(data, []byte(`"outcome": "exited"`)) {
			t.Errorf("%v, a run ended: %s", err, data)
		}
	}
}

func TestDescriptorGetsOneReport(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	must(t, err)
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD, 0) // as a shell opens it
	must(t, err)
	defer unix.Close(fd)
	f, err := OpenFile(fmt.Sprintf("/dev/fd/%d", fd))
	must(t, err)
	must(t, f.Begin(&Report{}))
	must(t, f.Write(&Report{Outcome: Exited}))
	data, err := os.ReadFile(file.Name())
	must(t, err)
	if !json.Valid(data) || !bytes.Contains(data, []byte(`"exited"`)) {
		t.Errorf("got %s", data)
	}
}
