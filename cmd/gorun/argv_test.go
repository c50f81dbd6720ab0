package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestNormalizeReadsOptionsAsGetoptLong(t *testing.T) {
	set := flagSet(flags())
	for in, want := range map[string]string{
		"make -j8":                           "-- make -j8",
		"-q make -q":                         "--quiet -- make -q",
		"-qv make":                           "--quiet --verbose -- make",
		"-pA=1 make":                         "--property=A=1 -- make",
		"-p A=1 make":                        "--property=A=1 -- make",
		"-qpA=1 make":                        "--quiet --property=A=1 -- make",
		"-qp A=1 make":                       "--quiet --property=A=1 -- make",
		"--property A=1 make":                "--property=A=1 -- make",
		"--property=A=1 make":                "--property=A=1 -- make",
		"-u x make":                          "--unit=x -- make",
		"-ux make":                           "--unit=x -- make",
		"-user make":                         "--unit=ser -- make", // one dash never starts a long name
		"--timeout 5 make":                   "--runtime-max=5 -- make",
		"--collect=false make":               "--collect=false -- make",
		"-G make":                            "--collect -- make",
		"--user --scope -- --odd":            "--user --scope -- --odd",
		"-- -q":                              "-- -q",
		"-q -- -- x":                         "--quiet -- -- x",
		"- x":                                "-- - x",
		"--description= make --description=": "--description= -- make --description=",
		"--unit -- make":                     "--unit=-- -- make",
		"":                                   "--",
	} {
		got, err := set.normalize(strings.Fields(in))
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestNormalizeNamesTheBadOption(t *testing.T) {
	set := flagSet(flags())
	for in, option := range map[string]string{
		"--nope make":     "--nope",
		"--nope=1 make":   "--nope",
		"-x make":         "-x",
		"-qx make":        "-x",
		"--u x make":      "--u", // no abbreviations
		"--prop A=1 make": "--prop",
		"--unit":          "--unit",
		"-u":              "-u",
		"-qp":             "-p",
		"--quiet=1 make":  "--quiet=1",
		"-é make":         "-é",
	} {
		_, err := set.normalize(strings.Fields(in))
		var bad *usageError
		if !errors.As(err, &bad) || bad.option != option {
			t.Errorf("%q: got %v; want %s named", in, err, option)
		}
	}
}

func TestCommandAndItsArgumentsStayAsTyped(t *testing.T) {
	command := []string{"sh", "-c", "echo $HOME -- --help", "--version", "", "-q"}
	o, err := parseArgs(append([]string{"gorun", "-q"}, command...))
	if err != nil || !slices.Equal(o.command, command) || !o.quiet || o.verbose {
		t.Errorf("got %+v, %v", o, err)
	}
}

func TestSubcommandsDoNotExist(t *testing.T) {
	for _, name := range []string{"help", "h", "version", "list"} {
		o, err := parseArgs([]string{"gorun", name})
		if err != nil || o.help != nil || !slices.Equal(o.command, []string{name}) {
			t.Errorf("%s: got %+v, %v", name, o, err)
		}
	}
}

func TestOwnOptionsWinOverProperties(t *testing.T) {
	o, err := parseArgs([]string{"gorun", "--runtime-max=1h", "--slice=a", "-p", "RuntimeMaxSec=2h", "-p", "Slice=b.slice", "x"})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := o.spec()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"RuntimeMaxSec": "RuntimeMaxSec=1h", "Slice": "Slice=a.slice", "OOMPolicy": "OOMPolicy=continue"} {
		if p, _ := spec.Property(name); p.String() != want {
			t.Errorf("got %s, want %s", p, want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("-qpA=1 --unit x -- make")
	f.Add("--collect=false é")
	set := flagSet(flags())
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, " ")
		got, err := set.normalize(args)
		if err != nil {
			return
		}
		i := slices.Index(got, "--")
		if i < 0 {
			t.Fatalf("%q: no separator in %q", args, got)
		}
		command := got[i+1:]
		if !slices.Equal(command, args[len(args)-len(command):]) {
			t.Errorf("%q: the command became %q", args, command)
		}
	})
}
