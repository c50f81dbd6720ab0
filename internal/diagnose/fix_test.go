package diagnose

import (
	"testing"

	"gorun/internal/cause"
)

func TestEachCauseHasAFix(t *testing.T) {
	for _, k := range cause.Kinds() {
		if fixes[k] == nil || Fix(&cause.Cause{Kind: k}) == "" {
			t.Errorf("%s has no fix", k)
		}
	}
	if len(fixes) != len(cause.Kinds()) {
		t.Errorf("%d fixes for %d causes", len(fixes), len(cause.Kinds()))
	}
}
