package logind

import (
	"errors"
	"testing"
)

func TestVersionsThatMayStopLingeringManagersAreKnown(t *testing.T) {
	for version, want := range map[string]bool{
		"252.39-1~deb12u1": false, "254.26-1~bpo12+1": false, "254": false,
		"255": true, "255.4-1ubuntu8.17": true, "255~rc1": true, "255.22": true,
		"256": true, "256-1": true, "256~rc3-2": true, "256.1-1": true, "256.2": true, "256.2-1": true,
		"256.3": false, "256.3-1": false, "256.10": false, "256.21-1.fc41": false,
		"257": false, "257.8-1~deb13u2": false, "262~rc1": false, "2550": false, "": false, "v255": false,
	} {
		var risk *RiskError
		if got := errors.As(RiskOf(version), &risk); got != want {
			t.Errorf("%s: got %v, want %v", version, got, want)
		}
	}
}

func TestVerdictOnLingeringNamesTheRiskOfTheVersion(t *testing.T) {
	const risk = ", but systemd 255.4-1ubuntu8 may stop the managers of users who linger (systemd issue 43361)"
	for _, c := range []struct {
		version string
		linger  Reason
		want    Verdict
	}{
		{"255.4-1ubuntu8", Lingering, unknown("alice lingers" + risk)},
		{"255.4-1ubuntu8", Leased, unknown("alice lingers while gorun scopes live" + risk)},
		{"257.8", Lingering, Verdict{Survives: true, Reason: Lingering, Why: "alice lingers"}},
		{"254", Leased, Verdict{Survives: true, Reason: Leased, Why: "alice lingers while gorun scopes live"}},
		{"", Lingering, Verdict{Survives: true, Reason: Lingering, Why: "alice lingers"}}, // it could not be asked
	} {
		j := &Judge{rules: Rules{Version: c.version}, people: map[int]person{1000: {name: "alice", linger: c.linger}}}
		if v, err := j.manager(t.Context(), 1000); v != c.want || err != nil {
			t.Errorf("%s: got %+v, %v", c.version, v, err)
		}
	}
}
