package integration

import (
	"fmt"
	"strings"
	"testing"
)

// Go's runtime throws where it cannot open its poller.
func TestTooFewDescriptorsAreAnError(t *testing.T) {
	eachSuite(t, native(), func(t *testing.T, g *guest) {
		s := g.login(t, "alice")
		refused, ran := 0, 0
		for n := 3; n <= 16; n++ {
			for _, option := range []string{"", "--exec", "-b"} {
				out := s.run(fmt.Sprintf("sh -c 'ulimit -n %d; exec gorun -q %s sh -c :'", n, option))
				switch {
				case out.Status == 0:
					ran++
				case out.Status == 125 && strings.Contains(out.Stderr, "too many open files") && strings.Count(out.Stderr, "\n") <= 2:
					refused++
				default:
					t.Errorf("%d descriptors, %q: status %d, printed %.300q", n, option, out.Status, out.Stderr)
				}
			}
		}
		if refused == 0 || ran == 0 {
			t.Errorf("%d were refused, and %d ran", refused, ran)
		}
		s.nothingLeft("systemctl --user")
	})
}
