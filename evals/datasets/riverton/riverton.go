// Package riverton holds a sample agency, the made-up city of Riverton: its web
// site, its departments, and questions about it.
package riverton

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"path"
	"strings"

	"townclerk/bot/route"
	"townclerk/knowledge/parse"
	"townclerk/knowledge/source"
)

// Address is where Riverton's site would be.
const Address = "https://riverton.example.gov"

//go:embed site questions.jsonl questions.dev.jsonl departments.json
var files embed.FS

// Site returns the files of the site.
func Site() fs.FS {
	site, err := fs.Sub(files, "site")
	if err != nil {
		panic(err) // the name is a constant
	}
	return site
}

// Departments returns the city's departments with what each is in charge of and
// six inquiries for it.
func Departments() []route.Department {
	data, err := files.ReadFile("departments.json")
	var out []route.Department
	if err = errors.Join(err, json.Unmarshal(data, &out)); err != nil {
		panic(err) // it is part of the program
	}
	return out
}

// Pages is the site as a source.
type Pages struct{}

// Pages yields the site's pages.
func (Pages) Pages(context.Context) iter.Seq2[source.Found, error] {
	return func(yield func(source.Found, error) bool) {
		err := fs.WalkDir(Site(), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !parse.Supported(name) {
				return err
			}
			data, err := fs.ReadFile(Site(), name)
			if err != nil {
				return err
			}
			raw := parse.Raw{Name: name, URL: URL(name), Data: data}
			if !yield(source.Found{Name: name, Page: raw}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(source.Found{}, err)
		}
	}
}

// URL returns the address of a file of the site.
func URL(name string) string {
	p := strings.TrimSuffix(name, path.Ext(name))
	if p == "index" {
		return Address + "/"
	}
	return Address + "/" + p + "/"
}
