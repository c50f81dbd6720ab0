package supervise

import "testing"

func TestLowestScoreThatMayBeSetIsSet(t *testing.T) {
	for _, c := range []struct{ own, allowed, want int }{
		{0, -999, -999}, {0, 0, 0}, {200, 100, 100}, {200, 0, 0}, {1000, 999, 999}, {5, 5, 5}, {-999, -999, -999}, {-1000, -1000, -1000},
	} {
		score := c.own
		got := lowest(lastChoice, c.own, func(n int) bool {
			if n < c.allowed {
				return false
			}
			score = n
			return true
		})
		if got != c.want || score != c.want {
			t.Errorf("from %d, with %d allowed: returned %d and set %d, want %d", c.own, c.allowed, got, score, c.want)
		}
	}
}
