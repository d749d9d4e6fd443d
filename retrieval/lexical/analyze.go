// Package lexical is the sparse encoder: words become terms by language
// (Unicode word segmentation, stop words, stemming, as kept by the Bleve
// project), terms are weighted by BM25, and words that the public uses are
// expanded to those that agencies write.
//
// All engines rank with the same Index, so they agree to the last digit.
package lexical

import (
	"strings"

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

// Analyzer turns text into terms. It is immutable and safe for concurrent use.
type Analyzer struct {
	byLanguage map[string]analysis.Analyzer
}

// analyserNames maps a language to the name that Bleve registers it under.
var analyserNames = map[string]string{
	"en": "en", "es": "es", "fr": "fr", "de": "de", "pt": "pt", "pl": "pl", "ar": "ar",
	"zh": "cjk", "ja": "cjk", "ko": "cjk",
}

// NewAnalyzer returns an analyser for all supported languages.
func NewAnalyzer() *Analyzer {
	a, cache := &Analyzer{byLanguage: map[string]analysis.Analyzer{}}, registry.NewCache()
	for language, name := range analyserNames {
		an, err := cache.AnalyzerNamed(name)
		if err != nil {
			panic("lexical: analyser " + name + " is not registered: " + err.Error()) // a build without its import
		}
		a.byLanguage[language] = an
	}
	return a
}

// Terms returns the terms of text in order. Unknown languages are read as
// English.
func (a *Analyzer) Terms(language, text string) []string {
	an := a.byLanguage[language]
	if an == nil {
		an = a.byLanguage["en"]
	}
	var terms []string
	for _, tok := range an.Analyze([]byte(strings.ReplaceAll(text, "’", "'"))) {
		terms = append(terms, string(tok.Term))
	}
	return terms
}
