package litesearch_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"townclerk/internal/litedb"
	"townclerk/knowledge"
	"townclerk/knowledge/chunk"
	"townclerk/knowledge/parse"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
	"townclerk/retrieval/litesearch"
	"townclerk/retrieval/searchtest"
)

var update = flag.Bool("update", false, "write schema.sql")

type engine struct {
	*litesearch.Store
	*hybrid.Index
}

func TestConformance(t *testing.T) {
	analyzer := lexical.NewAnalyzer()
	thesaurus, err := lexical.NewThesaurus(analyzer, "en", nil)
	if err != nil {
		t.Fatal(err)
	}
	expander := lexical.NewExpander(analyzer, thesaurus)
	searchtest.Run(t, func(t *testing.T) func(knowledge.Models) searchtest.Engine {
		path := filepath.Join(t.TempDir(), "t.db")
		return func(m knowledge.Models) searchtest.Engine {
			s := store(t, path)
			return engine{s, hybrid.NewIndex(s, hybrid.Encoders{Models: m, Analyzer: analyzer, Expander: expander})}
		}
	})
}

func store(t *testing.T, path string) *litesearch.Store {
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
	return s
}

// TestSchema keeps schema.sql true to the migrations.
func TestSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	store(t, path)
	db, err := litedb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := dump(t, db.Read)
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Fatal("schema.sql is not what the migrations make; run the test with -update and review the difference")
	}
}

func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.Query(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
		AND name <> 'knowledge_migrations' ORDER BY type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	b := strings.Builder{}
	b.WriteString("-- The schema that the migrations make. A test compares it.\n")
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n" + s + ";\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A page from its text to the passage that answers a question.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "townclerk")
	check(err)
	defer os.RemoveAll(dir)
	db, err := litedb.Open(filepath.Join(dir, "t.db"))
	check(err)
	defer db.Close()
	s, err := litesearch.NewStore(ctx, db, time.Now)
	check(err)
	models := &searchtest.Models{Name: "words"}
	analyzer := lexical.NewAnalyzer()
	thesaurus, err := lexical.NewThesaurus(analyzer, "en", nil)
	check(err)
	index := hybrid.NewIndex(s, hybrid.Encoders{Models: models, Analyzer: analyzer, Expander: lexical.NewExpander(analyzer, thesaurus)})

	v, err := parse.Parse(parse.Raw{Name: "dogs.md", URL: "https://riverton.example.gov/dogs", Data: []byte("# Dogs\n\nEvery dog needs a license.\n")})
	check(err)
	page := knowledge.Page{Version: v, Passages: chunk.Cut(v, chunk.Default)}
	e, model, err := models.Fit(ctx, page.Passages)
	check(err)
	page.Vectors, err = e.Embed(ctx, []string{page.Passages[0].EncoderText()})
	check(err)
	_, err = s.Apply(ctx, knowledge.Change{Encoder: e.Fingerprint(), Model: model, Publish: []knowledge.Page{page}})
	check(err)

	res, err := index.Search(ctx, retrieval.Query{Text: "Do I have to license my dog?"})
	check(err)
	fmt.Println(res.Revision, res.Hits[0].Passage.URL, res.Hits[0].Passage.Text)
	// Output:
	// 1 https://riverton.example.gov/dogs Every dog needs a license.
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
