package property

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"gorun/internal/quoting"
	"gorun/internal/unitname"
)

// wordsSyntax is a list of words that pass a check (as).
func wordsSyntax(metavar string, check func(string) error) syntax {
	return plain(metavar+"...", func(text string) ([]string, error) {
		if !utf8.ValidString(text) {
			return nil, errNotUTF8 // a message could not show the word as it is
		}
		list, err := quoting.Split(text, whitespace)
		if err != nil {
			return nil, err
		}
		for _, word := range list {
			if err := checkCleanly(word, check); err != nil {
				return nil, fmt.Errorf("%s: %w", word, err)
			}
		}
		return list, nil
	})
}

// sliceSyntax is the full name of a slice (s).
func sliceSyntax() syntax {
	return checked("SLICE", func(text string) error { return unitname.Check(text, ".slice") })
}

// anything is a check that all texts pass.
func anything(string) error { return nil }

// checkURI says why systemd would refuse a URI of documentation.
func checkURI(uri string) error {
	for _, scheme := range []string{"http://", "https://", "file:/", "info:", "man:"} {
		if rest, ok := strings.CutPrefix(uri, scheme); ok && rest != "" && isASCII(rest) {
			return nil
		}
	}
	return errors.New("must be a URI in ASCII, with the scheme http, https, file, info or man")
}

// checkPath wants an absolute path in its shortest form.
func checkPath(file string) error {
	if err := checkAbsolute(file); err != nil {
		return err
	}
	if strings.Contains(file, "//") || strings.Contains(file+"/", "/./") || strings.Contains(file+"/", "/../") {
		return errors.New(`must be a path without "..", "." and "//"`)
	}
	return nil
}

// checkMountPath wants an absolute path that the manager can normalize.
func checkMountPath(file string) error {
	if strings.Contains(file+"/", "/../") {
		return errors.New(`must be a path without ".."`)
	}
	return checkAbsolute(file)
}

// checkAbsolute wants an absolute path.
func checkAbsolute(file string) error {
	if !path.IsAbs(file) {
		return errors.New("must be an absolute path")
	}
	return nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

// checkASCII wants a short argument in ASCII.
func checkASCII(s string) error {
	if !isASCII(s) || len(s) > 255 {
		return errors.New("must be at most 255 characters of ASCII")
	}
	return nil
}

// checkOwner wants a user or group by name or number.
func checkOwner(name string) error {
	if name != strings.TrimSpace(name) || strings.ContainsAny(name, ":/") || name == "." || name == ".." {
		return errors.New("not the name or number of a user or group")
	}
	return nil
}

// checkFileName wants the name of a file without a directory.
func checkFileName(name string) error {
	if name == "" || name == "." || name == ".." || strings.Contains(name, "/") || len(name) > 255 {
		return errors.New("must be a name without /")
	}
	return nil
}

// markers are what systemctl can be asked to do with a unit later.
var markers = []string{"needs-reload", "needs-restart", "needs-start", "needs-stop"}

// checkMarker wants a marker, alone or with a sign that sets or unsets it.
func checkMarker(word string) error {
	if !slices.Contains(markers, word) && (word == "" || !slices.Contains(markers, word[1:]) || !strings.ContainsAny(word[:1], "+-")) {
		return fmt.Errorf("must be one of %s, with + or - in front to add or remove it", strings.Join(markers, ", "))
	}
	return nil
}

// notMixed refuses a list that has markers with a sign and markers without, as the manager
// does.
func notMixed(value any) error {
	list, _ := value.([]string)
	signed := slices.IndexFunc(list, func(word string) bool { return strings.ContainsAny(word[:1], "+-") })
	if signed >= 0 && slices.ContainsFunc(list, func(word string) bool { return !strings.ContainsAny(word[:1], "+-") }) {
		return errors.New("markers with and without a sign cannot be combined")
	}
	return nil
}
