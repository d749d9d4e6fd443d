package ingest_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"townclerk/internal/litedb"
	"townclerk/knowledge"
	"townclerk/knowledge/ingest"
	"townclerk/knowledge/parse"
	"townclerk/knowledge/source"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
	"townclerk/retrieval/litesearch"
	"townclerk/retrieval/searchtest"
)

// pages is a source of Markdown pages by name.
type pages map[string]string

func (p pages) Pages(context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		for _, name := range slices.Sorted(maps.Keys(p)) {
			raw := parse.Raw{Name: name, URL: address(name), Data: []byte(p[name])}
			if !yield(source.Found{Name: name, Page: raw}, nil) {
				return
			}
		}
	}
}

func address(name string) string {
	return "https://riverton.example.gov/" + strings.TrimSuffix(name, filepath.Ext(name))
}

func with(p pages, changes pages) pages {
	p = maps.Clone(p)
	maps.Copy(p, changes)
	maps.DeleteFunc(p, func(_, text string) bool { return text == "" })
	return p
}

// bench is a store with what a sync needs beside it.
type bench struct {
	*testing.T
	db     *litedb.DB
	store  *counting
	models *searchtest.Models
	index  *hybrid.Index
}

// counting counts the changes that are applied.
type counting struct {
	*litesearch.Store
	applied int
	before  func() // called before a change is applied, unless nil
}

func (c *counting) Apply(ctx context.Context, change knowledge.Change) (knowledge.Revision, error) {
	c.applied++
	if c.before != nil {
		c.before()
	}
	return c.Store.Apply(ctx, change)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return openBench(t, filepath.Join(t.TempDir(), "t.db"))
}

func openBench(t *testing.T, path string) *bench {
	t.Helper()
	db, err := litedb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := litesearch.NewStore(t.Context(), db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	analyzer := lexical.NewAnalyzer()
	thesaurus, err := lexical.NewThesaurus(analyzer, "en", nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &searchtest.Models{Name: "words"}
	return &bench{t, db, &counting{Store: s}, m, hybrid.NewIndex(s, hybrid.Encoders{Models: m, Analyzer: analyzer, Expander: lexical.NewExpander(analyzer, thesaurus)})}
}

func (b *bench) try(src ingest.Source, o ingest.Options) (ingest.Report, error) {
	return ingest.Sync(b.Context(), src, b.store, b.models, o)
}

func (b *bench) sync(src ingest.Source) ingest.Report {
	b.Helper()
	r, err := b.try(src, ingest.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func (b *bench) manifest() knowledge.Manifest {
	b.Helper()
	m, err := b.store.Manifest(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// version returns what is live of a page.
func (b *bench) version(name string) knowledge.Version {
	b.Helper()
	v, err := b.store.Version(b.Context(), b.manifest().Live[knowledge.DocumentID(address(name))])
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func (b *bench) search(text string) retrieval.Result {
	b.Helper()
	r, err := b.index.Search(b.Context(), retrieval.Query{Text: text, Limit: 100})
	if err != nil || r.Degraded != "" {
		b.Fatal(r.Degraded, err)
	}
	return r
}

// unchanged fails unless the store is as it was and still answers.
func (b *bench) unchanged(before knowledge.Manifest, question, answer string) {
	b.Helper()
	after := b.manifest()
	if after.Revision != before.Revision || after.Encoder != before.Encoder || !maps.Equal(after.Live, before.Live) {
		b.Fatalf("%+v is no longer %+v", after, before)
	}
	hits := b.search(question).Hits
	if len(hits) == 0 || !strings.Contains(hits[0].Passage.Text, answer) {
		b.Fatalf("%q finds %+v", question, hits)
	}
}

// count returns the rows of a table.
func (b *bench) count(table string) (n int) {
	b.Helper()
	if err := b.db.Read.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

func (b *bench) rows() string {
	b.Helper()
	var s []string
	for _, table := range []string{"revisions", "models", "versions", "passages", "vectors", "live"} {
		s = append(s, fmt.Sprint(table, " ", b.count(table)))
	}
	return strings.Join(s, ", ")
}
