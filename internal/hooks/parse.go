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
	line, mayFail := strings.CutPrefix(text, "-")
	words, err := quoting.Split(line, quoting.Whitespace)
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
