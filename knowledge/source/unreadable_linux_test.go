package source_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"townclerk/knowledge/source"
)

// A file or folder that may not be read ends the sequence with an error.
func TestUnreadable(t *testing.T) {
	for _, name := range []string{"b.md", "d"} {
		root := folder(t, map[string]string{"a.md": "x", "b.md": "x", "c.md": "x", "d/e.md": "x"})
		must(t, os.Chmod(filepath.Join(root, name), 0))
		must(t, os.Chmod(filepath.Dir(root), 0o755))
		must(t, os.Chmod(filepath.Dir(filepath.Dir(root)), 0o755))
		names, err := asNobody(t, source.Folder{Root: root})
		if !errors.Is(err, fs.ErrPermission) || len(names) == 0 {
			t.Errorf("%s: %v %v", name, names, err)
		}
		must(t, os.Chmod(filepath.Join(root, name), 0o755))
	}
}

// asNobody reads the folder without root's right to read everything.
func asNobody(t *testing.T, f source.Folder) ([]string, error) {
	if os.Getuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		must(t, syscall.Setfsuid(65534))
		defer syscall.Setfsuid(0)
	}
	return read(t.Context(), f, func() {})
}
