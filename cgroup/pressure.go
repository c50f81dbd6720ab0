package cgroup

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"time"
)

// Pressure holds the contents of cpu.pressure, memory.pressure or io.pressure: how much
// time the group lost waiting for that resource. It needs no controller, but Linux 4.20
// or later with PSI. PSI can be off: by CONFIG_PSI, psi=0 on the kernel command line, or
// 0 in the group's cgroup.pressure.
type Pressure struct {
	// Some is the time in which at least one task waited, from the line some.
	Some Stall
	// Full is the time in which all tasks that were not idle waited at once,
	// from the line full. Nil means that there is no such line, as in
	// cpu.pressure before Linux 5.13.
	Full *Stall
}

// Stall is one line of a pressure file. The averages are shares of wall time in
// percent, from 0 to 100.
type Stall struct {
	Avg10Percent  float64       // over the last 10 seconds, from avg10
	Avg60Percent  float64       // over the last 60 seconds, from avg60
	Avg300Percent float64       // over the last 300 seconds, from avg300
	Total         time.Duration // since the group was made, from total
}

// parsePressure parses a pressure file:
//
//	some avg10=0.72 avg60=1.37 avg300=2.87 total=30764532
//	full avg10=0.00 avg60=0.00 avg300=0.00 total=0
func parsePressure(data []byte) (Pressure, error) {
	var some, full *Stall
	err := eachLine(data, func(line []byte) (err error) {
		kind, values, _ := bytes.Cut(line, []byte(" "))
		switch string(kind) {
		case "some":
			some, err = parseStall(values)
		case "full":
			full, err = parseStall(values)
		}
		return err
	})
	if err == nil && some == nil {
		err = errors.New("no line begins with some")
	}
	if err != nil {
		return Pressure{}, err
	}
	return Pressure{Some: *some, Full: full}, nil
}

// parseStall parses what follows the first word of a line:
//
//	avg10=0.72 avg60=1.37 avg300=2.87 total=30764532
func parseStall(values []byte) (*Stall, error) {
	var stall Stall
	found := 0
	for word := range bytes.FieldsSeq(values) {
		key, value, _ := bytes.Cut(word, []byte("="))
		known, err := stall.set(string(key), value)
		if err != nil {
			return nil, err
		}
		if known {
			found++
		}
	}
	if found != 4 {
		return nil, errors.New("want avg10=, avg60=, avg300= and total=")
	}
	return &stall, nil
}

func (s *Stall) set(key string, value []byte) (known bool, err error) {
	switch key {
	case "avg10":
		s.Avg10Percent, err = parsePercent(value)
	case "avg60":
		s.Avg60Percent, err = parsePercent(value)
	case "avg300":
		s.Avg300Percent, err = parsePercent(value)
	case "total":
		var usec uint64
		usec, err = parseUint(value)
		s.Total = microseconds(usec)
	default:
		return false, nil
	}
	return true, err
}

// parsePercent parses a number with two decimals.
func parsePercent(text []byte) (float64, error) {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, numError(err)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		return 0, errors.New("want a percentage")
	}
	return f, nil
}
