// Package lexical is the sparse encoder: words become terms by language
// (Unicode word segmentation, stop words, stemming, as kept by the Bleve
// project), terms are weighted by BM25, and words that the public uses are
// expanded to those that agencies write.
//
// Both engines rank with the same Index, so they agree to the last digit.
package lexical

import (
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ar" // registers the analyser
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/de"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/es"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pl"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pt"
	"github.com/blevesearch/bleve/v2/registry"
)

// Analyzer turns text into terms. It is safe for concurrent use.
type Analyzer struct {
	cache  *registry.Cache
	mu     sync.Mutex
	byLang map[string]analysis.Analyzer
}

// NewAnalyzer returns an analyser for all supported languages.
func NewAnalyzer() *Analyzer {
	return &Analyzer{cache: registry.NewCache(), byLang: map[string]analysis.Analyzer{}}
}

// analyserNames maps a language to the name that Bleve registers it under.
var analyserNames = map[string]string{
	"en": "en", "es": "es", "fr": "fr", "de": "de", "pt": "pt", "pl": "pl", "ar": "ar",
	"zh": "cjk", "ja": "cjk", "ko": "cjk",
}

// Terms returns the terms of text in order. Unknown languages are read as
// English.
func (a *Analyzer) Terms(language, text string) []string {
	var terms []string
	for _, tok := range a.forLanguage(language).Analyze([]byte(strings.ReplaceAll(text, "’", "'"))) {
		terms = append(terms, string(tok.Term))
	}
	return terms
}

func (a *Analyzer) forLanguage(language string) analysis.Analyzer {
	name := analyserNames[language]
	if name == "" {
		name = "en"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if an, ok := a.byLang[name]; ok {
		return an
	}
	an, err := a.cache.AnalyzerNamed(name)
	if err != nil {
		panic("lexical: analyser " + name + " is not registered: " + err.Error()) // a build without its import
	}
	a.byLang[name] = an
	return an
}
