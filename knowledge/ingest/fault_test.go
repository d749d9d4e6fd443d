package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"townclerk/internal/litedb"
	"townclerk/knowledge"
	"townclerk/knowledge/ingest"
	"townclerk/knowledge/source"
	"townclerk/retrieval"
)

// changed is the town with every page changed, so that all is encoded anew.
func changed() pages {
	p := pages{}
	for name, text := range town {
		p[name] = strings.ReplaceAll(text, "# ", "# New ")
	}
	return p
}

func TestBadEmbeddingsAreRefused(t *testing.T) {
	nan := float32(math.NaN())
	for name, fail := range map[string]func([][]float32) ([][]float32, error){
		"an error":            func([][]float32) ([][]float32, error) { return nil, errors.New("out of order") },
		"no vectors":          func([][]float32) ([][]float32, error) { return nil, nil },
		"a short batch":       func(v [][]float32) ([][]float32, error) { return v[:len(v)-1], nil },
		"a long batch":        func(v [][]float32) ([][]float32, error) { return append(v, v[0]), nil },
		"a missing vector":    func(v [][]float32) ([][]float32, error) { v[1] = nil; return v, nil },
		"another dimension":   func(v [][]float32) ([][]float32, error) { v[1] = v[1][:32]; return v, nil },
		"not a number":        func(v [][]float32) ([][]float32, error) { v[1][2] = nan; return v, nil },
		"infinity":            func(v [][]float32) ([][]float32, error) { v[1][2] = float32(math.Inf(-1)); return v, nil },
		"no unit length":      func(v [][]float32) ([][]float32, error) { v[1][2] += 5; return v, nil },
		"all of another size": func(v [][]float32) ([][]float32, error) { return half(v), nil },
	} {
		b := newBench(t)
		b.sync(town)
		before, rows := b.manifest(), b.rows()
		b.models.Fail = fail
		r, err := b.try(changed(), ingest.Options{})
		if err == nil {
			t.Errorf("%s: %+v", name, r)
		}
		if slices.Contains([]string{"a missing vector", "another dimension", "not a number", "infinity", "no unit length"}, name) &&
			!strings.Contains(err.Error(), "page https://riverton.example.gov/") {
			t.Errorf("%s: %v names no page", name, err)
		}
		if name != "all of another size" && b.store.applied != 1 {
			t.Errorf("%s: reached the store", name)
		}
		b.models.Fail = nil
		if b.rows() != rows {
			t.Errorf("%s: %s, not %s", name, b.rows(), rows)
		}
		b.unchanged(before, "dog fee", "five dollars")
		b.sync(changed())
	}
}

// told is a source that says more of one page than a folder can.
type told struct {
	pages
	department, language string
}

func (s told) Pages(ctx context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		for found, err := range s.pages.Pages(ctx) {
			if found.Name == "bad.md" {
				found.Page.Department, found.Page.Language = s.department, s.language
			}
			if !yield(found, err) {
				return
			}
		}
	}
}

// What one engine could not keep is skipped before anything is encoded, with the
// page named, whichever engine it is.
func TestWhatCannotBeKeptIsSkipped(t *testing.T) {
	for _, bad := range []told{{department: "Wa\x00ste"}, {department: "\xff"}, {language: "e\x00n"}} {
		b := newBench(t)
		bad.pages = with(town, pages{"bad.md": "# Bad\n\nA page."})
		r := b.sync(bad)
		if len(r.Skipped) != 1 || r.Skipped[0].Name != "bad.md" || !strings.Contains(r.Skipped[0].Reason, address("bad.md")) || r.Pages != len(town) {
			t.Errorf("%q %q: %+v", bad.department, bad.language, r)
		}
	}
}

// half returns unit vectors of half the dimension.
func half(v [][]float32) [][]float32 {
	for i := range v {
		v[i] = make([]float32, len(v[i])/2)
		v[i][0] = 1
	}
	return v
}

func TestCancel(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	before, rows := b.manifest(), b.rows()
	for _, step := range []ingest.Step{ingest.Reading, ingest.Encoding, ingest.Writing} {
		ctx, cancel := context.WithCancel(t.Context())
		o := ingest.Options{Progress: func(p ingest.Progress) {
			if p.Step == step {
				cancel()
			}
		}}
		if _, err := ingest.Sync(ctx, changed(), b.store, b.models, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", step, err)
		}
		if b.rows() != rows {
			t.Errorf("%s: %s, not %s", step, b.rows(), rows)
		}
		b.unchanged(before, "dog fee", "five dollars")
	}
	b.sync(changed())
}

// Of two syncs that start from one revision one wins. The other changes nothing
// and, run again, goes on from there.
func TestTwoSyncs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	a, b := openBench(t, path), openBench(t, path)
	a.sync(town)
	ready := make(chan struct{}, 2)
	start := make(chan struct{})
	wait := func() { ready <- struct{}{}; <-start }
	a.store.before, b.store.before = wait, wait
	sources := []pages{with(town, pages{"a.md": "Page of A."}), with(town, pages{"b.md": "Page of B."})}
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, x := range []*bench{a, b} {
		wg.Go(func() { _, errs[i] = x.try(sources[i], ingest.Options{}) })
	}
	<-ready
	<-ready
	close(start)
	wg.Wait()
	lost := 0
	if errs[0] == nil {
		lost = 1
	}
	if errs[1-lost] != nil || !errors.Is(errs[lost], knowledge.ErrConflict) {
		t.Fatal(errs)
	}
	if m := a.manifest(); m.Revision != 2 || len(m.Live) != 4 || a.count("versions") != 4 {
		t.Fatalf("%+v %s", m, a.rows())
	}
	a.store.before, b.store.before = nil, nil
	r := []*bench{a, b}[lost].sync(sources[lost])
	if r.Revision != 3 || r.New != 1 || r.Retired != 1 {
		t.Fatalf("%+v", r)
	}
}

// A full disk is played by SQLite's own page limit.
func TestFullDisk(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	before, rows := b.manifest(), b.rows()
	var used int
	if err := b.db.Write.QueryRow("PRAGMA page_count").Scan(&used); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) {
		if _, err := b.db.Write.Exec(fmt.Sprint("PRAGMA max_page_count = ", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(used + 2)
	large := with(town, pages{"large.md": strings.Repeat("A long page about many things. ", 20_000)})
	if _, err := b.try(large, ingest.Options{}); !errors.Is(err, litedb.ErrFull) {
		t.Fatal(err)
	}
	if b.rows() != rows {
		t.Fatalf("%s, not %s", b.rows(), rows)
	}
	b.unchanged(before, "dog fee", "five dollars")
	limit(1 << 30)
	if r := b.sync(large); r.New != 1 || r.Revision != 2 {
		t.Fatalf("%+v", r)
	}
	b.unchanged(b.manifest(), "long page about many things", "many things")
}

// A folder that goes away while it is read retires nothing.
func TestFolderVanishes(t *testing.T) {
	root := filepath.Join(t.TempDir(), "pages")
	for i := range 30 {
		path := filepath.Join(root, fmt.Sprintf("d%02d/page.md", i))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(fmt.Sprintf("Text about matter%02d.", i)), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	b := newBench(t)
	f := source.Folder{Root: root, Base: "https://riverton.example.gov"}
	b.sync(f)
	before := b.manifest()
	o := ingest.Options{RetireMany: true, Progress: func(p ingest.Progress) {
		if p.Done == 20 {
			if err := os.RemoveAll(root); err != nil {
				t.Error(err)
			}
		}
	}}
	for range 2 { // while it is read, and then without it
		if _, err := b.try(f, o); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
			t.Fatal(err)
		}
		b.unchanged(before, "matter25", "matter25")
	}
}

type failing struct{ pages }

func (f failing) Pages(ctx context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		for found, err := range f.pages.Pages(ctx) {
			if !yield(found, err) {
				return
			}
		}
		yield(source.Found{}, errors.New("the network is down"))
	}
}

func TestSourceFailsAtTheEnd(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	before := b.manifest()
	if _, err := b.try(failing{changed()}, ingest.Options{}); err == nil || !strings.Contains(err.Error(), "the network is down; nothing was changed") {
		t.Fatal(err)
	}
	b.unchanged(before, "dog fee", "five dollars")
}

// While pages change fifty times, every search sees one revision: all pages
// carry a marker, and the hits of one search have the same.
func TestSearchesSeeWholeRevisions(t *testing.T) {
	b := newBench(t)
	marked := func(n int) pages {
		p := pages{}
		for i := range 6 {
			p[fmt.Sprintf("page%d.md", i)] = fmt.Sprintf("## One\n\nThe dog fee marker%d.\n\n## Two\n\nThe dog license marker%d.", n, n)
		}
		return p
	}
	b.sync(marked(1))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				r, err := b.index.Search(context.Background(), retrieval.Query{Text: "dog fee license", Limit: 100})
				if err != nil || len(r.Hits) != 12 {
					t.Errorf("%d hits, %v", len(r.Hits), err)
					return
				}
				for _, hit := range r.Hits {
					if !strings.HasSuffix(hit.Passage.Text, fmt.Sprintf(" marker%d.", r.Revision)) {
						t.Errorf("revision %d has %q", r.Revision, hit.Passage.Text)
						return
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := 2; n <= 50; n++ {
		if r := b.sync(marked(n)); r.Changed != 6 {
			t.Errorf("%+v", r)
		}
	}
	close(done)
	wg.Wait()
}
