package main

import (
	"strings"

	"gorun/internal/quoting"
)

// expand replaces variables in a command line as systemd does: a word that is
// $NAME becomes the words of the value, maybe none; ${NAME} within a word is
// replaced as it is; $$ stands for a dollar sign. What has no value, or no name that
// a variable can have, is empty, and comes back as missing. ${NAME:-TEXT} and the like
// are a shell's, and stay as they are.
func expand(args, env []string) (expanded, missing []string) {
	e := &expansion{values: map[string]string{}}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		e.values[name] = value
	}
	for _, arg := range args {
		name, isReference := strings.CutPrefix(arg, "$")
		if isReference && !strings.HasPrefix(name, "{") && !strings.HasPrefix(name, "$") {
			words, _ := quoting.Split(e.value(name), quoting.Whitespace) // a quote that is not closed ends with the value
			expanded = append(expanded, words...)
			continue
		}
		expanded = append(expanded, e.within(arg))
	}
	return expanded, e.missing
}

// expansion keeps what has no value.
type expansion struct {
	values  map[string]string
	missing []string
}

func (e *expansion) value(name string) string {
	value, ok := e.values[name]
	if !ok {
		e.missing = append(e.missing, name)
	}
	return value
}

// within replaces ${NAME} and $$ in a word.
func (e *expansion) within(arg string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(arg, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, rest, closed := strings.Cut(strings.TrimPrefix(after, "{"), "}")
		_, _, isOperation := strings.Cut(name, ":")
		switch {
		case strings.HasPrefix(after, "$"):
			b.WriteByte('$')
			arg = after[1:]
		case strings.HasPrefix(after, "{") && closed && !isOperation:
			b.WriteString(e.value(name))
			arg = rest
		default:
			b.WriteByte('$') // of no meaning
			arg = after
		}
	}
}

// isVariable tells the names that a variable of the environment can have.
func isVariable(name string) bool {
	for i := range len(name) {
		c := name[i]
		isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !isLetter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
