package manage

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestNamesAreThoseOfRuns(t *testing.T) {
	dir := t.TempDir()
	for name, file := range map[string]string{
		"build.scope":          "[Unit]\nDescription=x\nDocumentation=man:gorun(1)\n\n[Scope]\n",
		"tmux.scope":           "[Unit]\nDocumentation=man:gorun(1) man:tmux(1)\n",
		"other.scope":          "[Unit]\nDescription=man:gorun(1)\n",
		"gorun-linger.service": "[Unit]\nDocumentation=man:gorun(1)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := namesIn(dir); !slices.Equal(got, []string{"build.scope", "tmux.scope"}) {
		t.Errorf("got %q", got)
	}
	if got := namesIn(filepath.Join(dir, "none")); got != nil {
		t.Errorf("without a manager: %q", got)
	}
}
