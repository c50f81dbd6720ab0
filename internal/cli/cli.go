// Package cli describes the options of a command line, and has what was given for them.
//
// gorun is in front of every command, and every start pays for what the program links: the
// library that this package replaces took a seventh of "gorun true" to get ready, and to read
// the one word.
package cli

import (
	"slices"
	"strings"
)

// Flag is an option: a [*BoolFlag], [*StringFlag] or [*StringSliceFlag].
type Flag interface {
	// Names are the long name, and the others.
	Names() []string
	// Info describes the option.
	Info() Info
}

// Info describes an option to people.
type Info struct {
	Name     string
	Aliases  []string
	Usage    string
	Category string // the heading of its group; empty for an option that nobody needs to know
	Brief    string // what the short help says; empty if it does not have the option
	Args     string // the words that follow a switch, as in UNIT...
	Value    bool   // whether a switch is on by default
	Values   string // for completion: a kind of values, such as [Files], or words with | between; empty if unknown
	// MayBeEmpty says that an empty value has a meaning. Otherwise it most likely comes from a
	// variable that is not set.
	MayBeEmpty bool
}

// Kinds of values.
const (
	Files         = "@files"
	Directories   = "@directories"
	Users         = "@users"
	Groups        = "@groups"
	Variables     = "@variables" // of the environment
	Units         = "@units"     // names of runs
	Slices        = "@slices"
	Processes     = "@processes"
	Properties    = "@properties"     // NAME=VALUE
	PropertyValue = "@property-value" // of the property whose option it is
)

// Words are the values that an option may have, if they are words.
func (i Info) Words() []string {
	if i.Values == "" || i.Values[0] == '@' {
		return nil
	}
	return strings.Split(i.Values, "|")
}

// BoolFlag is a switch.
type BoolFlag Info

// StringFlag takes a value. The last one counts.
type StringFlag Info

// StringSliceFlag takes a value. All count.
type StringSliceFlag Info

// Names implements [Flag].
func (f *BoolFlag) Names() []string { return names(f.Name, f.Aliases) }

// Names implements [Flag].
func (f *StringFlag) Names() []string { return names(f.Name, f.Aliases) }

// Names implements [Flag].
func (f *StringSliceFlag) Names() []string { return names(f.Name, f.Aliases) }

// Info implements [Flag].
func (f *BoolFlag) Info() Info { return Info(*f) }

// Info implements [Flag].
func (f *StringFlag) Info() Info { return Info(*f) }

// Info implements [Flag].
func (f *StringSliceFlag) Info() Info { return Info(*f) }

func names(name string, aliases []string) []string { return append([]string{name}, aliases...) }

// Context has what was given. Its methods take an option's long name.
type Context struct {
	flags []Flag
	given []option
	args  []string
}

// option is an option that was given.
type option struct{ name, value string }

// Read reads a command line in which each option is written --name or --name=value, with its
// long name, and in which "--" is in front of the other words.
func Read(flags []Flag, words []string) *Context {
	end := slices.Index(words, "--")
	c := &Context{flags: flags, args: words[end+1:]}
	for _, word := range words[:end] {
		name, value, _ := strings.Cut(word[len("--"):], "=")
		c.given = append(c.given, option{name, value})
	}
	return c
}

// IsSet reports whether an option was given.
func (c *Context) IsSet(name string) bool {
	return slices.ContainsFunc(c.given, func(o option) bool { return o.name == name })
}

// Bool is a switch.
func (c *Context) Bool(name string) bool {
	if c.IsSet(name) {
		return c.String(name) != "false"
	}
	i := slices.IndexFunc(c.flags, func(f Flag) bool { return f.Info().Name == name })
	return i >= 0 && c.flags[i].Info().Value
}

// String is the last value of an option, empty if there is none.
func (c *Context) String(name string) string {
	values := c.StringSlice(name)
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// StringSlice has all values of an option.
func (c *Context) StringSlice(name string) (values []string) {
	for _, o := range c.given {
		if o.name == name {
			values = append(values, o.value)
		}
	}
	return values
}

// Flags are the options that could have been given.
func (c *Context) Flags() []Flag { return c.flags }

// Args are the words that are not options.
func (c *Context) Args() []string { return c.args }
