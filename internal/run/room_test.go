package run

import (
	"testing"

	"gorun/scope"
	"gorun/scope/property"
)

func TestLimitWithoutRoomForGorunIsRefused(t *testing.T) {
	for _, c := range []struct {
		limit   string
		exec    bool
		refused string // the value; empty if it is not
		want    LittleRoomError
	}{
		{"MemoryMax=1M", false, "1M", LittleRoomError{Exec: true}},
		{"MemoryMax=100", false, "100", LittleRoomError{Guess: "100M"}},
		{"MemoryMax=2M", false, "", LittleRoomError{}},
		{"MemoryMax=256K", true, "", LittleRoomError{}},
		{"MemoryMax=255K", true, "255K", LittleRoomError{}},
		{"MemoryHigh=1M", false, "1M", LittleRoomError{Exec: true}},
		{"MemoryHigh=512K", false, "512K", LittleRoomError{}},
		{"MemoryHigh=2M", false, "", LittleRoomError{}},
		{"MemoryHigh=1M", true, "", LittleRoomError{}},
		{"MemoryHigh=512K", true, "512K", LittleRoomError{}},
		{"StartupMemoryHigh=1M", false, "1M", LittleRoomError{Exec: true}},
		{"MemoryHigh=50%", false, "", LittleRoomError{}},
		{"MemoryHigh=infinity", false, "", LittleRoomError{}},
		{"MemoryHigh=", false, "", LittleRoomError{}},
		{"MemorySwapMax=0", false, "", LittleRoomError{}},
	} {
		p, err := property.Parse(c.limit)
		if err != nil {
			t.Fatal(err)
		}
		config := Config{Spec: scope.Spec{Properties: []property.Property{p}}, Exec: c.exec}
		err = config.checkRoom()
		if c.refused == "" {
			if err != nil {
				t.Errorf("%s, exec %t: %v", c.limit, c.exec, err)
			}
			continue
		}
		got, ok := err.(*LittleRoomError)
		if !ok || got.Err.Value != c.refused || got.Guess != c.want.Guess || got.Exec != c.want.Exec {
			t.Errorf("%s, exec %t: %+v", c.limit, c.exec, err)
		}
	}
}

func TestShareOfTheMachinesMemoryIsASize(t *testing.T) {
	size := func(text string) uint64 {
		p, err := property.Parse("MemoryMax=" + text)
		if err != nil {
			t.Fatal(err)
		}
		bytes, ok := sizeOf(p)
		if !ok {
			t.Errorf("%s is no size", text)
		}
		return bytes
	}
	if half, all := size("50%"), size("100%"); half < leastMachine || half > all/2+1<<20 {
		t.Errorf("50%% is %d bytes, and 100%% is %d", half, all)
	}
}

// leastMachine is less memory than half of what any machine has.
const leastMachine = 64 << 20
