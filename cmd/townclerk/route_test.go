package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"

	"townclerk/evals/datasets/riverton"
	"townclerk/evals/run"
	"townclerk/knowledge/ingest"
	"townclerk/retrieval"
)

func testRouting(t *testing.T, p program) {
	dir := town(t)
	if _, errs, code := p.run(t, dir, "", nil, "route", "try", "carts"); code != 1 || !strings.Contains(errs, "departments") {
		t.Errorf("without departments: exit %d, %s", code, errs)
	}
	write(t, dir, map[string]string{
		"townclerk.yaml": `agency: {name: Town, contact: {name: Town Hall, phone: 555-0100}}
sources:
  - {folder: pages, base: https://town.example, departments: {carts: Solid Waste, a/: library}}
departments:
  - {id: waste, name: Solid Waste, does: Trash and carts., examples: [my trash was not collected, I need a second cart, the lid is broken, which day is trash day]}
  - {id: library, name: Library, does: Books., examples: [renew my books, get a library card, is the reading room open, I lost a book]}
elsewhere:
  - {name: County Courts, url: https://courts.example.gov, words: [jury duty]}
`,
		"inquiries.tsv":   "# what came in\nwaste\tplain\tthe truck forgot my trash\nlibrary\tplain\tlibrary card for my son\nwaste\todd\trenew my books\n-\tplain\tzymurgy quokka\n",
		"unknown.tsv":     "mayor\thello\n",
		"empty.tsv":       "\n",
		"inquiries.jsonl": `{"department": "waste", "inquiry": "my trash was not collected"}` + "\n",
	})
	p.must(t, dir, "ingest")
	golden(t, "route-eval.golden", p.must(t, dir, "route", "eval", "inquiries.tsv"))
	golden(t, "route-try.golden", p.must(t, dir, "route", "try", "my", "trash", "cart", "has", "a", "broken", "lid")+
		p.must(t, dir, "route", "try", "a letter about jury duty")+p.must(t, dir, "route", "try", "zymurgy quokka"))
	var got run.Routing
	if err := json.Unmarshal([]byte(p.must(t, dir, "route", "eval", "--json", "inquiries.jsonl")), &got); err != nil || got.Inquiries != 1 || got.Top1 != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	for file, want := range map[string]string{"unknown.tsv": `"mayor", which is no department`, "empty.tsv": "no inquiry", "townclerk.yaml": "line 1: "} {
		if _, errs, code := p.run(t, dir, "", nil, "route", "eval", file); code != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %s", file, code, errs)
		}
	}
}

// The demo's departments are in order, own all pages, and are routed to.
func TestDemoDepartments(t *testing.T) {
	c := demoConfig()
	c.Data = t.TempDir()
	if problems := c.check(); len(problems) > 0 {
		t.Fatal(problems)
	}
	h, err := open(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.ingest(t.Context(), riverton.Pages{}, ingest.Options{}, io.Discard); err != nil {
		t.Fatal(err)
	}
	live, err := h.knowledge.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	owners := map[string]bool{}
	for _, d := range c.Departments {
		owners[d.ID] = true
	}
	for _, p := range live.Passages {
		if p.Department != "" && !owners[p.Department] {
			t.Errorf("%s is of %q, which is no department", p.URL, p.Department)
		}
	}
	r := h.routing.current(t.Context())
	const question = "how do I appeal a parking ticket"
	found, err := h.index.Search(t.Context(), retrieval.Query{Text: question, Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Route(question, nil, found.Hits); got.Department != "parking" || got.Probability < 0.8 {
		t.Errorf("%+v", got)
	}
}
