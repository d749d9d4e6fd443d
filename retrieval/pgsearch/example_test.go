package pgsearch_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"townclerk/internal/pgdb"
	"townclerk/knowledge"
	"townclerk/knowledge/chunk"
	"townclerk/knowledge/parse"
	"townclerk/retrieval"
	"townclerk/retrieval/hybrid"
	"townclerk/retrieval/lexical"
	"townclerk/retrieval/pgsearch"
	"townclerk/retrieval/searchtest"
)

// A page from its text to the passage that answers a question.
func Example() {
	ctx := context.Background()
	db, err := pgdb.Open(ctx, os.Getenv("DATABASE_URL"), pgdb.Options{Vector: true, AfterConnect: pgsearch.AfterConnect})
	check(err)
	defer db.Close()
	s, err := pgsearch.NewStore(ctx, db, time.Now, pgsearch.Options{})
	check(err)
	models := &searchtest.Models{Name: "words"}
	analyzer := lexical.NewAnalyzer()
	index := hybrid.NewIndex(s, hybrid.Encoders{Models: models, Analyzer: analyzer, Expander: lexical.NewExpander(analyzer, nil)})

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
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
