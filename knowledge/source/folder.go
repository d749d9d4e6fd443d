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
// symbolic links are not followed, except that Root may be one.
type Folder struct {
	Root string
	// Base is the address that the folder is published at, with or without a
	// slash at its end. Unless the page names another address, that of the file
	// a/fees.html is Base/a/fees, without an extension and a slash at the end,
	// and that of a/index.html is Base/a/, with one. Without a Base, addresses
	// begin with file:///.
	Base string
	// MaxBytes is the size of the largest file that is read; zero means
	// DefaultMaxBytes.
	MaxBytes int64
	// Departments maps the beginning of a path to the department that owns the
	// pages under it, for pages that do not say. The longest one that fits counts;
	// it is compared letter by letter, so a folder's name ends with a slash.
	Departments map[string]string
	// Language is that of pages that do not say.
	Language string
}

// Pages yields the folder's files, each folder's in order of their names. An
// error ends the sequence: what was not read must not be taken for removed.
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

const notRegular = "not a regular file"

func size(bytes int64) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

func (f Folder) read(root *os.Root, name string, d fs.DirEntry) (Found, error) {
	limit := f.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	found := Found{Name: name}
	if !d.Type().IsRegular() {
		found.Skipped = notRegular
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
	info, err := file.Stat()
	switch {
	case err != nil:
		return found, err
	case !info.Mode().IsRegular(): // it was when the folder was listed
		found.Skipped = notRegular
		return found, nil
	case info.Size() > limit:
		found.Skipped = "larger than " + size(limit)
		return found, nil
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return found, err
	}
	if int64(len(data)) > limit {
		found.Skipped = "larger than " + size(limit)
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
