package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gorun/internal/cli"
)

// offered is what complete prints, without the descriptions.
func offered(words ...string) []string {
	var out strings.Builder
	complete(words, &out)
	var list []string
	for line := range strings.Lines(out.String()) {
		word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		list = append(list, word)
	}
	return list
}

func TestCompletionFindsWhereCommandBegins(t *testing.T) {
	for words, want := range map[string]string{
		"":                                   ":command 0",
		"ma":                                 ":command 0",
		"make -j":                            ":command 0",
		"-q make --ver":                      ":command 1",
		"-u x make":                          ":command 2",
		"-ux make":                           ":command 1",
		"-qp A=1 make --unit":                ":command 2",
		"--unit x -- --odd":                  ":command 3",
		"--unit=x --collect=no a":            ":command 2",
		"--report-json ":                     ":files ",
		"--report-json=a/b":                  ":files --report-json=",
		"--log-to=append:x":                  ":files --log-to=append:",
		"-q --uid ":                          ":users ",
		"--gid=":                             ":groups --gid=",
		"-E":                                 "-E",
		"-EPA":                               ":variables -E",
		"--working-directory=":               ":directories --working-directory=",
		"--unknown x":                        ":command 1",
		"--oom-policy=c":                     "--oom-policy=continue",
		"-qpOOMPolicy=c":                     "-qpOOMPolicy=continue",
		"-p SendSIGHUP=":                     "SendSIGHUP=yes SendSIGHUP=no",
		"-p KillSignal=SIGQ":                 "KillSignal=SIGQUIT",
		"-p User=":                           ":users User=",
		"-p CPUWeight=":                      "CPUWeight=idle",
		"--stop-signal SIGQ":                 "SIGQUIT",
		"-p IPAddressAllow=":                 "",
		"-p Nope=":                           "",
		"-p Delegate=y":                      "Delegate=yes",
		"--nosuch=":                          "",
		"--help=":                            "--help=all --help=-p",
		"--audit x":                          "",
		"--log x -- -":                       ":files ",
		"-p RestartKillSignal":               "", // it has no effect
		"--if-running=":                      "--if-running=fail --if-running=skip --if-running=wait --if-running=replace --if-running=join",
		"--set-property x MemorySwap":        "MemorySwapMax=",
		"--set-property x CPUWeight=":        "CPUWeight=idle",
		"--set-property x A=1 -- CPUWeight=": "CPUWeight=idle",
		"--set-property -- x Descr":          "Description=",
		"--set-property x RuntimeMax":        "", // cannot be changed
		"--set-property --run":               "--runtime",
		"--stop x MemorySwap":                "",
		"--status --all":                     "--all-runs",
		"--status --memory-ma":               "",
		"--runtime-max=":                     "",
		"--background x":                     "",
		"--background x -- ":                 ":command 3",
		"--no-pager --background=":           "",
	} {
		if got := strings.Join(offered(strings.Split(words, " ")...), " "); got != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
}

func TestCompletionOffersEachOption(t *testing.T) {
	got := offered("--")
	for _, f := range flags() {
		name := "--" + f.Info().Name
		if takesValue(f) {
			name += "="
		}
		if isPublic := f.Info().Category != ""; slices.Contains(got, name) != isPublic {
			t.Errorf("%s: offered: %v", name, !isPublic)
		}
	}
}

func TestCompletionOffersProcessesOfTheUser(t *testing.T) {
	var out strings.Builder
	c := &completion{out: &out}
	c.offerKind(cli.Processes, "", fmt.Sprint(os.Getppid()))
	if want := fmt.Sprintf("%d\t", os.Getppid()); !strings.Contains("\n"+out.String(), "\n"+want) {
		t.Errorf("got %q, want a line with %q", out.String(), want)
	}
}

// A shell may be in the middle of anything.
func FuzzComplete(f *testing.F) {
	f.Add("-qpA=1 --unit x -- make")
	f.Add("-é --log-to=file: ")
	f.Fuzz(func(t *testing.T, line string) {
		words := strings.Split(line, " ")
		for _, word := range offered(words...) {
			if last := words[len(words)-1]; !strings.HasPrefix(word, ":") && !strings.HasPrefix(word, last) {
				t.Errorf("%q: %q does not begin with what was typed", line, word)
			}
		}
	})
}
