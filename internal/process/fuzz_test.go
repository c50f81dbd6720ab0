package process

import (
	"bytes"
	"fmt"
	"testing"
)

// The name of a process may look like the rest of the line.
func FuzzParseRelative(f *testing.F) {
	const rest = " S 1 412 412 0 -1 4194624 512 0 0 0 1 2 0 0 20 0 1 0 1234 0 0"
	f.Add("tmux: server", []byte("412 (tmux: server)"+rest))
	f.Add(") Z 1 1 1 0 -1 (", []byte("7 (a)"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		parseRelative(1, data)
		s, err := parseRelative(412, fmt.Appendf(nil, "412 (%s)%s", name, rest))
		if err != nil || s.PID != 412 || s.name != name || s.parent != 1 || s.session != 412 || s.Start != 1234 || s.ended {
			t.Errorf("%q is read as %+v, %v", name, s, err)
		}
	})
}

func FuzzParseCmdline(f *testing.F) {
	f.Add([]byte("sh\x00-c\x00\x00x\x00"))
	f.Add([]byte("\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var again []byte
		for _, word := range parseCmdline(data) {
			again = append(append(again, word...), 0)
		}
		if !bytes.Equal(bytes.TrimRight(again, "\x00"), bytes.TrimRight(data, "\x00")) {
			t.Errorf("%q is read as %q", data, again)
		}
	})
}
