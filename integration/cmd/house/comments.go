package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
)

// undocumented lists the exported names without a comment, and a package without one.
// Constants and variables of a group may share the group's comment, or have one at the end
// of the line.
func (p listed) undocumented() ([]string, error) {
	files := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range p.files() {
		f, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	if len(parsed) == 0 {
		return nil, nil
	}
	pkg, err := doc.NewFromFiles(files, parsed, p.ImportPath, doc.PreserveAST)
	if err != nil {
		return nil, err
	}
	var faults []string
	missing := func(text, name string, at token.Pos) {
		if text == "" && ast.IsExported(name) {
			faults = append(faults, fmt.Sprintf("%s: %s has no comment", files.Position(at), name))
		}
	}
	if pkg.Doc == "" {
		faults = append(faults, p.ImportPath+": the package has no comment")
	}
	if pkg.Name == "main" {
		return faults, nil
	}
	functions := func(list []*doc.Func) {
		for _, f := range list {
			missing(f.Doc, f.Name, f.Decl.Pos())
		}
	}
	values := func(list []*doc.Value) {
		for _, v := range list {
			for _, s := range v.Decl.Specs {
				s := s.(*ast.ValueSpec)
				missing(v.Doc+s.Doc.Text()+s.Comment.Text(), s.Names[0].Name, s.Pos())
			}
		}
	}
	functions(pkg.Funcs)
	values(pkg.Consts)
	values(pkg.Vars)
	for _, t := range pkg.Types {
		missing(t.Doc, t.Name, t.Decl.Pos())
		functions(t.Funcs)
		values(t.Consts)
		values(t.Vars)
		for _, m := range t.Methods {
			if !isObvious(m.Name) {
				missing(m.Doc, m.Name, m.Decl.Pos())
			}
		}
	}
	return faults, nil
}

// isObvious reports whether a method implements an interface of the standard library, so
// that its name says all.
func isObvious(method string) bool {
	switch method {
	case "Error", "Unwrap", "String", "Read", "Write", "Close":
		return true
	}
	return false
}
