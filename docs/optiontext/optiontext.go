// Package optiontext reads the manual's text about each option. It is the comment above the
// option's entry in cmd/gorun: an option is described in one place, and the program does not
// carry the text around.
package optiontext

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Text is what the manual says about an option.
type Text struct {
	Markdown string // empty if there is none
	Place    string // of the entry: FILE:LINE
}

// Read reads the texts from the Go files in a directory, by the long names of the options.
func Read(dir string) (map[string]Text, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	texts := map[string]Text{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := read(texts, name, source); err != nil {
			return nil, err
		}
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("no options in %s", dir)
	}
	return texts, nil
}

// read adds the texts of a file.
func read(texts map[string]Text, name string, source []byte) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	endsOn := map[int]*ast.CommentGroup{}
	for _, group := range file.Comments {
		endsOn[files.Position(group.End()).Line] = group
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if option := optionOf(literal); option != "" {
			at := files.Position(literal.Pos())
			text := Text{Place: fmt.Sprintf("%s:%d", at.Filename, at.Line)}
			if group := endsOn[at.Line-1]; group != nil {
				text.Markdown = strings.TrimSpace(group.Text())
			}
			texts[option] = text
		}
		return true
	})
	return nil
}

// optionOf is the option that a composite literal describes: the value of its field Name or
// option. It is empty if the literal describes none.
func optionOf(literal *ast.CompositeLit) string {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := pair.Key.(*ast.Ident)
		value, isText := pair.Value.(*ast.BasicLit)
		if !ok || !isText || value.Kind != token.STRING || key.Name != "Name" && key.Name != "option" {
			continue
		}
		name, _ := strconv.Unquote(value.Value) // the parser has read it
		return name
	}
	return ""
}
