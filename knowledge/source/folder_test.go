package source_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"townclerk/knowledge/source"
)

// folder writes files; a name that ends in a slash is an empty folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "pages")
	must(t, os.Mkdir(root, 0o755))
	for name, data := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(path, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(data), 0o644))
	}
	return root
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func all(t *testing.T, f source.Folder) []source.Found {
	t.Helper()
	var out []source.Found
	for found, err := range f.Pages(t.Context()) {
		must(t, err)
		out = append(out, found)
	}
	return out
}

func TestAddresses(t *testing.T) {
	names := []string{
		"index.html", "fees.html", "a/index.md", "a/b/rules.htm", "a b/sch\u00f6n & gut.md", "50%?.md", "a:b.md", "x.y.html", "\xff.md",
	}
	want := []string{
		"", "fees", "a/", "a/b/rules", "a%20b/sch%C3%B6n%20&%20gut", "50%25%3F", "a:b", "x.y", "%FF",
	}
	files := map[string]string{}
	for _, n := range names {
		files[n] = "text"
	}
	root := folder(t, files)
	for base, prefix := range map[string]string{
		"https://riverton.example.gov":      "https://riverton.example.gov/",
		"https://riverton.example.gov/":     "https://riverton.example.gov/",
		"https://riverton.example.gov/docs": "https://riverton.example.gov/docs/",
		"":                                  "file:///",
	} {
		found := all(t, source.Folder{Root: root, Base: base})
		if len(found) != len(names) {
			t.Fatal(len(found))
		}
		for _, f := range found {
			i := slices.Index(names, f.Name)
			if i < 0 || f.Skipped != "" || f.Page.URL != prefix+want[i] || f.Page.Name != f.Name || string(f.Page.Data) != "text" {
				t.Errorf("base %q, file %q: %q %s", base, f.Name, f.Page.URL, f.Skipped)
			}
		}
	}
}

func TestOrderIsTheSame(t *testing.T) {
	root := folder(t, map[string]string{"b.md": "", "a/z.md": "", "a/a.md": "", "a.md": "", "A.md": ""})
	var names []string
	for _, f := range all(t, source.Folder{Root: root}) {
		names = append(names, f.Name)
	}
	if want := []string{"A.md", "a/a.md", "a/z.md", "a.md", "b.md"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

func TestDepartments(t *testing.T) {
	root := folder(t, map[string]string{"parks/pool.md": "", "parks/dogs/fees.md": "", "parking.md": "", "other.md": ""})
	f := source.Folder{Root: root, Language: "es", Departments: map[string]string{"parks/": "Parks", "parks/dogs/": "Animals", "": "Clerk", "nothing/": "X"}}
	for _, p := range all(t, f) {
		want := map[string]string{"parks/pool.md": "Parks", "parks/dogs/fees.md": "Animals", "parking.md": "Clerk", "other.md": "Clerk"}[p.Name]
		if p.Page.Department != want || p.Page.Language != "es" {
			t.Errorf("%s: %q %q", p.Name, p.Page.Department, p.Page.Language)
		}
	}
}

func TestWhatIsNotRead(t *testing.T) {
	root := folder(t, map[string]string{
		"page.md": "0123456789", "large.md": "01234567890", "picture.png": "", "noextension": "", ".hidden.md": "", ".git/config.md": "", "sub.md/": "",
	})
	outside := folder(t, map[string]string{"secret.md": "secret"})
	for link, target := range map[string]string{
		"inside.md": "page.md", "outside.md": filepath.Join(outside, "secret.md"), "folder": outside, "gone.md": "nowhere", "loop": ".",
	} {
		must(t, os.Symlink(target, filepath.Join(root, link)))
	}
	got := map[string]string{}
	for _, f := range all(t, source.Folder{Root: root, MaxBytes: 10}) {
		got[f.Name] = f.Skipped
		if f.Skipped != "" && f.Page.Data != nil {
			t.Errorf("%s is skipped and read", f.Name)
		}
	}
	const link, kind = "not a regular file", "not a supported type (HTML or Markdown)"
	want := map[string]string{
		"page.md": "", "large.md": "larger than 10 bytes", "picture.png": kind, "noextension": kind,
		"inside.md": link, "outside.md": link, "folder": link, "gone.md": link, "loop": link,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}

func TestRootMayBeALink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(folder(t, map[string]string{"a.md": "x"}), link))
	if found := all(t, source.Folder{Root: link}); len(found) != 1 {
		t.Errorf("%v", found)
	}
}

// read collects names until the sequence ends, doing something after the first.
func read(ctx context.Context, f source.Folder, then func()) (names []string, err error) {
	for found, e := range f.Pages(ctx) {
		if e != nil {
			return names, e
		}
		if names = append(names, found.Name); len(names) == 1 {
			then()
		}
	}
	return names, nil
}

// A folder that goes away while it is read is an error, not an early end, or a
// sync would take the pages for removed.
func TestVanishing(t *testing.T) {
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("%02d.md", i)] = "x"
		files[fmt.Sprintf("d%02d/page.md", i)] = "x"
	}
	for _, gone := range []string{".", "05.md", "d05"} {
		root := folder(t, files)
		names, err := read(t.Context(), source.Folder{Root: root}, func() { must(t, os.RemoveAll(filepath.Join(root, gone))) })
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), root) {
			t.Errorf("%s: %d files and %v", gone, len(names), err)
		}
	}
	for _, root := range []string{filepath.Join(t.TempDir(), "nowhere"), ""} {
		if names, err := read(t.Context(), source.Folder{Root: root}, func() {}); err == nil || names != nil {
			t.Errorf("%q: %v %v", root, names, err)
		}
	}
}

func TestCancelAndStop(t *testing.T) {
	root := folder(t, map[string]string{"a.md": "", "b.md": "", "c.md": ""})
	ctx, cancel := context.WithCancel(t.Context())
	if names, err := read(ctx, source.Folder{Root: root}, cancel); !errors.Is(err, context.Canceled) || len(names) != 1 {
		t.Errorf("%v %v", names, err)
	}
	for range (source.Folder{Root: root}).Pages(t.Context()) {
		break // must not yield again
	}
}

func ExampleFolder_Pages() {
	dir, err := os.MkdirTemp("", "pages")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"fees.md", "logo.png"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("The fee is $5."), 0o644); err != nil {
			fmt.Println(err)
		}
	}
	f := source.Folder{Root: dir, Base: "https://riverton.example.gov/"}
	for found, err := range f.Pages(context.Background()) {
		fmt.Println(found.Name, found.Page.URL, found.Skipped, err)
	}
	// Output:
	// fees.md https://riverton.example.gov/fees  <nil>
	// logo.png  not a supported type (HTML or Markdown) <nil>
}
