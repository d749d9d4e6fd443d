package web

import (
	"net/http"

	"townclerk/knowledge"
)

// A sourcePage is what source.html shows.
type sourcePage struct {
	words
	Agency   string
	Source   knowledge.Source
	DocDir   string
	Live     string
	Nodes    []node
	Marked   bool
	Bad      bool
	Language string
}

// source shows a version as it was when it was cited, with the quotes
// highlighted. The ranges are in the query because fragments stay in the
// browser. Bad ranges are left out and said to be.
func (s *server) source(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("version")
	if !ids.MatchString(id) {
		return errNotFound
	}
	v, err := s.library.Version(r.Context(), knowledge.VersionID(id))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, max-age=300")
	return s.render(w, http.StatusOK, "source.html", s.sourcePage(v, r.URL.Query()["r"], s.language(r)))
}

func (s *server) sourcePage(v knowledge.Version, values []string, l words) sourcePage {
	ranges, ok := parseRanges(values, v.Text)
	m := newMarker(v.Text, ranges)
	page := sourcePage{words: l, Agency: s.site.Agency, Source: v.Source, Language: v.Language,
		DocDir: direction(v.Language), Nodes: nodes(v, m)}
	page.Bad = !ok || !m.complete()
	page.Marked = len(ranges) > 0
	if page.Source.Title == "" {
		page.Source.Title = string(v.Document)
	}
	page.Live = s.live(liveAddress(v, m))
	return page
}

// liveAddress returns the live page's address at the section of the first mark.
func liveAddress(v knowledge.Version, m *marker) string {
	for _, b := range v.Blocks {
		if b.Anchor != "" && m.touches(b.Range) {
			return v.URL + "#" + b.Anchor
		}
	}
	return v.URL
}
