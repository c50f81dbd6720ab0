package scope

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// words splits a list as systemd does, with the quotes and backslashes of a shell
// (extract_first_word in extract-word.c, with EXTRACT_UNQUOTE):
//
//	a b   'a b' c   a\ b
//
// A backslash stands for the character that follows: a unit's name with escapes is
// written with two.
func words(text, separators string) ([]string, error) {
	var (
		list    = []string{}
		word    strings.Builder
		inWord  bool
		escaped bool
		quote   byte // that is open; else 0
	)
	for i := range len(text) {
		c := text[i]
		switch {
		case escaped:
			word.WriteByte(c)
			escaped = false
		case c == '\\':
			escaped, inWord = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, inWord = c, true
		case quote == 0 && strings.IndexByte(separators, c) >= 0:
			if inWord {
				list = append(list, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	switch {
	case escaped:
		return nil, errors.New("nothing follows the last backslash")
	case quote != 0:
		return nil, fmt.Errorf("a quote (%c) is not closed", quote)
	case inWord:
		list = append(list, word.String())
	}
	return list, nil
}

// wordsSyntax is a list of words of which check says what is wrong with one (as).
func wordsSyntax(metavar string, check func(string) error) syntax {
	return plain(metavar+"...", func(text string) ([]string, error) {
		if !utf8.ValidString(text) {
			return nil, errNotUTF8 // a message would show it mended
		}
		list, err := words(text, whitespace)
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
	return checked("SLICE", func(text string) error { return checkName(text, ".slice") })
}

// anything is a check that all texts pass.
func anything(string) error { return nil }

// checkURI says what keeps systemd from taking a reference to documentation.
func checkURI(uri string) error {
	for _, scheme := range []string{"http://", "https://", "file:/", "info:", "man:"} {
		if rest, ok := strings.CutPrefix(uri, scheme); ok && rest != "" && isASCII(rest) {
			return nil
		}
	}
	return errors.New("want http://, https://, file:/, info: or man: and what follows, in ASCII")
}

// checkPath wants an absolute path that is written the shortest way.
func checkPath(file string) error {
	if err := checkAbsolute(file); err != nil {
		return err
	}
	if strings.Contains(file, "//") || strings.Contains(file+"/", "/./") || strings.Contains(file+"/", "/../") {
		return errors.New(`want a path without "..", "." and "//"`)
	}
	return nil
}

// checkMountPath wants an absolute path that the manager can shorten itself.
func checkMountPath(file string) error {
	if strings.Contains(file+"/", "/../") {
		return errors.New(`want a path without ".."`)
	}
	return checkAbsolute(file)
}

// checkAbsolute wants an absolute path.
func checkAbsolute(file string) error {
	if !path.IsAbs(file) {
		return errors.New("want an absolute path")
	}
	return nil
}

// checkUnit wants the full name of a unit that another can depend on.
func checkUnit(name string) error {
	suffix := typeOf(name)
	prefix, instance, templated := strings.Cut(strings.TrimSuffix(name, suffix), "@")
	switch {
	case suffix == "":
		return errors.New("want a unit's full name, as in network.target")
	case len(name) > maxNameLength:
		return fmt.Errorf("the name has %d characters, %d are allowed", len(name), maxNameLength)
	case prefix == "", templated && instance == "":
		return errors.New("not the name of a unit that can be started")
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return fmt.Errorf("character %q is not allowed in the name of a unit", name[i])
		}
	}
	return nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

// checkASCII wants a short argument in ASCII.
func checkASCII(s string) error {
	if !isASCII(s) || len(s) > 255 {
		return errors.New("want at most 255 characters of ASCII")
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

// checkFileName wants the name of a file without a folder.
func checkFileName(name string) error {
	if name == "" || name == "." || name == ".." || strings.Contains(name, "/") || len(name) > 255 {
		return errors.New("want a name without /")
	}
	return nil
}

// markers are what systemctl can be told to do with a unit later.
var markers = []string{"needs-reload", "needs-restart", "needs-start", "needs-stop"}

// checkMarker wants a marker, alone or with the sign that sets or unsets it.
func checkMarker(word string) error {
	if !slices.Contains(markers, word) && (word == "" || !slices.Contains(markers, word[1:]) || !strings.ContainsAny(word[:1], "+-")) {
		return fmt.Errorf("want %s, with + or - in front to add or remove it", strings.Join(markers, ", "))
	}
	return nil
}

// notMixed refuses markers of which some are added or removed and others stand for
// all, as the manager does.
func notMixed(value any) error {
	list, _ := value.([]string)
	signed := slices.IndexFunc(list, func(word string) bool { return strings.ContainsAny(word[:1], "+-") })
	if signed >= 0 && slices.ContainsFunc(list, func(word string) bool { return !strings.ContainsAny(word[:1], "+-") }) {
		return errors.New("markers with a sign and markers without do not go together")
	}
	return nil
}
