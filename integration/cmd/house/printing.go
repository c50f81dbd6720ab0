package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// unclean lists the calls that print in a room other than package text, which makes texts
// from elsewhere safe for a terminal. Writing to a strings.Builder, &b, is not printing.
func (p listed) unclean() ([]string, error) {
	if !matches(roomsExcept("gorun/internal/text"), p.ImportPath) || strings.Contains(p.ImportPath, "/testdata/") {
		return nil, nil
	}
	var faults []string
	files := token.NewFileSet()
	for _, name := range p.files() {
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			return nil, err
		}
		for n := range ast.Preorder(f) {
			if call, ok := n.(*ast.CallExpr); ok && prints(call) {
				faults = append(faults, fmt.Sprintf("%s: package text prints, so that nothing acts on the terminal", files.Position(call.Pos())))
			}
		}
	}
	return faults, nil
}

// prints reports whether a call is one of fmt.Print and fmt.Fprint, with their variants.
func prints(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := f.X.(*ast.Ident)
	if !ok || from.Name != "fmt" {
		return false
	}
	if strings.HasPrefix(f.Sel.Name, "Fprint") {
		_, toBuilder := call.Args[0].(*ast.UnaryExpr)
		return !toBuilder
	}
	return strings.HasPrefix(f.Sel.Name, "Print")
}
