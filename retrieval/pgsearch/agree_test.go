package pgsearch_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"townclerk/internal/litedb"
	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/litesearch"
	"townclerk/retrieval/pgsearch"
)

// Both engines give the same passages in the same order with the same scores, in
// every revision. So does the third, which compares the vectors here as well but
// gets them from the server; where the index leaves out none.
func TestEnginesAgree(t *testing.T) {
	all := town(60, 1)
	e := fit(t, all)
	all = encode(t, e, all)
	changed := encode(t, e, town(60, 2))
	analyzer, expander := words(t)

	db, err := litedb.Open(filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lite, err := litesearch.NewStore(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pg := store(t, connect(t, pgtest.URL(t), 4), pgsearch.Options{})
	far := store(t, connect(t, pgtest.URL(t), 4), pgsearch.Options{MemoryBelow: 1, EfSearch: 1000})
	stores := []knowledge.Store{lite, pg, far}
	indexes := []retrieval.Index{
		hybrid.NewIndex(lite, hybrid.Encoders{Models: e, Analyzer: analyzer, Expander: expander}),
		hybrid.NewIndex(pg, hybrid.Encoders{Models: e, Analyzer: analyzer, Expander: expander}),
		hybrid.NewIndex(far, hybrid.Encoders{Models: e, Analyzer: analyzer, Expander: expander}),
	}
	hits := 0
	for revision, c := range []knowledge.Change{
		{Publish: all},
		{Publish: changed[:20], Retire: []knowledge.DocumentID{all[30].Version.Document, all[31].Version.Document}},
		{Publish: append(all[:5:5], all[30]), Retire: []knowledge.DocumentID{all[7].Version.Document}},
		{Retire: []knowledge.DocumentID{all[9].Version.Document}},
	} {
		c.Base, c.Encoder = knowledge.Revision(revision), e.Fingerprint()
		for _, s := range stores {
			if _, err := s.Apply(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		a, err := lite.Manifest(t.Context())
		b, err2 := pg.Manifest(t.Context())
		if err != nil || err2 != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("manifests %+v %v and %+v %v", a, err, b, err2)
		}
		for _, q := range questions() {
			want, err := indexes[0].Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			hits += len(want.Hits)
			for i, x := range indexes[1:] {
				got, err := x.Search(t.Context(), q)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("engine %d, %+v: %v\n got %+v\nwant %+v", i+1, q, err, got, want)
				}
			}
		}
	}
	if hits < 5000 {
		t.Errorf("only %d hits were compared", hits)
	}
}

func questions() []retrieval.Query {
	var out []retrieval.Query
	for _, text := range []string{
		"How much is a dog license?", "parking permit", "when is the garbage fee due", "biulding pemrit", "appeal", "water tax refund in April",
		"marriage certificate appointment", "ask the office", "zzyzx", "the", "", "$15 noise hearing",
	} {
		for _, mode := range []retrieval.Mode{retrieval.Hybrid, retrieval.Lexical, retrieval.Dense} {
			for _, f := range []retrieval.Filter{{}, {Departments: []string{"Parks"}}, {Departments: []string{"", "Clerk"}, Languages: []string{"es"}}, {Languages: []string{"fr\x00"}}} {
				q := retrieval.Query{Text: text, Mode: mode, Filter: f, Limit: 100}
				out = append(out, q)
				q.Context, q.Language, q.Limit = []retrieval.Weighted{{Text: "fishing license for a year", Weight: 0.4}}, "en", 0
				out = append(out, q)
			}
		}
	}
	return out
}
