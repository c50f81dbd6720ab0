package quoting

import "strings"

// Expand replaces variables in a command line as systemd does. An argument $NAME becomes
// the words of the value, maybe none. ${NAME} within an argument becomes the value. $$
// becomes a dollar sign. A variable without a value, or with an invalid name, becomes
// nothing and is returned as missing. The shell's ${NAME:-TEXT} and the like stay.
func Expand(args, env []string) (expanded, missing []string) {
	e := &expansion{values: map[string]string{}}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		e.values[name] = value
	}
	for _, arg := range args {
		name, isReference := strings.CutPrefix(arg, "$")
		if isReference && !strings.HasPrefix(name, "{") && !strings.HasPrefix(name, "$") {
			words, _ := Split(e.value(name), Whitespace) // an open quote ends with the value
			expanded = append(expanded, words...)
			continue
		}
		expanded = append(expanded, e.within(arg))
	}
	return expanded, e.missing
}

// expansion collects the names without a value.
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

// within replaces ${NAME} and $$ in an argument.
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
			b.WriteByte('$') // has no meaning
			arg = after
		}
	}
}
