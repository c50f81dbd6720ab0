package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// Find returns the newest entries that match, at most n, the newest first, as
// journalctl(1) finds them: matches are FIELD=VALUE and what stands between them
// there. Binary values are left out. What the caller may not read is not found.
func Find(ctx context.Context, n int, matches ...string) ([]map[string]string, error) {
	args := append([]string{"--quiet", "--no-pager", "--all", "--output=json", "--reverse", "--lines=" + strconv.Itoa(n)}, matches...)
	out, err := exec.CommandContext(ctx, "journalctl", args...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return parseEntries(out)
}

// parseEntries reads an entry from each line, where a value is a text, a list of
// numbers if it is binary, or a list of these if the field occurs twice:
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
			if text, ok := value.(string); ok {
				fields[name] = text
			}
		}
		list = append(list, fields)
	}
	return list, nil
}
