package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"townclerk/bot"
	"townclerk/bot/guard"
)

// config is the configuration file. What is secret is not in it but in the
// environment.
type config struct {
	Agency agencyConfig `yaml:"agency"`
	Data   string       `yaml:"data"`
	// Database is a postgres:// address; empty: a SQLite file in Data.
	Database   string           `yaml:"database"`
	Postgres   postgresConfig   `yaml:"postgres"`
	Sources    []sourceConfig   `yaml:"sources"`
	Embeddings embeddingsConfig `yaml:"embeddings"`
	Rerank     rerankConfig     `yaml:"rerank"`
	Model      modelConfig      `yaml:"model"`
	Web        webConfig        `yaml:"web"`
	Answer     answerConfig     `yaml:"answer"`
	Limits     limitsConfig     `yaml:"limits"`
	// Departments are where inquiries are handed over to, Elsewhere other agencies.
	Departments []departmentConfig `yaml:"departments"`
	Elsewhere   []elsewhereConfig  `yaml:"elsewhere"`
	HandOver    handOverConfig     `yaml:"hand_over"`
	Slack       slackConfig        `yaml:"slack"`
	Inbox       inboxConfig        `yaml:"inbox"`
	Mail        mailConfig         `yaml:"mail"`
	Record      recordConfig       `yaml:"record"`
	// HelpLines are shown to people in danger, word for word.
	HelpLines []guard.HelpLine `yaml:"help_lines"`
	// Thesaurus are groups of words that mean the same, members parted by commas.
	Thesaurus []string `yaml:"thesaurus"`

	path string // of the file; empty: the defaults
	hash string
}

type agencyConfig struct {
	Name     string      `yaml:"name"`
	Language string      `yaml:"language"`
	TimeZone string      `yaml:"time_zone"` // by its name in IANA's list
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
	Threshold float64       `yaml:"threshold"`
	Deadline  time.Duration `yaml:"deadline"`
	// CaseNumbers are regular expressions for the agency's case numbers, which are
	// taken out like other personal data.
	CaseNumbers []string `yaml:"case_numbers"`
}

const defaultConfigFile = "townclerk.yaml"

func defaults() config {
	return config{
		Agency: agencyConfig{Name: "this agency", Language: "en", Contact: bot.Contact{Name: "the agency's office"}},
		Data:   "data",
		Web:    webConfig{Listen: "127.0.0.1:8080"},
		Limits: limitsConfig{Conversation: 60, Address: 600},
		Inbox:  inboxConfig{Enabled: true},
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
	if err := located(c.check(), path, data); err != nil {
		return c, err
	}
	if d := os.Getenv("TOWNCLERK_DATABASE"); d != "" {
		if !onPostgres(d) { // not repeated: it may hold a password
			return c, errors.New("TOWNCLERK_DATABASE: give an address that begins with postgres://, or unset it for a SQLite file in the data folder")
		}
		c.Database = d
	}
	sum := sha256.Sum256(data)
	c.hash = hex.EncodeToString(sum[:8])
	return c, nil
}

// decode reads YAML; unknown fields and wrong types are errors that show the
// line.
func decode(data []byte, c *config) error {
	d := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	said := *c
	err := d.Decode(&said)
	if errors.Is(err, io.EOF) { // empty, or comments only; said was zeroed
		return nil
	}
	*c = said
	if err != nil {
		return errors.New(plainTypes(strings.TrimSpace(yaml.FormatError(err, false, true))))
	}
	if err := d.Decode(&config{}); !errors.Is(err, io.EOF) {
		return errors.New("holds more than one document; only the first would count")
	}
	return nil
}

var wrongType = regexp.MustCompile(`cannot unmarshal (.+) into Go (?:struct field \S+|value) of type (\S+)`)

// plainTypes says what is wanted in words, where the decoder names Go's types.
func plainTypes(message string) string {
	words := func(goType string) string {
		switch {
		case strings.HasPrefix(goType, "[]"):
			return "a list"
		case strings.HasPrefix(goType, "map["), strings.HasPrefix(goType, "main."):
			return "a section"
		case goType == "string":
			return "a text"
		case goType == "time.Duration":
			return "a duration such as 30s"
		case goType == "bool":
			return "true or false"
		}
		return "a number"
	}
	return wrongType.ReplaceAllStringFunc(message, func(m string) string {
		parts := wrongType.FindStringSubmatch(m)
		return "here must be " + words(parts[2]) + ", not " + words(parts[1])
	})
}

func (c *config) relativeTo(dir string) {
	at := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(dir, p)
	}
	c.Data = at(c.Data)
	c.Record.Checkpoints = at(c.Record.Checkpoints)
	for i := range c.Sources {
		c.Sources[i].Folder = at(c.Sources[i].Folder)
	}
}
