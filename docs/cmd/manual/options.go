package main

import (
	"fmt"
	"strings"

	"gorun/docs/optiontext"
)

// group is a group of options.
type group struct {
	name    string
	options []string // as they are typed: -u, --unit=NAME
}

// parseHelp reads what gorun --help=all prints:
//
//	The scope:
//	  -u, --unit=NAME                   name the scope
func parseHelp(help string) (groups []group) {
	for line := range strings.Lines(help) {
		line = strings.TrimSuffix(line, "\n")
		switch name, isHeading := strings.CutSuffix(line, ":"); {
		case isHeading && !strings.HasPrefix(line, " "):
			groups = append(groups, group{name: name})
		case strings.HasPrefix(line, "  -") && len(groups) > 0:
			typed, _, _ := strings.Cut(line[2:], "  ")
			last := &groups[len(groups)-1]
			last.options = append(last.options, typed)
		}
	}
	return groups
}

// describe writes the options with their texts, as Markdown.
func describe(groups []group, texts map[string]optiontext.Text) (string, error) {
	var out strings.Builder
	count := 0
	for _, g := range groups {
		fmt.Fprintf(&out, "### %s\n\n", g.name)
		for _, typed := range g.options {
			text, ok := texts[longName(typed)]
			if !ok || text.Markdown == "" {
				return "", fmt.Errorf("%s: no text above its entry", typed)
			}
			fmt.Fprintf(&out, "%s\n: %s\n\n", emphasize(typed), strings.ReplaceAll(text.Markdown, "\n", " "))
			count++
		}
	}
	if count == 0 {
		return "", fmt.Errorf("no options in the help")
	}
	return out.String(), nil
}

// longName is the first long name of an option: unit for -u, --unit=NAME.
func longName(typed string) string {
	_, name, _ := strings.Cut(typed, "--")
	return name[:len(name)-len(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz-"))]
}

// emphasize sets an option in bold and its values in italics.
func emphasize(typed string) string {
	var names []string
	for name := range strings.SplitSeq(typed, ", ") {
		name, args, hasArgs := strings.Cut(name, " ")
		name, value, hasValue := strings.Cut(name, "=")
		name = "**" + name + "**"
		if hasValue {
			name += "=*" + value + "*"
		}
		if hasArgs {
			name += " *" + args + "*"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
