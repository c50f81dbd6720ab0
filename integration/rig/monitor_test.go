package rig

import "testing"

func TestForwardedPortIsFoundInQEMUsTable(t *testing.T) {
	const head = "Hub -1 (net):\r\n" +
		"  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
	for name, test := range map[string]struct {
		table string
		port  int
	}{
		"fresh": {head +
			"  TCP[HOST_FORWARD]  11       127.0.0.1 36891       10.0.2.15    22     0     0\r\n", 36891},
		"in use": {head +
			"  TCP[ESTABLISHED]   22       127.0.0.1 40172       10.0.2.15    22     0     0\r\n" +
			"  TCP[HOST_FORWARD]  11       127.0.0.1 36891       10.0.2.15    22     0     0\r\n", 36891},
		"none":  {head, 0},
		"empty": {"", 0},
	} {
		port, err := parseForwardedPort(test.table)
		if port != test.port || (err != nil) != (test.port == 0) {
			t.Errorf("%s: got port %d and %v, want %d", name, port, err, test.port)
		}
	}
}
