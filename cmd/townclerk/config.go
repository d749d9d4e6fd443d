package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"townclerk/bot"
)

// config is the configuration file. What is secret is not in it but in the
// environment.
type config struct {
	Agency  agencyConfig   `yaml:"agency"`
	Data    string         `yaml:"data"`
	Sources []sourceConfig `yaml:"sources"`
	Web     webConfig      `yaml:"web"`
	Answer  answerConfig   `yaml:"answer"`
	// Thesaurus are groups of words that mean the same, members parted by commas.
	Thesaurus []string `yaml:"thesaurus"`

	path string // of the file; empty: the defaults
	hash string
}

type agencyConfig struct {
	Name     string      `yaml:"name"`
	Language string      `yaml:"language"`
	Contact  bot.Contact `yaml:"contact"`
}

type sourceConfig struct {
	Folder      string            `yaml:"folder"`
	Base        string            `yaml:"base"`
	Departments map[string]string `yaml:"departments"`
	Language    string            `yaml:"language"`
	MaxMB       int64             `yaml:"max_mb"`
}

type webConfig struct {
	Listen     string            `yaml:"listen"`
	Origins    []string          `yaml:"origins"`
	LiveLinks  map[string]string `yaml:"live_links"`
	Examples   []string          `yaml:"examples"`
	Disclosure string            `yaml:"disclosure"`
}

type answerConfig struct {
	Threshold float64 `yaml:"threshold"`
}

const defaultConfigFile = "townclerk.yaml"

func defaults() config {
	return config{
		Agency: agencyConfig{Name: "this agency", Language: "en", Contact: bot.Contact{Name: "the agency's office"}},
		Data:   "data",
		Web:    webConfig{Listen: "127.0.0.1:8080"},
	}
}

// loadConfig reads the file that the flags name, or the one that lies here, or
// none. Paths in the file are relative to it.
func loadConfig(g *Globals) (config, error) {
	c := defaults()
	path, given := g.Config, g.Config != ""
	if !given {
		path = defaultConfigFile
	}
	data, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := decode(data, &c); err != nil {
			return c, fmt.Errorf("%s: %w", path, err)
		}
		c.path = path
		c.relativeTo(filepath.Dir(path))
	case given || !errors.Is(err, fs.ErrNotExist):
		return c, fmt.Errorf("read the configuration: %w", err)
	}
	if g.Store != "" {
		c.Data = g.Store
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(data)
	c.hash = hex.EncodeToString(sum[:8])
	return c, nil
}

// decode reads YAML; unknown fields and wrong types are errors that show the
// line.
func decode(data []byte, c *config) error {
	d := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := d.Decode(c); err != nil && len(bytes.TrimSpace(data)) > 0 {
		return errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return nil
}

func (c *config) relativeTo(dir string) {
	at := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(dir, p)
	}
	c.Data = at(c.Data)
	for i := range c.Sources {
		c.Sources[i].Folder = at(c.Sources[i].Folder)
	}
}

// check finds what is well-formed but cannot be meant.
func (c *config) check() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if strings.TrimSpace(c.Agency.Name) == "" {
		add("agency.name: give the agency's name")
	}
	if t := c.Answer.Threshold; t < 0 || t >= 1 {
		add("answer.threshold: %v is not between 0 and 1", t)
	}
	for i, s := range c.Sources {
		if s.Folder == "" {
			add("sources[%d].folder: name a folder of pages", i)
		}
		if s.Base != "" && !webAddress(s.Base) {
			add("sources[%d].base: %q is no web address such as https://www.example.gov", i, s.Base)
		}
	}
	for i, o := range c.Web.Origins {
		if u, err := url.Parse(o); err != nil || !webAddress(o) || u.Path != "" || u.RawQuery != "" {
			add("web.origins[%d]: %q is no origin such as https://www.example.gov (no path, no slash at the end)", i, o)
		}
	}
	if u := c.Agency.Contact.URL; u != "" && !webAddress(u) {
		add("agency.contact.url: %q is no web address", u)
	}
	return errors.Join(errs...)
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && u.User == nil
}
