package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// otherPrograms are the options in gorun's texts that are not gorun's own.
var otherPrograms = map[string]string{
	"--user": "systemctl", "--failed": "systemctl", "--no-ask-password": "loginctl",
	"--quiet": "journalctl", "--all": "journalctl", "--reverse": "journalctl", "--lines": "journalctl", "--output": "journalctl",
	"--follow": "journalctl", "--no-tail": "journalctl", "--since": "journalctl", "--cursor": "journalctl", "--shutdown": "wsl",
	"--notify-fd": "pkttyagent", "--fallback": "pkttyagent", "--process": "pkttyagent",
	"--jobs": "parallel", "--rm": "podman", "--cgroups": "podman", "--mem": "sbatch", "--wrap": "sbatch",
	"--complete":  "the shells, which call gorun with it",
	"--run-hooks": "the service that runs hooks, which calls gorun with it",
	"--nofile":    "prlimit", "--no-new-privs": "setpriv", "--expand-environment": "systemd-run",
}

// A message that sends people to an option that does not exist is worse than none.
func TestEveryOptionThatATextNamesExists(t *testing.T) {
	option := regexp.MustCompile(`--[a-z][a-z-]*[a-z]`)
	own := flagSet(flags())
	found := 0
	for place, text := range texts(t) {
		for _, name := range option.FindAllString(text, -1) {
			found++
			isOwn := own.find(name[2:]) != nil
			_, isOther := otherPrograms[name]
			if !isOwn && !isOther {
				t.Errorf("%s: %s does not exist, in %.80q", place, name, text)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d options in texts: are all of them read?", found)
	}
}

// texts are all string literals of the program, by their places, and the documents.
func texts(t *testing.T) map[string]string {
	all := map[string]string{}
	for _, pattern := range []string{"../../*.md", "../../docs/*.md"} {
		documents, err := filepath.Glob(pattern)
		if err != nil || len(documents) == 0 {
			t.Fatalf("no documents: %v", err)
		}
		for _, document := range documents {
			text, err := os.ReadFile(document)
			if err != nil {
				t.Fatal(err)
			}
			all[document] = string(text)
		}
	}
	for _, room := range []string{".", "../../internal", "../../scope", "../../cgroup"} {
		err := filepath.WalkDir(room, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, _ := strconv.Unquote(literal.Value) // the parser has read it
					all[files.Position(n.Pos()).String()] = text
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}
