package schema_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"townclerk/internal/litedb"
	"townclerk/internal/schema"
)

func TestUpAndLook(t *testing.T) {
	db, err := litedb.Open(filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	one := fstest.MapFS{"00001_t.sql": {Data: []byte("-- +goose Up\nCREATE TABLE t (x);\n")}}
	two := fstest.MapFS{"00001_t.sql": one["00001_t.sql"], "00002_u.sql": {Data: []byte("-- +goose Up\nCREATE TABLE u (x);\n")}}
	broken := fstest.MapFS{"00001_t.sql": one["00001_t.sql"], "00002_u.sql": two["00002_u.sql"], "00003_v.sql": {Data: []byte("-- +goose Up\nCREATE TABLE v (x); CREATE TABLE v (x);\n")}}
	for _, step := range []struct {
		files fs.FS
		up    bool
		want  schema.State
		err   error
	}{
		{one, false, schema.State{Applied: 0, Known: 1}, nil},
		{one, false, schema.State{Applied: 0, Known: 1}, nil}, // to look changes nothing
		{one, true, schema.State{Applied: 1, Known: 1}, nil},
		{one, true, schema.State{Applied: 1, Known: 1}, nil},
		{two, false, schema.State{Applied: 1, Known: 2}, nil},
		{two, true, schema.State{Applied: 2, Known: 2}, nil},
		{one, true, schema.State{Applied: 2, Known: 1}, schema.ErrNewer},
		{two, true, schema.State{Applied: 2, Known: 2}, nil},
	} {
		if step.up {
			if err := db.Migrate(t.Context(), step.files, "list"); !errors.Is(err, step.err) {
				t.Errorf("%+v: %v", step, err)
			}
		}
		if got, err := db.Schema(t.Context(), step.files, "list"); err != nil || got != step.want || got.Pending() != (got.Applied < got.Known) {
			t.Errorf("got %+v (%v), want %+v", got, err, step.want)
		}
	}
	if err := db.Migrate(t.Context(), broken, "list"); err == nil {
		t.Error("a broken migration succeeded")
	}
	if got, err := db.Schema(t.Context(), broken, "list"); err != nil || got != (schema.State{Applied: 2, Known: 3}) {
		t.Errorf("after a broken migration: %+v, %v", got, err)
	}
	var n int
	if err := db.Read.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'v'").Scan(&n); err != nil || n != 0 {
		t.Errorf("half a migration is there (%v)", err)
	}
}
