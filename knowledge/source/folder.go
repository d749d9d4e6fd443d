// Package source finds pages. A source yields every page that it has, each
// time; what has changed is found by comparing versions.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path"
	"strings"

	"townclerk/knowledge/parse"
)

// DefaultMaxBytes is the size of the largest file that is read.
const DefaultMaxBytes = 20 << 20

// A Found is a file of a source: a page to be parsed or, where Skipped says
// why, one that is not.
type Found struct {
	Name    string
	Page    parse.Raw
	Skipped string
}

// Folder is a folder of HTML and Markdown files, with all folders below it.
// Hidden files and folders (names that begin with a dot) are not looked at, and
// symbolic links are not followed.
type Folder struct {
	Root string
	// Base is the address that the folder is published at. A file's address is
	// Base and its path, without the extension, unless the page names another.
	Base string
	// MaxBytes is the size of the largest file that is read; zero means
	// DefaultMaxBytes.
	MaxBytes int64
	// Departments maps a path prefix to the department that owns the pages below
	// it, for pages that do not say.
	Departments map[string]string
	// Language is that of pages that do not say.
	Language string
}

// Pages yields the folder's files in order of their path. An error ends the
// sequence: what was not read must not be taken for removed.
func (f Folder) Pages(ctx context.Context) iter.Seq2[Found, error] {
	return func(yield func(Found, error) bool) {
		root, err := os.OpenRoot(f.Root)
		if err != nil {
			yield(Found{}, fmt.Errorf("open the folder of pages: %w", err))
			return
		}
		defer root.Close()
		stop := errors.New("stop")
		err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case name != "." && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			case d.IsDir():
				return nil
			}
			found, err := f.read(root, name, d)
			if err != nil {
				return err
			}
			if !yield(found, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(Found{}, fmt.Errorf("read the folder of pages %s: %w", f.Root, err))
		}
	}
}

func (f Folder) read(root *os.Root, name string, d fs.DirEntry) (Found, error) {
	limit := f.MaxBytes
	if limit == 0 {
		limit = DefaultMaxBytes
	}
	found := Found{Name: name}
	if !d.Type().IsRegular() {
		found.Skipped = "not a regular file"
		return found, nil
	}
	if !parse.Supported(name) {
		found.Skipped = parse.ErrType.Error()
		return found, nil
	}
	file, err := root.Open(name)
	if err != nil {
		return found, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return found, err
	}
	if int64(len(data)) > limit {
		found.Skipped = fmt.Sprintf("larger than %d MB", limit>>20)
		return found, nil
	}
	found.Page = parse.Raw{
		Name: name, URL: f.address(name), Data: data,
		Department: f.department(name), Language: f.Language,
	}
	return found, nil
}

// address returns the address of a file that names none itself.
func (f Folder) address(name string) string {
	p := strings.TrimSuffix(name, path.Ext(name))
	if path.Base(p) == "index" {
		p = strings.TrimPrefix(path.Dir(p)+"/", "./")
	}
	p = (&url.URL{Path: p}).EscapedPath()
	if f.Base == "" {
		return "file:///" + p
	}
	return strings.TrimSuffix(f.Base, "/") + "/" + p
}

func (f Folder) department(name string) string {
	best := ""
	for prefix := range f.Departments {
		if strings.HasPrefix(name, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return f.Departments[best]
}
