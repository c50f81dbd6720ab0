package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// words are cases with odd arguments, environments and names.
var words = []testCase{
	{name: "arguments", atATime: 8, vary: oddArguments},
	{name: "environment", atATime: 8, vary: oddEnvironment},
	{name: "names", options: []string{"--no-record"}, atATime: 8, vary: oddName, scope: anyScope},
}

var anyScope = regexp.MustCompile(`^[^/]+\.scope$`)

// maxArgument is the length of the longest argument (MAX_ARG_STRLEN in execve(2), without the
// NUL).
const maxArgument = 128<<10 - 1

// oddArguments gives the command arguments that it must get as they are.
func oddArguments(l *launch) {
	l.arguments = [][]string{
		{strings.Repeat("x", maxArgument)},
		slices.Repeat([]string{"a b"}, 10_000),
		{"\xff\xfe", "caf\xe9", string(everyByte())},
		{"", "", "-", "--", "-q", "--unit=x"},
		{"$HOME ${HOME} $$ %n %% %", "a\nb\n", "\\x41 \\", "'\"`"},
		{strings.Repeat("é", maxArgument/2), "\x1b]0;x\a\x1b[2J"},
	}[l.n%6]
}

// everyByte has every byte that an argument can have.
func everyByte() (list []byte) {
	for c := 1; c < 256; c++ {
		list = append(list, byte(c))
	}
	return list
}

// oddEnvironment starts gorun with too few variables, or with odd ones.
func oddEnvironment(l *launch) {
	switch l.n % 8 {
	case 0:
		l.prefix = []string{"env", "-i"}
	case 1:
		l.prefix = []string{"env", "-u", "PATH"}
	case 2:
		l.prefix = []string{"env", "-u", "HOME", "-u", "USER", "-u", "LOGNAME"}
	case 3:
		l.prefix = []string{"env", "-u", "XDG_RUNTIME_DIR", "-u", "DBUS_SESSION_BUS_ADDRESS"}
	case 4:
		l.env = []string{"HOME=relative", "USER=root", "XDG_STATE_HOME=\xff", "XDG_RUNTIME_DIR=/nonexistent\xfe"}
	case 5:
		l.env = []string{oddVariable + "=" + string(everyByte()), "A\xff=\xfe", "=x"}
	case 6:
		for i := range 2000 {
			l.env = append(l.env, fmt.Sprintf("VARIABLE_%d=%s", i, strings.Repeat("x", 100)))
		}
	case 7:
		l.env = []string{oddVariable + "=" + strings.Repeat("x", maxArgument-len(oddVariable)-1), "PATH=", "HOME=", "USER=", "LANG=x\xff", "TERM="}
	}
}

// oddName gives the scope a name: with every byte, as short and as long as possible, and longer. No
// two launches at the same time have the same.
func oddName(l *launch) {
	const longest = 255 - len(".scope")
	name := fmt.Sprint(l.n)
	switch l.n % 5 {
	case 0:
		odd := byte(1 + l.n/5%255)
		name += string([]byte{odd, 'x'})
		l.isInvalid = odd == '@'
	case 1:
		name += strings.Repeat("x", longest-len(name))
	case 2:
		name += strings.Repeat("x", longest+1-len(name))
		l.isInvalid = true
	case 3:
		name = string(rune('a' + l.n/5%26))
	case 4:
		name += strings.Repeat("\xff", 61)
	}
	l.more = []string{"--unit=" + name}
}
