package run

import "testing"

func TestGuessLeavesRoom(t *testing.T) {
	for size, want := range map[string]string{"512": "512M", "1": "1G", "2": "2M", "0": "", "00": "", "64K": "", "123456": ""} {
		if got := guess(size, 2<<20); got != want {
			t.Errorf("%s: got %q, want %q", size, got, want)
		}
	}
}
