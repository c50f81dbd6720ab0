package main

import (
	"errors"

	"gorun/internal/cli"
	"gorun/internal/hooks"
	"gorun/internal/run"
	"gorun/internal/unitname"
)

// readHooks reads what is done at the end of the run.
func (o *options) readHooks(c *cli.Context) error {
	for _, text := range c.StringSlice("exec-stop-post") {
		command, err := hooks.Parse(text)
		if err != nil {
			return &usageError{option: "--exec-stop-post=" + text, reason: err.Error()}
		}
		o.hooks.Commands = append(o.hooks.Commands, command)
	}
	for _, name := range []string{"on-success", "on-failure"} {
		for _, text := range c.StringSlice(name) {
			unit, err := startableUnit(text)
			if err != nil {
				return &usageError{option: "--" + name + "=" + text, reason: err.Error()}
			}
			if name == "on-success" {
				o.hooks.OnSuccess = append(o.hooks.OnSuccess, unit)
			} else {
				o.hooks.OnFailure = append(o.hooks.OnFailure, unit)
			}
		}
	}
	return nil
}

// startableUnit is the unit that a person means, a service if there is no suffix.
func startableUnit(name string) (string, error) {
	if unitname.Type(name) == "" && name != "" {
		name += ".service"
	}
	if err := unitname.CheckDependency(name); err != nil {
		return "", err
	}
	if unitname.Type(name) == ".scope" {
		return "", errScope
	}
	return name, nil
}

// errScope means that a scope was named.
var errScope = errors.New("a scope cannot be started by its name: name a service, or another unit that can")

// blameHook says which hook failed.
func blameHook(e *run.HookError) error {
	if e.Hook.Unit == "" {
		return &usageError{option: "--exec-stop-post=" + e.Hook.Command, reason: e.Hook.Why, cause: e}
	}
	return &usageError{option: unitOption(e.Hook.OnFailure) + "=" + e.Hook.Unit, reason: "not started: " + e.Hook.Why, cause: e}
}

// unitOption is the option for units that are started at the end.
func unitOption(onFailure bool) string {
	if onFailure {
		return "--on-failure"
	}
	return "--on-success"
}

// adviseOnFailure says what knows more of the end than the properties OnFailure and OnSuccess.
func (n *narrator) adviseOnFailure() {
	for property, option := range map[string]string{"OnFailure": "--on-failure", "OnSuccess": "--on-success"} {
		if n.options.asks(property) {
			n.advise(option + "=UNIT goes by COMMAND's end: its status, a signal, a limit or an OOM kill")
		}
	}
}
