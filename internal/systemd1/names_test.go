package systemd1

import "testing"

func TestUnitPathIsEscaped(t *testing.T) {
	want := `/org/freedesktop/systemd1/unit/gorun_2da_5cx2db_2d01_2escope`
	if got := UnitPath(`gorun-a\x2db-01.scope`); string(got) != want {
		t.Errorf("got %s", got)
	}
	if got := UnitPath("1.scope"); string(got) != "/org/freedesktop/systemd1/unit/_31_2escope" {
		t.Errorf("got %s", got)
	}
}
