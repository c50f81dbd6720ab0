package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// beforeLogout and afterLogin are what README.md shows.
func beforeLogout() []step {
	return []step{
		{command: `nohup sleep 2h >/dev/null 2>&1 &`},
		{command: `gorun -b --unit=train --runtime-max=8h sleep 1h`, unit: "train.scope", wants: []string{`\Atrain\.scope\n\z`}},
		{command: `gorun --runtime-max=1s sleep 60; echo $?`, wants: []string{`(?m)^gorun: warning: .*time limit of 1s reached$`, `(?m)^124$`}},
	}
}

func afterLogin() []step {
	return []step{
		{after: `! pgrep -xf 'sleep 2h' >/dev/null`, command: `pgrep -a sleep`, unit: "train.scope", wants: []string{`\A\d+ sleep 1h\n\z`}},
		{command: `gorun --status train | grep -E 'left|logout'`, unit: "train.scope", wants: []string{`left of 8h`, `logout +survives`}},
	}
}

// loggedOut stands between them.
const loggedOut = "# Alice logs out, and logs in again. KillUserProcesses=yes is set.\n"

// record plays the short demo, and writes it to README.md and, as pictures, to docs.
func (s stage) record(ctx context.Context) error {
	var text bytes.Buffer
	s.out = &text
	if err := s.playAs(ctx, "alice", beforeLogout()); err != nil {
		return err
	}
	text.WriteString(loggedOut)
	if err := s.playAs(ctx, "alice", afterLogin()); err != nil {
		return err
	}
	_, err := s.runAs(ctx, "alice", `systemctl --user stop train.scope`)
	if err != nil {
		return err
	}
	fmt.Print(text.String())
	readme, err := os.ReadFile("README.md")
	if err != nil {
		return err
	}
	filled, err := fillIn(string(readme), text.String())
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile("README.md", []byte(filled), 0o644),
		os.WriteFile("docs/demo.svg", []byte(picture(text.String(), onWhite)), 0o644),
		os.WriteFile("docs/demo-dark.svg", []byte(picture(text.String(), onBlack)), 0o644),
	)
}

// The recorded text is between these lines of README.md.
const (
	recordBegin = "<!-- make record writes this -->\n```console\n"
	recordEnd   = "```\n"
)

// fillIn puts the text into README.md.
func fillIn(readme, text string) (string, error) {
	before, rest, found := strings.Cut(readme, recordBegin)
	_, after, closed := strings.Cut(rest, recordEnd)
	if !found || !closed {
		return "", fmt.Errorf("README.md has no block that begins with %q", recordBegin)
	}
	return before + recordBegin + text + recordEnd + after, nil
}
