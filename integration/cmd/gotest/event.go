package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is a line of the output of go test -json ("go doc test2json"):
//
//	{"Action":"pass","Package":"gorun/cgroup","Test":"TestRoot","Elapsed":0.01}
type event struct {
	Action     string
	Package    string
	ImportPath string // instead of Package, for the compiler's output
	Test       string // empty for the package itself
	Elapsed    float64
	Output     string
}

// name is the name of the event's test or package.
func (e event) name() name {
	if e.Package == "" {
		// "gorun/scope [gorun/scope.test]" is a package built for its test.
		pkg, _, _ := strings.Cut(e.ImportPath, " ")
		return name{pkg: pkg}
	}
	return name{e.Package, e.Test}
}

// name names a test, or its package if the test is empty.
type name struct{ pkg, test string }

func (n name) String() string {
	if n.test == "" {
		return n.pkg
	}
	return n.test
}

// depth is 0 for a package, 1 for TestX, 2 for TestX/trixie.
func (n name) depth() int {
	if n.test == "" {
		return 0
	}
	return 1 + strings.Count(n.test, "/")
}

// parent is the test or package that n belongs to.
func (n name) parent() name {
	i := strings.LastIndex(n.test, "/")
	return name{n.pkg, n.test[:max(i, 0)]}
}

// readEvents calls add with each event.
func readEvents(r io.Reader, add func(event)) error {
	events := json.NewDecoder(r)
	for {
		var e event
		err := events.Decode(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the output of go test: %w", err)
		}
		add(e)
	}
}
