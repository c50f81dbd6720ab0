package optiontext

import "testing"

func TestCommentAboveAnEntryIsItsText(t *testing.T) {
	const source = `package main

// flags lists all options.
func flags() []flag {
	return []flag{
		// Names the scope.
		//
		// A name can be used again.
		&flag{Name: "unit",
			Usage: "x"},
		&flag{Name: "silent"},

		// This is about nothing.

		{option: "far"},
		{other: "none"},
	}
}
`
	texts := map[string]Text{}
	if err := read(texts, "flags.go", []byte(source)); err != nil {
		t.Fatal(err)
	}
	for option, want := range map[string]Text{
		"unit":   {"Names the scope.\n\nA name can be used again.", "flags.go:9"},
		"silent": {"", "flags.go:11"},
		"far":    {"", "flags.go:15"},
	} {
		if texts[option] != want {
			t.Errorf("%s: got %+v, want %+v", option, texts[option], want)
		}
	}
	if len(texts) != 3 {
		t.Errorf("got %v", texts)
	}
}
