package quoting

import (
	"reflect"
	"strings"
	"testing"
)

// What systemd-run --expand-environment=yes printed on 257 and 262.
func TestVariablesAreExpandedAsSystemdExpandsThem(t *testing.T) {
	env := []string{"A=a  b 'c d'", "N=x"}
	for arg, want := range map[string]string{
		"$A": "a|b|c d", "${A}": "a  b 'c d'", "x$A": "x$A", "$$N": "$N", "${N}y": "xy", "$NOPE": "", "${NOPE}": "|",
		"${bad-name}": "|", "$": "", "$N$N": "", "${N": "${N", "$1": "", `"$A"`: `"$A"`, "plain": "plain", "": "|",
		"${N}$${N}": "x${N}", "${N:-d}": "${N:-d}", "${N:+${N}}": "${N:+x}",
	} {
		got, _ := Expand([]string{arg}, env)
		words := []string{}
		if want == "|" {
			words = []string{""}
		} else if want != "" {
			words = strings.Split(want, "|")
		}
		if len(got) != len(words) || len(got) > 0 && !reflect.DeepEqual(got, words) {
			t.Errorf("%s: got %q, want %q", arg, got, words)
		}
	}
	if _, missing := Expand([]string{"${NOPE}", "$N", "$1"}, env); !reflect.DeepEqual(missing, []string{"NOPE", "1"}) {
		t.Errorf("missing: %q", missing)
	}
}

func FuzzExpand(f *testing.F) {
	f.Add("${A}$$", "a 'b")
	f.Fuzz(func(t *testing.T, arg, value string) {
		got, _ := Expand([]string{arg}, []string{"A=" + value})
		if !strings.Contains(arg, "$") && (len(got) != 1 || got[0] != arg) {
			t.Errorf("%q became %q", arg, got)
		}
	})
}
