package property

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// isSendable reports whether D-Bus can carry a value: strings are UTF-8 without NUL, and
// arrays have a type.
func isSendable(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String()) && !strings.Contains(v.String(), "\x00")
	case reflect.Slice:
		for i := range v.Len() {
			if !isSendable(v.Index(i).Interface()) {
				return false
			}
		}
		return !v.IsNil()
	case reflect.Struct:
		for i := range v.NumField() {
			if !isSendable(v.Field(i).Interface()) {
				return false
			}
		}
		return true
	}
	return v.IsValid()
}

// The examples are those of systemd.resource-control(5).
func TestAddressesAreReadAsPrefixes(t *testing.T) {
	for in, want := range map[string]int{
		"": 0, "any": 2, "localhost": 2, "link-local": 2, "multicast": 2, "localhost 10.0.0.0/8": 3, "LOCALHOST": 2, "a.localhost.localdomain.": 2,
		"1.2.3.4": 1, "10.0.0.0/8 2001:db8::/32": 2, "0.0.0.0/0": 1, "::ffff:1.2.3.4/96": 1, "10.0.0.1/0x8": 1,
	} {
		if got, err := parseAddresses(in); err != nil || len(got) != want {
			t.Errorf("%q: got %v, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"everyone", "1.2.3", "1.2.3.4/33", "::1/129", "fe80::1%eth0", "01.2.3.4", "1.2.3.4/", "1.2.3.4/-1", "ANY"} {
		if got, err := parseAddresses(in); err == nil {
			t.Errorf("%q: got %v, want an error", in, got)
		}
	}
}

func TestSocketPortsAreReadAsSystemdReadsThem(t *testing.T) {
	for in, want := range map[string]socketPorts{
		"any":                 {},
		"80":                  {0, 0, 1, 80},
		"1-65535":             {0, 0, 65535, 1},
		"tcp":                 {0, 6, 0, 0},
		"ipv4":                {2, 0, 0, 0},
		"ipv6:any":            {10, 0, 0, 0},
		"ipv4:tcp:22":         {2, 6, 1, 22},
		"udp:8080-8090":       {0, 17, 11, 8080},
		"ipv6:udp:1024-65535": {10, 17, 64512, 1024},
		"ipv4:tcp":            {2, 6, 0, 0},
	} {
		if got, err := parseSocketPorts(in); err != nil || got != want {
			t.Errorf("%q: got %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "0", "0-10", "65536", "90-80", "tcp:ipv4:22", "ipv4:", ":22", "22:any", "icmp:1", "ipv4:ipv6:1", "any:any"} {
		if got, err := parseSocketPorts(in); err == nil {
			t.Errorf("%q: got %v, want an error", in, got)
		}
	}
}

func TestOnlyDevicesAreAllowed(t *testing.T) {
	for _, in := range []string{"/dev/null", "/dev/null rwm", "char-pts r", "block-*", "char-/dev", "/dev/sda "} {
		if p, err := Parse("DeviceAllow=" + in); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	for _, in := range []string{"null", "/etc/passwd", "/dev/", "/dev/../etc/x", "/dev/null x", "/dev/null r w", "/dev/null  r"} {
		if p, err := Parse("DeviceAllow=" + in); err == nil {
			t.Errorf("%s: want an error", p)
		}
	}
}

func FuzzParseAddresses(f *testing.F) {
	for _, s := range []string{"any", "10.0.0.0/8 ::1", "fe80::/64", "1.2.3.4/33"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, err := parseAddresses(s)
		for _, p := range list {
			if size := 8 * len(p.Address); err == nil && (int(p.Bits) > size || size != 32 && size != 128) {
				t.Errorf("%q: %v", s, p)
			}
		}
	})
}

func FuzzParseSocketPorts(f *testing.F) {
	for _, s := range []string{"any", "tcp:22", "ipv6:udp:1024-65535", "ipv4:tcp", "0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseSocketPorts(s)
		if err == nil && (int(p.First)+int(p.Count) > 65536 || p.First == 0 && p.Count != 0) {
			t.Errorf("%q: %v", s, p)
		}
	})
}

func FuzzParseNFTSet(f *testing.F) {
	for _, s := range []string{"cgroup:inet:filter:my_service", "user:ip:t:s", "a:b:c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if set, err := parseNFTSet(s); err == nil && (len(set.Table) > 31 || set.Source < 3 || strings.Count(s, ":") != 3) {
			t.Errorf("%q: %v", s, set)
		}
	})
}
