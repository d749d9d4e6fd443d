package ingest_test

import (
	"context"
	"errors"
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
	"townclerk/knowledge/ingest"
	"townclerk/knowledge/source"
	"townclerk/retrieval/litesearch"
	"townclerk/retrieval/searchtest"
)

var update = flag.Bool("update", false, "write the golden files")

var town = pages{
	"dogs.md":  "# Dogs\n\n## License\n\nEvery dog needs a license.\n\n## Fees\n\nThe dog fee is five dollars.\n",
	"trash.md": "# Trash\n\nTrash is collected on Monday.\n",
	"pool.md":  "# Pool\n\nThe pool opens at noon.\n",
}

func TestUnchangedCostsNothing(t *testing.T) {
	b := newBench(t)
	r := b.sync(town)
	if r.Revision != 1 || r.New != 3 || r.Pages != 3 || r.Passages != 4 || r.Encoded != 4 || b.models.Texts() != 4 {
		t.Fatalf("%+v, %d texts", r, b.models.Texts())
	}
	before := b.rows()
	r = b.sync(town)
	if r.Revision != 1 || r.Unchanged != 3 || r.Pages != 3 || r.New+r.Changed+r.Retired+r.Passages+r.Encoded != 0 {
		t.Fatalf("%+v", r)
	}
	if b.models.Texts() != 4 || b.store.applied != 1 || b.rows() != before {
		t.Fatalf("%d texts, %d changes, %s", b.models.Texts(), b.store.applied, b.rows())
	}
}

func TestOnlyChangedPassagesAreEncoded(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	old := b.version("dogs.md")
	changed := with(town, pages{"dogs.md": strings.Replace(town["dogs.md"], "five", "six", 1)})
	r := b.sync(changed)
	if r.Revision != 2 || r.Changed != 1 || r.Unchanged != 2 || r.Passages != 2 || r.Encoded != 1 || b.models.Texts() != 5 {
		t.Fatalf("%+v, %d texts", r, b.models.Texts())
	}
	b.unchanged(b.manifest(), "dog fee", "six dollars")
	if v, err := b.store.Version(t.Context(), old.ID); err != nil || !strings.Contains(v.Text, "five dollars") {
		t.Fatalf("the version before: %q %v", v.Text, err)
	}
	if r = b.sync(town); r.Revision != 3 || r.Changed != 1 || r.Encoded != 0 || b.version("dogs.md").ID != old.ID {
		t.Fatalf("back to the version before: %+v", r)
	}
	b.unchanged(b.manifest(), "dog fee", "five dollars")
}

func TestRemovedPage(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	gone := b.version("pool.md")
	if r := b.sync(with(town, pages{"pool.md": ""})); r.Revision != 2 || r.Retired != 1 || r.Pages != 2 || r.Encoded != 0 {
		t.Fatalf("%+v", r)
	}
	for _, hit := range b.search("pool opens at noon").Hits {
		if hit.Passage.Version == gone.ID {
			t.Fatal("the page is still found")
		}
	}
	if v, err := b.store.Version(t.Context(), gone.ID); err != nil || v.Text != gone.Text {
		t.Fatalf("%+v %v", v, err)
	}
}

// A page that can no longer be read is reported, and is no longer an answer.
// A sync of a part leaves all other pages alone, whatever else it is told.
func TestPart(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	dogs := b.version("dogs.md").ID
	part := pages{"asked/cats.md": "# Cats\n\nCats need no license.\n", "asked/bees.md": "# Bees\n\nBees need a permit.\n"}
	asked := func(d knowledge.DocumentID) bool { return strings.HasPrefix(string(d), address("asked/")) }
	only := ingest.Options{Part: asked, Refit: true}
	for _, step := range []struct {
		src                                pages
		pages, added, retired, skipped, of int
	}{
		{part, 2, 2, 0, 0, 5},
		{part, 2, 0, 0, 0, 5},
		{with(part, pages{"pool.md": "# Pool\n\nClosed.\n"}), 2, 0, 0, 1, 5},
		{with(part, pages{"asked/bees.md": ""}), 1, 0, 1, 0, 4},
		{pages{}, 0, 0, 1, 0, 3},
		{pages{}, 0, 0, 0, 0, 3},
	} {
		r, err := b.try(step.src, only)
		if err != nil {
			t.Fatal(err)
		}
		if r.Pages != step.pages || r.New != step.added || r.Retired != step.retired || len(r.Skipped) != step.skipped || len(b.manifest().Live) != step.of {
			t.Errorf("%v: %+v, %d live, want %+v", step.src, r, len(b.manifest().Live), step)
		}
	}
	if b.version("dogs.md").ID != dogs || b.models.Texts() != 6 {
		t.Errorf("another page was touched: %d texts were encoded", b.models.Texts())
	}
	if r, err := b.try(part, only); err != nil || r.New != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r := b.sync(town); r.Retired != 2 {
		t.Errorf("a whole sync: %+v", r)
	}
}

func TestPageThatBreaks(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	r := b.sync(with(town, pages{"pool.md": "\x00binary", "trash.md": "---\ntitle: [\n---\n"}))
	if r.Retired != 2 || r.Pages != 1 || len(r.Skipped) != 2 || r.Skipped[0].Name != "pool.md" || r.Skipped[0].Reason != "holds binary data, not text" ||
		!strings.HasPrefix(r.Skipped[1].Reason, "front matter: ") {
		t.Fatalf("%+v", r)
	}
}

func TestRefusals(t *testing.T) {
	many := pages{}
	for i := range 24 {
		many[fmt.Sprintf("page%02d.md", i)] = fmt.Sprintf("Text about matter%02d.", i)
	}
	keep := func(n int) pages {
		p := pages{}
		for i := range n {
			name := fmt.Sprintf("page%02d.md", i)
			p[name] = many[name]
		}
		return p
	}
	for _, c := range []struct {
		name   string
		src    pages
		o      ingest.Options
		refuse string
	}{
		{"an empty folder", pages{}, ingest.Options{}, "24 of 24"},
		{"only what cannot be read", pages{"a.md": "\x00", "b.txt": "x"}, ingest.Options{}, "24 of 24"},
		{"more than half", keep(11), ingest.Options{}, "13 of 24"},
		{"half", keep(12), ingest.Options{}, ""},
		{"more than half, as told", keep(1), ingest.Options{RetireMany: true}, ""},
		{"all, as told", pages{}, ingest.Options{RetireMany: true}, ""},
		{"all, as told, with a new model", pages{}, ingest.Options{RetireMany: true, Refit: true}, ""},
	} {
		b := newBench(t)
		b.sync(many)
		before := b.manifest()
		r, err := b.try(c.src, c.o)
		if c.refuse == "" {
			if err != nil || r.Retired != 24-len(c.src) || len(b.manifest().Live) != len(c.src) {
				t.Errorf("%s: %+v %v", c.name, r, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.refuse) || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("%s: %v", c.name, err)
		}
		b.unchanged(before, "matter07", "matter07")
	}
	b := newBench(t)
	if _, err := b.try(pages{"a.txt": "x"}, ingest.Options{}); err == nil || !strings.Contains(err.Error(), "1 files skipped") || b.manifest().Revision != 0 {
		t.Errorf("nothing at all: %v", err)
	}
	small := pages{"a.md": "One.", "b.md": "Two.", "c.md": "Three."}
	b.sync(small)
	if r := b.sync(pages{"a.md": "One."}); r.Retired != 2 {
		t.Errorf("few pages may go: %+v", r)
	}
	if _, err := b.try(pages{}, ingest.Options{}); err == nil || len(b.manifest().Live) != 1 {
		t.Errorf("but not all: %v", err)
	}
}

func TestOneAddressTwice(t *testing.T) {
	b := newBench(t)
	src := with(town, pages{
		"a.md": "---\nurl: /dogs\n---\nFirst.", "dogs.html": "<link rel=canonical href='https://RIVERTON.example.gov/dogs#top'><p>Third.",
	})
	r := b.sync(src)
	if r.Pages != 3 || len(r.Skipped) != 2 || r.Skipped[0] != (ingest.Skip{Name: "dogs.html", Reason: "has the same address as a.md"}) || r.Skipped[1].Name != "dogs.md" {
		t.Fatalf("%+v", r)
	}
	if again := b.sync(src); again.Unchanged != 3 || len(again.Skipped) != 2 || again.Revision != 1 {
		t.Fatalf("%+v", again)
	}
}

// A model that is as good as the one in use is not changed to.
func TestModelStays(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	b.models.Name, b.models.Any = "better", true
	if r := b.sync(with(town, pages{"new.md": "New."})); r.Encoded != 1 || b.manifest().Encoder != "words" {
		t.Fatalf("%+v", r)
	}
}

// When another model is wanted, a sync encodes everything with it, though no page
// has changed. What it was given before it broke off is not asked for again.
func TestModelIsChangedAndResumed(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	before := b.manifest()
	paid := b.models.Texts()
	b.models.Name, b.models.Dims = "better", 32
	down := errors.New("out of order")
	slow := &gradually{Models: b.models, calls: 2, failure: down}
	if _, err := ingest.Sync(t.Context(), town, b.store, slow, ingest.Options{}); !errors.Is(err, down) {
		t.Fatal(err)
	}
	if got := b.models.Texts() - paid; got != 2 {
		t.Fatalf("%d texts encoded before it broke off", got)
	}
	b.models.Name, b.models.Dims = "words", 64 // what is live is still served
	b.unchanged(before, "dog fee", "five dollars")
	b.models.Name, b.models.Dims, slow.calls = "better", 32, 100
	paid = b.models.Texts()
	r, err := ingest.Sync(t.Context(), town, b.store, slow, ingest.Options{})
	if err != nil || r.Revision != 2 || r.Encoded != 2 || b.models.Texts()-paid != 2 || b.manifest().Encoder != "better" {
		t.Fatalf("%+v, %d texts, %v", r, b.models.Texts()-paid, err)
	}
	b.unchanged(b.manifest(), "dog fee", "five dollars")
}

// gradually are models that hand over a vector at a time, and fail after some.
type gradually struct {
	*searchtest.Models
	calls   int
	failure error
}

func (g *gradually) Fit(ctx context.Context, like []knowledge.Passage) (knowledge.Embedder, []byte, error) {
	e, state, err := g.Models.Fit(ctx, like)
	return oneByOne{e, g}, state, err
}

type oneByOne struct {
	knowledge.Embedder
	g *gradually
}

func (o oneByOne) Each(ctx context.Context, texts []string, done func(int, [][]float32) error) error {
	for i, t := range texts {
		if o.g.calls--; o.g.calls < 0 {
			return o.g.failure
		}
		v, err := o.Embed(ctx, []string{t})
		if err == nil {
			err = done(i, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestRefitEncodesAll(t *testing.T) {
	b := newBench(t)
	b.sync(town)
	before := b.manifest()
	b.models.Name, b.models.Dims = "better", 32
	r, err := b.try(town, ingest.Options{Refit: true})
	if err != nil || r.Revision != 2 || r.Encoded != 4 || r.Pages != 3 || r.New+r.Changed+r.Retired != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	m := b.manifest()
	if m.Encoder != "better" || string(m.Model) != "state of better" || fmt.Sprint(m.Live) != fmt.Sprint(before.Live) {
		t.Fatalf("%+v", m)
	}
	b.unchanged(m, "dog fee", "five dollars")
	if r := b.sync(town); r.Revision != 2 || r.Unchanged != 3 {
		t.Fatalf("%+v", r)
	}
}

// Another way of cutting gives every page another version, so that the passages
// of one version never change. What is cut as before is not encoded again.
func TestAnotherCut(t *testing.T) {
	b := newBench(t)
	long := with(town, pages{"long.md": strings.Repeat("A sentence of some words. ", 60)})
	b.sync(long)
	before := chunk.Default
	defer func() { chunk.Default = before }()
	chunk.Default = chunk.Limits{Target: 100, Max: 200, Hard: 400}
	r := b.sync(long)
	if r.Changed != 4 || r.Unchanged != 0 || r.Passages < 10 || r.Encoded != 1 {
		t.Fatalf("%+v", r)
	}
	b.unchanged(b.manifest(), "dog fee", "five dollars")
	for _, hit := range b.search("sentence of some words").Hits {
		if hit.Passage.Range.Len() > 200 {
			t.Errorf("a passage of %d bytes is still found", hit.Passage.Range.Len())
		}
	}
	if r := b.sync(long); r.Unchanged != 4 {
		t.Fatalf("%+v", r)
	}
}

// TestReport keeps the words that an operator reads about a folder in which
// everything is wrong that can be.
func TestReport(t *testing.T) {
	root := t.TempDir()
	for name, data := range map[string]string{
		"good.md": "Good.", "empty.md": "", "comment.html": "<!-- nothing -->", "heading.md": "# Only a heading", "picture.png": "\x89PNG",
		"renamed.html": "%PDF-1.7 x", "zeros.md": "a\x00b", "front.md": "---\ntitle: [a\n---\nText.", "twice.md": "---\nurl: /good\n---\nAgain.",
		"deep.html": strings.Repeat("<div>", 2000) + "x", "broken.md": "Gr\xf6\xdfe", "bad\x1b[2Jname.txt": "", "utf7.html": "<meta charset=iso-2022-kr><p>x",
		"bomb.md": "---\na: &a [x]\nb: *a\n---\nText.", "below.html": "<p>Below the limit.</p><!--" + strings.Repeat("x", 1<<20-100) + "-->",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	large := filepath.Join(root, "large.html")
	if err := os.WriteFile(large, []byte("<p>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 200<<20); err != nil { // takes no room on the disk
		t.Fatal(err)
	}
	if err := os.Symlink("good.md", filepath.Join(root, "link.md")); err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	r := b.sync(source.Folder{Root: root, Base: "https://riverton.example.gov", MaxBytes: 1 << 20})
	var out strings.Builder
	fmt.Fprintf(&out, "%d pages, %d new, %d passages, %d encoded\n", r.Pages, r.New, r.Passages, r.Encoded)
	for _, s := range r.Skipped {
		fmt.Fprintf(&out, "%s: %s\n", s.Name, s.Reason)
	}
	const golden = "testdata/report.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("the report is not %s (run with -update):\n%s", golden, out.String())
	}
	if v := b.version("broken.md"); v.Text != "Größe" {
		t.Errorf("%q", v.Text)
	}
}

func ExampleSync() {
	dir, err := os.MkdirTemp("", "townclerk")
	check(err)
	defer os.RemoveAll(dir)
	db, err := litedb.Open(filepath.Join(dir, "t.db"))
	check(err)
	defer db.Close()
	ctx := context.Background()
	store, err := litesearch.NewStore(ctx, db, time.Now)
	check(err)
	for range 2 {
		r, err := ingest.Sync(ctx, town, store, &searchtest.Models{Name: "words"}, ingest.Options{})
		check(err)
		fmt.Printf("revision %d: %d new, %d unchanged, %d passages encoded\n", r.Revision, r.New, r.Unchanged, r.Encoded)
	}
	// Output:
	// revision 1: 3 new, 0 unchanged, 4 passages encoded
	// revision 1: 0 new, 3 unchanged, 0 passages encoded
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
