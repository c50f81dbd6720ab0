package main

import (
	"fmt"
	"slices"
	"strings"

	"gorun/internal/cli"
	"gorun/scope/property"
)

// flagSet knows the options that argv may have.
type flagSet []cli.Flag

// find finds an option by one of its names, nil if there is none.
func (set flagSet) find(name string) cli.Flag {
	for _, f := range set {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// normalize reads options as getopt_long(3) does, for scripts written for systemd-run. It
// rewrites them as --name=value and separates them from the command by "--":
//
//	-qpA=1 -u x --slice y cmd -z   ->   --quiet --property=A=1 --unit=x --slice=y -- cmd -z
func (set flagSet) normalize(args []string) ([]string, error) {
	var options []string
	for len(args) > 0 {
		arg := args[0]
		if arg == "--" {
			args = args[1:]
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			break
		}
		read := set.short
		if strings.HasPrefix(arg, "--") {
			read = set.long
		}
		found, rest, err := read(arg, args[1:])
		if err != nil {
			return nil, err
		}
		options, args = append(options, found...), rest
	}
	return slices.Concat(options, []string{"--"}, args), nil
}

// long reads --name, --name=value or --name value.
func (set flagSet) long(arg string, rest []string) (options, after []string, err error) {
	name, value, hasValue := strings.Cut(arg[2:], "=")
	f := set.find(name)
	switch {
	case f == nil || len(name) == 1:
		return nil, nil, &usageError{option: "--" + name, reason: unknownOption(name, "")}
	case takesValue(f) && !hasValue:
		return set.withNext(f, "--"+name, rest)
	case !takesValue(f) && hasValue && f.Info().Values != "":
		if words := f.Info().Words(); !slices.Contains(words, value) {
			return nil, nil, &usageError{option: arg, reason: "must be one of " + strings.Join(words, ", ") + ", or have no value"}
		}
		return []string{canonical(f) + "=" + value}, rest, nil
	case !takesValue(f) && hasValue && !isOptional(f):
		return nil, nil, &usageError{option: arg, reason: "the option takes no value"}
	case hasValue && !takesValue(f):
		yes, err := property.ParseBool(value)
		if err != nil {
			return nil, nil, &usageError{option: arg, reason: err.Error()}
		}
		return []string{fmt.Sprintf("%s=%t", canonical(f), yes)}, rest, nil
	case hasValue:
		return []string{canonical(f) + "=" + value}, rest, nil
	}
	return []string{canonical(f)}, rest, nil
}

// short reads a cluster of letters. The last one may have a value: -q, -qv, -pA=1, -p A=1.
func (set flagSet) short(arg string, rest []string) (options, after []string, err error) {
	for i, letter := range arg[1:] {
		name := string(letter)
		f := set.find(name)
		if f == nil {
			return nil, nil, &usageError{option: "-" + name, reason: unknownOption(name, inCluster(arg))}
		}
		if !takesValue(f) {
			options = append(options, canonical(f))
			continue
		}
		if value := arg[1+i+len(name):]; value != "" {
			return append(options, canonical(f)+"="+value), rest, nil
		}
		last, after, err := set.withNext(f, "-"+name, rest)
		return append(options, last...), after, err
	}
	return options, rest, nil
}

// unknownOption says why an option is refused. where is the result of inCluster.
func unknownOption(name, where string) string {
	if why, ok := refused[name]; ok {
		return why + where
	}
	return "unknown option" + where + "; 'gorun --help=all' lists the options"
}

// inCluster names the argument of a letter, unless the letter stands alone.
func inCluster(arg string) string {
	if len(arg) == 2 {
		return ""
	}
	return fmt.Sprintf(", in %q", arg)
}

// withNext takes the option's value from the next argument.
func (set flagSet) withNext(f cli.Flag, typed string, rest []string) (options, after []string, err error) {
	if len(rest) == 0 {
		return nil, nil, &usageError{option: typed, reason: "the option needs a value"}
	}
	return []string{canonical(f) + "=" + rest[0]}, rest[1:], nil
}

// canonical is the option's long name.
func canonical(f cli.Flag) string { return "--" + f.Names()[0] }

// takesValue reports whether an option is not a switch.
func takesValue(f cli.Flag) bool {
	_, isSwitch := f.(*cli.BoolFlag)
	return !isSwitch
}

// isOptional reports whether an option is a switch that is on by default. Such a switch
// may be given as --name=BOOL.
func isOptional(f cli.Flag) bool {
	b, ok := f.(*cli.BoolFlag)
	return ok && b.Value
}
