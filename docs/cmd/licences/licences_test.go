package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEachLinkedModuleHasItsLicence(t *testing.T) {
	t.Chdir("../../..")
	text, err := collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"golang.org/x/sys v", "github.com/godbus/dbus/v5 v", "The Go standard library go1.", "Redistribution and use in source and binary forms", "Copyright 2026 The gorun authors"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(text, "go-md2man") || strings.Contains(text, "TERMS AND CONDITIONS FOR USE") {
		t.Error("there is more than what is linked, or the text of gorun's own licence")
	}
}

func TestModuleWithoutALicenceIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "NOTICE"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := (module{"m", "v1", dir}).licences(); err == nil {
		t.Errorf("got %q", text)
	}
}
