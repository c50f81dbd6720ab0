package manage

import (
	"errors"
	"testing"
	"time"
)

func TestWhatActsIsNeverAmbiguous(t *testing.T) {
	at := func(unit string, hour int) candidate {
		return candidate{unit, time.Date(2026, 3, 4, hour, 0, 0, 0, time.UTC)}
	}
	old, middle, late := at("a-make.scope", 1), at("b-make.scope", 2), at("c-make.scope", 3)
	cmake, ccmake := at("gorun-cmake-1.scope", 1), at(`gorun-my\x2dmake-2.scope`, 2)
	for name, c := range map[string]struct {
		found candidates
		use   Use
		want  string // empty for an error
	}{
		"the newest is read":               {candidates{[]candidate{middle, old}, []candidate{late}}, Reading, "c-make.scope"},
		"a running one is read":            {candidates{[]candidate{late}, []candidate{old, middle}}, Reading, "c-make.scope"},
		"the only one that runs":           {candidates{[]candidate{old}, []candidate{late, middle}}, Acting, "a-make.scope"},
		"two that run":                     {candidates{[]candidate{middle, old}, nil}, Acting, ""},
		"two that run, to wait":            {candidates{[]candidate{middle, old}, nil}, Waiting, ""},
		"within a word, to wait":           {candidates{[]candidate{cmake}, nil}, Waiting, "gorun-cmake-1.scope"},
		"within a word, to act":            {candidates{[]candidate{cmake, ccmake}, []candidate{cmake}}, Acting, ""},
		"a word beside others":             {candidates{[]candidate{cmake, middle}, []candidate{cmake}}, Acting, "b-make.scope"},
		"none runs: the last one to begin": {candidates{nil, []candidate{middle, late, old}}, Acting, "c-make.scope"},
		"nothing":                          {candidates{}, Acting, ""},
	} {
		got, err := c.found.choose("make.scope", c.use)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		var ambiguous *AmbiguousError
		if errors.As(err, &ambiguous) && ambiguous.Error() != "2 runs have that in their name: a-make.scope, b-make.scope" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatActsTakesWholeWords(t *testing.T) {
	const unit = `gorun-my\x2dmake-0123456789abcdef.scope`
	for words, want := range map[string]bool{
		"0123456789abcdef": true, "my-make": true, `my\x2dmake`: true, "my-make-0123456789abcdef": false, `my\x2dmake-0123456789abcdef`: true, "gorun-my-make": true, "my-make-": true,
		"make": false, "my": false, "0123": false, "gorun": false, "gorun-": false, "-": false, "": false, "scope": false,
	} {
		if got := hasWords(unit, words); got != want {
			t.Errorf("%q: %v", words, got)
		}
	}
}
