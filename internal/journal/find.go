package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorun/internal/helper"
)

// findTimeout is how long journalctl(1) may take to find entries. A large journal on a slow disk
// takes some seconds.
const findTimeout = 30 * time.Second

// Find returns the entries that match, newest first, at most n. matches are arguments of
// journalctl(1): FIELD=VALUE, and operators between them. Entries that the caller may
// not read are left out. It takes no longer than findTimeout, whatever else the context is for.
func Find(ctx context.Context, n int, matches ...string) ([]map[string]string, error) {
	args := append([]string{"--quiet", "--no-pager", "--all", "--output=json", "--reverse", "--lines=" + strconv.Itoa(n)}, matches...)
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	out, err := helper.Output(ctx, "journalctl", args...)
	if err != nil {
		var exit *helper.ExitError
		if errors.As(err, &exit) && bytes.HasPrefix(exit.Stderr, []byte("No journal files ")) {
			return nil, nil // none that the caller may read
		}
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return parseEntries(out)
}

// parseEntries reads an entry from each line. A value is a string, or a list of numbers
// if it is not printable. A field that occurs twice has a list of values and is left out:
//
//	{"MESSAGE":"Started x.scope.","USER_UNIT":"x.scope","_UID":"1000","DATA":[1,2,255]}
func parseEntries(out []byte) ([]map[string]string, error) {
	var list []map[string]string
	for line := range bytes.Lines(out) {
		var values map[string]any
		if err := json.Unmarshal(line, &values); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		fields := map[string]string{}
		for name, value := range values {
			if text, ok := textOf(value); ok {
				fields[name] = text
			}
		}
		list = append(list, fields)
	}
	return list, nil
}

// textOf is the value as it was sent.
func textOf(value any) (text string, ok bool) {
	if text, ok = value.(string); ok {
		return text, true
	}
	list, ok := value.([]any)
	data := make([]byte, len(list))
	for i, item := range list {
		n, isNumber := item.(float64)
		data[i] = byte(n)
		ok = ok && isNumber
	}
	return string(data), ok
}
