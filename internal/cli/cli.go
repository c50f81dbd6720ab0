// Package cli describes the options of a command line, and reads them with urfave/cli.
//
// gorun is in front of every command, so that each start counts. The library gets only the
// options that occur, and no app: to prepare one takes longer than to read the words.
package cli

import (
	"flag"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Flag is an option: a [*BoolFlag], [*StringFlag] or [*StringSliceFlag].
type Flag interface {
	// Names are the long name, and the others.
	Names() []string
	// Info describes the option.
	Info() Info
	// library is the option as urfave/cli knows it.
	library() cli.Flag
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
	Variables     = "@variables"  // of the environment
	Units         = "@units"      // names of runs
	UnitFiles     = "@unit-files" // names of units that can be started
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

func (f *BoolFlag) library() cli.Flag { return &cli.BoolFlag{Name: f.Name, Value: f.Value} }

func (f *StringFlag) library() cli.Flag { return &cli.StringFlag{Name: f.Name} }

func (f *StringSliceFlag) library() cli.Flag { return &cli.GenericFlag{Name: f.Name, Value: new(list)} }

func names(name string, aliases []string) []string { return append([]string{name}, aliases...) }

// Context has what was given. Its methods take an option's long name.
type Context struct {
	*cli.Context
	flags []Flag
}

// Read reads a command line in which each option is written --name or --name=value, with its
// long name, and in which "--" is in front of the other words.
func Read(flags []Flag, words []string) (*Context, error) {
	set := flag.NewFlagSet("gorun", flag.ContinueOnError)
	set.SetOutput(io.Discard) // the error is returned
	given := words[:slices.Index(words, "--")]
	for _, f := range flags {
		if isGiven(f.Info().Name, given) || f.Info().Value {
			if err := f.library().Apply(set); err != nil {
				return nil, err
			}
		}
	}
	err := set.Parse(words)
	return &Context{cli.NewContext(nil, set, nil), flags}, err
}

func isGiven(name string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		word, _, _ = strings.Cut(word[len("--"):], "=")
		return word == name
	})
}

// list has the values of an option that can be repeated. urfave/cli's own list splits values
// at commas.
type list []string

// Set implements [cli.Generic].
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// String implements [cli.Generic].
func (l *list) String() string { return strings.Join(*l, " ") }

// StringSlice has all values of an option.
func (c *Context) StringSlice(name string) []string {
	if l, ok := c.Generic(name).(*list); ok {
		return *l
	}
	return nil
}

// Flags are the options that could have been given.
func (c *Context) Flags() []Flag { return c.flags }

// Args are the words that are not options.
func (c *Context) Args() []string { return c.Context.Args().Slice() }
