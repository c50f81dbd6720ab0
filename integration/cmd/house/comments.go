package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"slices"
)

// undocumented lists the exported names without a comment, and a package without one.
// Constants and variables of a group may share the group's comment, or have one at the end
// of the line.
func (p listed) undocumented() ([]string, error) {
	c := &comments{files: token.NewFileSet()}
	var parsed []*ast.File
	for _, name := range p.files() {
		f, err := parser.ParseFile(c.files, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	if len(parsed) == 0 {
		return nil, nil
	}
	pkg, err := doc.NewFromFiles(c.files, parsed, p.ImportPath, doc.PreserveAST)
	if err != nil {
		return nil, err
	}
	if pkg.Doc == "" {
		c.faults = append(c.faults, p.ImportPath+": the package has no comment")
	}
	if pkg.Name != "main" {
		c.checkPackage(pkg)
	}
	return c.faults, nil
}

// comments collects the names without a comment.
type comments struct {
	files  *token.FileSet
	faults []string
}

func (c *comments) checkPackage(pkg *doc.Package) {
	c.checkFunctions(pkg.Funcs)
	c.checkValues(pkg.Consts)
	c.checkValues(pkg.Vars)
	for _, t := range pkg.Types {
		c.check(t.Doc, t.Name, t.Decl.Pos())
		c.checkFunctions(t.Funcs)
		c.checkValues(t.Consts)
		c.checkValues(t.Vars)
		c.checkFunctions(slices.DeleteFunc(t.Methods, func(m *doc.Func) bool { return isObvious(m.Name) }))
	}
}

func (c *comments) checkFunctions(list []*doc.Func) {
	for _, f := range list {
		c.check(f.Doc, f.Name, f.Decl.Pos())
	}
}

func (c *comments) checkValues(list []*doc.Value) {
	for _, v := range list {
		for _, s := range v.Decl.Specs {
			s := s.(*ast.ValueSpec)
			c.check(v.Doc+s.Doc.Text()+s.Comment.Text(), s.Names[0].Name, s.Pos())
		}
	}
}

func (c *comments) check(text, name string, at token.Pos) {
	if text == "" && ast.IsExported(name) {
		c.faults = append(c.faults, fmt.Sprintf("%s: %s has no comment", c.files.Position(at), name))
	}
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
