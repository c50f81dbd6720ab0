package entry

import "testing"

func TestFileThatGivesRightsIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		mode         uint32
		capabilities bool
		want         string
	}{
		"ordinary":     {0o100755, false, ""},
		"sticky":       {0o101755, false, ""},
		"setuid":       {0o104755, false, "/bin/x is setuid or setgid, and would do for its caller what the caller may not do"},
		"setgid":       {0o102755, true, "/bin/x is setuid or setgid, and would do for its caller what the caller may not do"},
		"capabilities": {0o100755, true, "/bin/x has file capabilities, and would do for its caller what the caller may not do"},
	} {
		got := ""
		if err := rightsOf("/bin/x", c.mode, c.capabilities); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestProcessWithItsCallersRightsIsNotRefused(t *testing.T) {
	if err := CheckRights(); err != nil {
		t.Error(err)
	}
}
