package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// eachLine calls parse with each line, without its line break, and adds the
// line and its number to an error.
func eachLine(data []byte, parse func(line []byte) error) error {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		line = bytes.TrimSuffix(line, []byte("\n"))
		if err := parse(line); err != nil {
			return fmt.Errorf("line %d %q: %w", number, line, err)
		}
	}
	return nil
}

// parseUint parses a decimal number.
func parseUint(text []byte) (uint64, error) {
	n, err := strconv.ParseUint(string(text), 10, 64)
	return n, numError(err)
}

// numError returns only the reason: the message already has the text, with the rest of
// its line.
func numError(err error) error {
	if e, ok := errors.AsType[*strconv.NumError](err); ok {
		return fmt.Errorf("want a number: %w", e.Err)
	}
	return err
}

// microseconds returns n microseconds, at most the longest Duration: 292 years, which a
// machine with 512 processors uses up in seven months.
func microseconds(n uint64) time.Duration {
	if n > math.MaxInt64/uint64(time.Microsecond) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Microsecond
}

// parseCount parses a file that holds one number:
//
//	4096
func parseCount(data []byte) (n uint64, err error) {
	line := bytes.TrimSuffix(data, []byte("\n"))
	n, err = parseUint(line)
	if err != nil {
		return 0, fmt.Errorf("line 1 %q: %w", line, err)
	}
	return n, nil
}

// flatKeyed says where the values of a flat keyed file go. Such a file has one KEY VALUE
// on each line. Keys that flatKeyed does not list are ignored.
type flatKeyed []flatKey

type flatKey struct {
	name     string
	value    *uint64
	required bool // a file without it is invalid
	found    bool // set by parse
}

// parse fills in the values. Lines look like this:
//
//	usage_usec 368134608
func (f flatKeyed) parse(data []byte) error {
	if err := eachLine(data, f.parseLine); err != nil {
		return err
	}
	for _, key := range f {
		if key.required && !key.found {
			return fmt.Errorf("no line begins with %s", key.name)
		}
	}
	return nil
}

func (f flatKeyed) parseLine(line []byte) (err error) {
	name, value, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return errors.New("want KEY VALUE")
	}
	i := f.index(string(name))
	if i < 0 {
		return nil
	}
	f[i].found = true
	*f[i].value, err = parseUint(value)
	return err
}

// has reports whether the file had a key.
func (f flatKeyed) has(name string) bool {
	i := f.index(name)
	return i >= 0 && f[i].found
}

func (f flatKeyed) index(name string) int {
	return slices.IndexFunc(f, func(key flatKey) bool { return key.name == name })
}
