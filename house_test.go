// Package townclerk_test holds the rules of the house that the compiler does
// not: which way imports go, and that every package says what it is.
package townclerk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

// layers, from the bottom up. A package imports its own layer and those below.
var layers = []string{"knowledge", "retrieval", "bot", "evals", "cmd"}

// adapters meet a database or the network. They never import each other; cmd
// wires them.
var adapters = map[string]bool{
	"townclerk/retrieval/litesearch":   true,
	"townclerk/bot/store":              true,
	"townclerk/retrieval/pgsearch":     true,
	"townclerk/retrieval/remote":       true,
	"townclerk/bot/web":                true,
	"townclerk/bot/escalate/slack":     true,
	"townclerk/bot/escalate/slackwire": true,
	"townclerk/bot/escalate/inbox":     true,
	"townclerk/bot/escalate/mailer":    true,
}

// suites may import testing: only tests import them.
func suite(pkg string) bool { return strings.HasSuffix(pkg, "test") }

var osDir = os.DirFS(".")

type file struct {
	path, pkg string
	ast       *ast.File
}

func TestImportsGoDown(t *testing.T) {
	for _, f := range sources(t) {
		from := layer(f.pkg)
		for _, imp := range imports(f) {
			if !strings.HasPrefix(imp, "townclerk/") {
				continue
			}
			switch to := layer(imp); {
			case strings.HasPrefix(imp, "townclerk/internal/"):
			case from < 0:
				t.Errorf("%s: internal packages are leaves, but it imports %s", f.path, imp)
			case to > from:
				t.Errorf("%s imports %s, which stands above it", f.path, imp)
			case adapters[f.pkg] && adapters[imp]:
				t.Errorf("%s: an adapter imports the adapter %s", f.path, imp)
			}
			if suite(imp) && !suite(f.pkg) {
				t.Errorf("%s imports %s, which is for tests", f.path, imp)
			}
		}
	}
}

func TestProductionDoesNotTest(t *testing.T) {
	for _, f := range sources(t) {
		for _, imp := range imports(f) {
			if imp == "testing" && !suite(f.pkg) {
				t.Errorf("%s imports testing", f.path)
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	comments, seen := map[string][]string{}, map[string]bool{}
	for _, f := range sources(t) {
		seen[f.pkg] = true
		if f.ast.Doc != nil {
			comments[f.pkg] = append(comments[f.pkg], f.path)
		}
	}
	for pkg := range seen {
		if n := len(comments[pkg]); n != 1 {
			t.Errorf("%s has %d package comments %v, want one", pkg, n, comments[pkg])
		}
	}
}

func TestPackageNamesAreUnique(t *testing.T) {
	at := map[string]string{}
	for _, f := range sources(t) {
		name := f.ast.Name.Name
		if name == "main" {
			continue
		}
		if before := at[name]; before != "" && before != f.pkg {
			t.Errorf("%s and %s are both named %s", before, f.pkg, name)
		}
		at[name] = f.pkg
	}
}

// A citizen's words become bot.Redacted in bot/guard, and again when bot/store
// reads back what it stored. Nowhere else may text be declared redacted.
func TestRedactedHasOneSource(t *testing.T) {
	for _, f := range sources(t) {
		if f.pkg == "townclerk/bot" || f.pkg == "townclerk/bot/guard" || f.pkg == "townclerk/bot/store" || suite(f.pkg) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == "AsRedacted" {
				t.Errorf("%s declares text redacted; only bot/guard may", f.path)
			}
			return true
		})
	}
}

// SQL lives in the packages that own tables.
func TestOnlyStorageSpeaksSQL(t *testing.T) {
	for _, f := range sources(t) {
		for _, imp := range imports(f) {
			if imp == "database/sql" && !adapters[f.pkg] && !strings.HasPrefix(f.pkg, "townclerk/internal/") {
				t.Errorf("%s imports database/sql", f.path)
			}
		}
	}
}

func layer(pkg string) int {
	top, _, _ := strings.Cut(strings.TrimPrefix(pkg, "townclerk/"), "/")
	for i, l := range layers {
		if top == l {
			return i
		}
	}
	return -1
}

func imports(f file) []string {
	var out []string
	for _, i := range f.ast.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// sources parses every Go file of the module that is not a test.
func sources(t *testing.T) []file {
	t.Helper()
	var out []file
	err := fs.WalkDir(osDir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		data, err := fs.ReadFile(osDir, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ParseComments)
		if err != nil {
			return err
		}
		out = append(out, file{name, path.Join("townclerk", path.Dir(name)), parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("found only %d source files", len(out))
	}
	return out
}
