package property

import (
	"math"
	"strconv"
	"testing"
	"time"
)

func TestSpanIsReadAsSystemdReadsIt(t *testing.T) {
	for in, want := range map[string]uint64{
		"90":                 90e6,
		"5min":               300e6,
		"2h30m":              9000e6,
		"1h 30min":           5400e6,
		" 1h\t30min ":        5400e6,
		"1.5h":               5400e6,
		"0.5":                500000,
		".5s":                500000,
		"0":                  0,
		"20us":               20,
		"20µs":               20,
		"3ms 2us":            3002,
		"1M":                 2629800e6,
		"1month":             2629800e6,
		"1y":                 31557600e6,
		"2weeks 1d":          15 * 86400e6,
		"1hr":                3600e6,
		"infinity":           math.MaxUint64,
		" infinity ":         math.MaxUint64,
		"1h +30min":          5400e6,
		"12.34s.56":          12900000,
		"12.34 56":           12340000 + 56e6,
		"55s500ms":           55500000,
		"1 day 2 hours 3min": 93780e6,
	} {
		if got, err := parseSpan(in); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", "2x", "-1", "12.34.56", "1.", ".", "infinity 1", "Infinity", "1S", "5mins", "1e3",
		"99999999999999999999", "9999999999999y", "1h,30m", "1h-", "٣"} {
		if got, err := parseSpan(in); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
}

func TestFormatSpanIsReadBackAsTheSame(t *testing.T) {
	for _, d := range []time.Duration{0, time.Microsecond, 1500 * time.Microsecond, time.Second, 90 * time.Minute,
		100 * 24 * time.Hour, 3*365*24*time.Hour + 5*time.Millisecond, Infinity} {
		text := FormatSpan(d)
		usec, err := parseSpan(text)
		if err != nil || Duration(usec) != d {
			t.Errorf("%v became %q, read as %v, %v", d, text, Duration(usec), err)
		}
	}
	if got := FormatSpan(90 * time.Minute); got != "1h 30min" {
		t.Errorf("got %q", got)
	}
}

func TestSizeIsReadAsSystemdReadsIt(t *testing.T) {
	for in, want := range map[string]uint64{
		"0":                    0,
		"1048576":              1 << 20,
		"512M":                 512 << 20,
		"1.5G":                 3 << 29,
		"1G 500M":              1<<30 + 500<<20,
		"1G500M":               1<<30 + 500<<20,
		"7B":                   7,
		"4 K":                  4096,
		"0.5K":                 512,
		"1.G":                  1 << 30,
		"+1K":                  1024,
		"1B2":                  3,
		"1 ":                   1,
		"8E":                   1 << 63,
		"18446744073709551615": math.MaxUint64,
	} {
		if got, err := parseSize(in, 1024); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "M", "1m", "1GB 1G", "500M 1G", "-1", "1 2", "16E", "15E 1E", "99999999999999999999", ".5K", "0x10", "1G,", "1G ", "15.9E 1E"} {
		if got, err := parseSize(in, 1024); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
}

func TestPercentageIsReadInTenThousandths(t *testing.T) {
	for in, want := range map[string]uint64{"50%": 5000, "12.5%": 1250, "0.25%": 25, "125‰": 1250, "12.5‰": 125, "7‱": 7, "250%": 25000, "0%": 0, "0x10%": 1600, "010%": 800, " 5%": 500, "21474836.47%": 2147483647} {
		if got, err := parsePermyriad(in); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "%", "50", "1.234%", "1.23‰", "1.2‱", "-1%", "50 %", "50%%", ".5%", "5.%", "1_0%", "21474836.48%", "99999999999%"} {
		if got, err := parsePermyriad(in); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
}

func TestShareIsRoundedAsSystemdRoundsIt(t *testing.T) {
	// UINT32_SCALE_FROM_PERMYRIAD in percent-util.h.
	for in, want := range map[string]uint32{"0%": 0, "50%": 0x80000000, "100%": math.MaxUint32, "0.01%": 429497} {
		if got, err := parseShare(in); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", in, got, err, want)
		}
	}
	if got, err := parseShare("100.01%"); err == nil {
		t.Errorf("more than 100%% became %d", got)
	}
}

func TestSignalIsReadByNameOrNumber(t *testing.T) {
	for in, want := range map[string]int32{"TERM": 15, "SIGTERM": 15, "15": 15, "INT": 2, "RTMIN": 34, "SIGRTMIN+3": 37, "RTMAX-1": 63, "RTMAX": 64, "64": 64, "0xf": 15, "32": 32} {
		if got, err := parseSignal(in); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "SIG", "term", "0", "65", "-1", "RTMIN-1", "RTMIN+31", "RTMAX+1", "RTMINX", "RTMIN+ 1", "SIGSIGTERM", "SIG15"} {
		if got, err := parseSignal(in); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"90", "1h 30min", "1.5h", "infinity", "12.34.56", "20µs"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		usec, err := parseSpan(s)
		if err != nil || usec > uint64(Infinity.Microseconds()) {
			return
		}
		again, err := parseSpan(FormatSpan(Duration(usec)))
		if err != nil || again != usec {
			t.Errorf("%q is %d us, formatted and read again %d, %v", s, usec, again, err)
		}
	})
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"512M", "1.5G", "1G 500M", "7B", ".5K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseSize(s, 1024)
		if err != nil {
			return
		}
		if again, err := parseSize(strconv.FormatUint(n, 10), 1024); err != nil || again != n {
			t.Errorf("%q: got %d, read again %d, %v", s, n, again, err)
		}
	})
}

func FuzzParsePermyriad(f *testing.F) {
	for _, s := range []string{"50%", "12.5%", "125‰", "7‱"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePermyriad(s); err == nil && !isShare(s) {
			t.Errorf("%q became %d without a sign", s, p)
		}
	})
}

func FuzzParseSignal(f *testing.F) {
	for _, s := range []string{"TERM", "SIGRTMIN+3", "RTMAX-1", "9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseSignal(s); err == nil && (n < 1 || n > 64) {
			t.Errorf("%q: got %d", s, n)
		}
	})
}
