package main

import (
	"io"
	"slices"
	"strings"

	"gorun/internal/cli"
	"gorun/internal/text"
	"gorun/scope"
)

// completeOption is how the shells' completions call gorun (see the directory completion): with
// it, and with the words after "gorun" up to the one that is being typed.
const completeOption = "--complete"

// completion is what may stand in the place of the last word. It prints lines of the kind
//
//	--unit=	name the scope
//
// with whole words, or one line about what the shell can complete itself, with the part of the
// word that stays:
//
//	:files --report-json=
//	:command 3
//
// The command is the word of that number.
type completion struct {
	flags   flagSet
	words   []string
	manager scope.Manager
	manage  *management // nil for a run
	out     io.Writer
}

// complete prints how the last word can be completed. It never fails.
func complete(words []string, out io.Writer) {
	if len(words) == 0 {
		words = []string{""}
	}
	c := &completion{flags: flags(), words: words, out: out}
	c.last(c.read())
}

// place is what the last word is.
type place struct {
	command int      // the word where COMMAND begins; -1 if the last word is before it
	value   cli.Flag // the option whose value the last word is; nil for none
}

// read reads the words before the last one, as normalize does.
func (c *completion) read() place {
	last := len(c.words) - 1
	for i := 0; i < last; i++ {
		word := c.words[i]
		if word == "--" {
			return place{command: i + 1}
		}
		if len(word) < 2 || word[0] != '-' {
			return place{command: i}
		}
		f, needsValue := c.option(word)
		switch {
		case !needsValue:
		case i+1 == last:
			return place{command: -1, value: f}
		default:
			i++
		}
	}
	if word := c.words[last]; word == "" || word[0] != '-' {
		return place{command: last}
	}
	return place{command: -1}
}

// option reads a word with options, and reports whether the next word is the value of the last
// one.
func (c *completion) option(word string) (f cli.Flag, needsValue bool) {
	if long, ok := strings.CutPrefix(word, "--"); ok {
		name, _, hasValue := strings.Cut(long, "=")
		if f = c.flags.find(name); f == nil {
			return nil, false
		}
		c.note(f)
		return f, takesValue(f) && !hasValue
	}
	for i, letter := range word[1:] {
		if f = c.flags.find(string(letter)); f == nil {
			continue
		}
		c.note(f)
		if takesValue(f) {
			return f, 1+i+len(string(letter)) == len(word)
		}
	}
	return nil, false
}

// note takes note of an option that changes what can be completed.
func (c *completion) note(f cli.Flag) {
	name := f.Info().Name
	switch name {
	case "user":
		c.manager = scope.UserManager
	case "system":
		c.manager = scope.SystemManager
	case "embedded":
		c.manager = scope.Embedded
	}
	for _, m := range managements() {
		if m.option == name {
			c.manage = &m
		}
	}
}

// last completes the last word.
func (c *completion) last(p place) {
	word := c.words[len(c.words)-1]
	switch {
	case p.value != nil:
		c.value(p.value, "", word)
	case p.command >= 0 && c.manage != nil:
		c.managed(word, p.command)
	case p.command >= 0:
		text.Fprintf(c.out, ":command %d\n", p.command)
	case strings.HasPrefix(word, "--"):
		name, value, hasValue := strings.Cut(word[2:], "=")
		if f := c.flags.find(name); hasValue && f != nil {
			c.value(f, "--"+name+"=", value)
		} else if !hasValue {
			c.options(word)
		}
	default:
		if f, after := c.attached(word); f != nil {
			c.value(f, after, word[len(after):])
			return
		}
		c.options(word)
	}
}

// managed completes a word that is managed: the name of a run or, after it, what is set. first is
// the first of these words.
func (c *completion) managed(word string, first int) {
	if c.manage.sets && len(c.words)-1 > first {
		c.assignment("", word, isLive)
		return
	}
	if slices.Contains(c.words[:len(c.words)-1], "--") {
		text.Fprintf(c.out, ":files \n") // of journalctl or tail
		return
	}
	c.offerKind(c.manage.values, "", word)
}

// attached finds the option whose value is attached to its letter: -pMemoryMax=. after is the
// part of the word before the value.
func (c *completion) attached(word string) (f cli.Flag, after string) {
	for i, letter := range word[1:] {
		end := 1 + i + len(string(letter))
		if f = c.flags.find(string(letter)); f != nil && takesValue(f) && end < len(word) {
			return f, word[:end]
		}
	}
	return nil, ""
}

// options offers the options that begin with what was typed, and go with what is before.
func (c *completion) options(word string) {
	for _, f := range c.flags {
		info := f.Info()
		if info.Category == "" || c.manage != nil && !slices.Contains(c.manage.taken(), info.Name) {
			continue
		}
		for _, name := range f.Names() {
			typed := "--" + name
			switch {
			case len(name) == 1:
				typed = "-" + name
			case takesValue(f):
				typed += "="
			}
			c.offer(word, typed, usageText(f))
		}
	}
}

// offer offers a word if it begins with what was typed.
func (c *completion) offer(typed, word, does string) {
	if strings.HasPrefix(word, typed) {
		text.Fprintf(c.out, "%s\t%s\n", word, does)
	}
}
