package pgsearch_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"townclerk/internal/pgdb"
	"townclerk/internal/pgtest"
	"townclerk/knowledge"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
	"townclerk/retrieval/pgsearch"
	"townclerk/retrieval/searchtest"
)

var update = flag.Bool("update", false, "write schema.sql")

type engine struct {
	*pgsearch.Store
	*hybrid.Index
}

func words(t testing.TB) (*lexical.Analyzer, *lexical.Expander) {
	t.Helper()
	analyzer := lexical.NewAnalyzer()
	thesaurus, err := lexical.NewThesaurus(analyzer, "en", nil)
	if err != nil {
		t.Fatal(err)
	}
	return analyzer, lexical.NewExpander(analyzer, thesaurus)
}

// The suite passes with vectors in memory and with vectors in an index.
func TestConformance(t *testing.T) {
	analyzer, expander := words(t)
	for name, o := range map[string]pgsearch.Options{"exact": {}, "hnsw": {MemoryBelow: 1}} {
		t.Run(name, func(t *testing.T) {
			searchtest.Run(t, func(t *testing.T) func(knowledge.Models) searchtest.Engine {
				address := pgtest.URL(t)
				return func(m knowledge.Models) searchtest.Engine {
					s := store(t, connect(t, address, 6), o)
					return engine{s, hybrid.NewIndex(s, hybrid.Encoders{Models: m, Analyzer: analyzer, Expander: expander})}
				}
			})
		})
	}
}

func connect(t testing.TB, address string, conns int) *pgdb.DB {
	t.Helper()
	db, err := pgdb.Open(context.Background(), address, pgdb.Options{MaxConns: conns, Vector: true, AfterConnect: pgsearch.AfterConnect})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func store(t testing.TB, db *pgdb.DB, o pgsearch.Options) *pgsearch.Store {
	t.Helper()
	s, err := pgsearch.NewStore(context.Background(), db, time.Now, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
