package process

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// helper makes the test's binary a program that shows another command line.
const helper = "GORUN_TEST_SHOW"

func TestMain(m *testing.M) {
	if os.Getenv(helper) == "" {
		os.Exit(m.Run())
	}
	show := OwnArguments()
	show(strings.Fields(os.Getenv(helper)))
	p, err := Read(os.Getpid())
	fmt.Printf("%q %q %v", os.Args[1:], p.Args, err)
}

func TestOthersSeeTheCommandLineThatIsShown(t *testing.T) {
	args := []string{"-E", "", "KEY=secret", "ä", "xxxxxxx", ""}
	for _, shown := range []string{"gorun", "gorun -E KEY= sh", "gorun as long as it can be.......", "gorun longer than it can be.........."} {
		cmd := exec.Command("/proc/self/exe", args...)
		cmd.Args[0] = "gorun"
		cmd.Env = append(os.Environ(), helper+"="+shown)
		out, err := cmd.CombinedOutput()
		room := len(strings.Join(cmd.Args, " "))
		seen := strings.Fields(shown[:min(len(shown), room)])
		if want := fmt.Sprintf("%q %q <nil>", args, seen); err != nil || string(out) != want {
			t.Errorf("%v, got %s, want %s", err, out, want)
		}
	}
}

func TestWordsElsewhereAreNotReplaced(t *testing.T) {
	before := os.Args
	defer func() { os.Args = before }()
	os.Args = []string{"gorun", "not from the kernel", "a constant"}
	words := slices.Clone(os.Args)
	OwnArguments()([]string{"new"})
	if !slices.Equal(os.Args, words) {
		t.Errorf("got %q", os.Args)
	}
}
