package hooks

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"gorun/internal/quoting"
	"gorun/internal/supervise"
)

// Parse reads a command line as systemd does in ExecStopPost=, and finds the program in the
// caller's PATH. Of systemd's prefixes only "-" has a meaning here. The error may be a
// [*supervise.StartError].
func Parse(text string) (Command, error) {
	line, mayFail := strings.CutPrefix(strings.TrimLeft(text, quoting.Whitespace), "-")
	words, err := splitOne(line)
	switch {
	case err != nil:
		return Command{}, err
	case len(words) == 0 || words[0] == "":
		return Command{}, errors.New("there is no command")
	case strings.ContainsRune("@:+!|", rune(words[0][0])):
		return Command{}, fmt.Errorf("the prefix %q is not supported", words[0][:1])
	}
	path, isSet := os.LookupEnv("PATH")
	file, err := supervise.Find(words[0], path, isSet)
	if err == nil && !strings.HasPrefix(file, "/") {
		here, wdErr := os.Getwd()
		file, err = here+"/"+file, wdErr // COMMAND may have another directory
	}
	return Command{Text: text, File: file, Args: words, MayFail: mayFail}, err
}

// splitOne splits the line of one command. A semicolon alone begins another one in a unit's file,
// and is an argument for systemd-run: here it is neither.
func splitOne(line string) (words []string, err error) {
	list, err := quoting.SplitCommand(line)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		if w.Raw == ";" {
			return nil, errors.New(`a ";" alone would begin another command: use the option once for each, or write \; for an argument`)
		}
		words = append(words, w.Text)
	}
	return words, nil
}
