package text

import (
	"testing"
	"time"
)

func TestFiguresAreWrittenForPeople(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0B", 1023: "1023B", 1024: "1K", 4200: "4.1K", 64 << 20: "64M", 64<<20 - 4096: "64M", 1536 << 20: "1.5G",
		1<<20 - 1: "1M", 1<<64 - 1: "16E",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0", 250 * time.Microsecond: "250us", 56400 * time.Microsecond: "56ms", 12344 * time.Millisecond: "12.34s",
		time.Hour + 400*time.Millisecond: "1h", 61500 * time.Millisecond: "1min 2s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
