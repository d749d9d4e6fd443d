package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"townclerk/bot/store"
)

// What a wrong file gets, with line and column, is in testdata: read it as who
// wrote the file would.
func TestConfigurationErrors(t *testing.T) {
	sourceDir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // so that the messages hold no temporary folder
	var got strings.Builder
	for _, test := range []struct{ name, text string }{
		{"an unknown field", "agency:\n  name: X\n  lingo: en\n"},
		{"a wrong type", "agency:\n  name: [1, 2]\n"},
		{"a word for a number", "agency:\n  name: X\nanswer:\n  threshold: high\n"},
		{"a text for a list", "web:\n  origins: https://x.gov\n"},
		{"a list for a section", "agency:\n  - X\n"},
		{"broken YAML", "agency:\n  name: X\n bad\n"},
		{"a field twice", "agency:\n  name: X\n  name: Y\n"},
		{"two documents", "agency:\n  name: X\n---\nagency:\n  name: Y\n"},
		{"no names", "agency:\n  name: ' '\n  contact:\n    name: ''\n"},
		{"a bad base", "sources:\n  - folder: a\n    base: www.example.gov\n  - base: ftp://x\n    max_mb: -1\n"},
		{"bad origins", "web:\n  origins:\n    - https://x.gov/\n    - https://X.gov\n    - x.gov\n    - https://x.gov#a\n    - https://u:p@x.gov\n    - https://x.gov?\n    - https://fine.gov:8443\n"},
		{"no number", "answer:\n  threshold: .nan\n"},
		{"certainty", "answer:\n  threshold: 1\n"},
		{"a contact that is no address", "agency:\n  contact:\n    url: javascript:alert(1)\n"},
		{"nothing to listen at", "web:\n  listen: ''\ndata: ''\n"},
		{"no limits", "limits:\n  conversation_per_hour: -1\n  address_header: 'X Y'\nagency:\n  time_zone: Mars/Base\n"},
		{"a budget without prices", "model:\n  daily_budget: 5\n  monthly_budget: -1\n"},
		{"departments without names", "departments:\n  - id: Water Works\n  - name: Parks\n    id: parks\n  - id: parks\n    name: Trees\n  - id: trees\n    name: x\n"},
		{"departments that back each other up", "departments:\n  - {id: a, name: A, backup: b}\n  - {id: b, name: B, backup: a}\n  - {id: c, name: C, backup: c}\n  - {id: d, name: D, backup: nosuch}\n  - {id: e, name: E, backup: a}\n"},
		{"a department's schedule", "departments:\n  - id: a\n    name: A\n    hours: {mo-fr: '8-17'}\n    holidays: [25 December]\n    time_zone: Local\n    answer_within: -1h\n  - id: b\n    name: B\n    hours: {sat: '17:00-08:00, 09:00-24:00'}\n"},
		{"a department's people", "departments:\n  - id: a\n    name: A\n    slack_channel: 'a b'\n    languages: [English]\n    contact: {url: 'ftp://x'}\n    mode: 'off'\n"},
		{"an inbox and a mail server", "inbox:\n  base_url: https://help.example.gov/\nmail:\n  host: smtp.example.gov:587\n  port: 99999\n  from: City Hall\n  username: u\n  tls: none\n"},
		{"mail without a server", "mail:\n  from: a@example.gov\n"},
		{"another way of TLS", "mail:\n  host: smtp.example.gov\n  from: a@example.gov\n  tls: ssl\n"},
		{"replies that become pages", "hand_over:\n  asked:\n    base: www.example.gov\n    review_after: 9000h\n"},
		{"nobody elsewhere", "elsewhere:\n  - url: courts.example.gov\n"},
	} {
		if err := os.WriteFile("townclerk.yaml", []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadConfig(&Globals{})
		if err == nil {
			t.Errorf("%s is taken", test.name)
			continue
		}
		got.WriteString("# " + test.name + "\n" + err.Error() + "\n\n")
	}
	t.Chdir(sourceDir)
	golden(t, "config-errors.golden", got.String())
}

func TestConfigurationDefaults(t *testing.T) {
	t.Chdir(t.TempDir())
	none, err := loadConfig(&Globals{})
	if err != nil || none.Agency.Name != "this agency" || none.Data != "data" || none.Web.Listen != "127.0.0.1:8080" || none.path != "" || none.hash == "" {
		t.Errorf("without a file: %+v, %v", none, err)
	}
	for _, text := range []string{"", "# nothing\n", "agency:\ndata:\nweb:\n", "agency:\n  contact:\n    phone: '1'\n"} {
		if err := os.WriteFile("townclerk.yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := loadConfig(&Globals{})
		if err != nil || c.Agency.Name != "this agency" || c.Agency.Contact.Name == "" || c.Data != "data" || c.Web.Listen != "127.0.0.1:8080" || c.Agency.Language != "en" {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
	if _, err := loadConfig(&Globals{Config: "nosuch.yaml"}); err == nil {
		t.Error("a file that is named must be there")
	}
}

func TestConfigurationPathsAreRelativeToTheFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"etc/t.yaml": "data: ../var\nsources:\n  - folder: site\n  - folder: /srv/pages\n"})
	c, err := loadConfig(&Globals{Config: filepath.Join(dir, "etc", "t.yaml")})
	if err != nil || c.Data != filepath.Join(dir, "var") || c.Sources[0].Folder != filepath.Join(dir, "etc", "site") || c.Sources[1].Folder != "/srv/pages" {
		t.Errorf("%+v, %v", c, err)
	}
	other, err := loadConfig(&Globals{Config: filepath.Join(dir, "etc", "t.yaml"), Store: "/elsewhere"})
	if err != nil || other.Data != "/elsewhere" || other.hash != c.hash {
		t.Errorf("%+v, %v", other, err)
	}
}

// The sample shows the defaults: what is commented out is taken when it is not.
func TestSampleConfigurationIsWhole(t *testing.T) {
	var c config
	if err := decode(sampleConfig, &c); err != nil {
		t.Fatal(err)
	}
	var on []string
	for line := range strings.Lines(string(sampleConfig)) {
		trimmed := strings.TrimLeft(line, " ")
		if rest, ok := strings.CutPrefix(trimmed, "# "); ok && (strings.HasPrefix(rest, "  ") || strings.HasPrefix(rest, "- ") || strings.Contains(rest, ": ") || strings.HasSuffix(rest, ":\n")) && !strings.Contains(rest, ". ") {
			line = line[:len(line)-len(trimmed)] + rest
		}
		on = append(on, line)
	}
	c = defaults()
	if err := decode([]byte(strings.Join(on, "")), &c); err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(on, ""))
	}
	if c.Agency.Contact.Email == "" || c.Agency.Contact.URL == "" || len(c.Web.Origins) == 0 || len(c.Web.LiveLinks) == 0 || c.Sources[0].MaxMB == 0 || len(c.Sources[0].Departments) == 0 || len(c.Thesaurus) == 0 || len(c.Departments) != 2 || len(c.Departments[0].Hours) != 2 || len(c.Elsewhere) == 0 || c.Inbox.BaseURL == "" || c.Mail.Port == 0 {
		t.Errorf("%+v", c)
	}
	t.Setenv(slackTokenKey, "xoxb-1")
	t.Setenv(slackAppKey, "xapp-1")
	if problems := c.check(); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}

// All who start at once have the same key.
func TestKeyIsMadeOnce(t *testing.T) {
	t.Setenv("TOWNCLERK_KEY", "")
	for range 20 {
		dir := t.TempDir()
		keys := make([]store.Key, 16)
		var all sync.WaitGroup
		for i := range keys {
			all.Go(func() {
				var err error
				if keys[i], err = masterKey(dir); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, k := range keys {
			if k != keys[0] || k == (store.Key{}) {
				t.Fatal("two keys were made")
			}
		}
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 {
			t.Errorf("left behind: %v, %v", files, err)
		}
		if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	if _, err := masterKey(filepath.Join(t.TempDir(), "nosuch")); err == nil {
		t.Error("a key without a folder")
	}
}

// A place is shown without what is secret in it.
func TestPlaceIsShownWithoutItsPassword(t *testing.T) {
	for address, want := range map[place]string{
		"postgres://u:pw@db.example.gov/t?sslmode=disable":            "postgres://u@db.example.gov/t?sslmode=disable",
		"postgres://u@db.example.gov/t?password=pw&sslmode=disable":   "postgres://u@db.example.gov/t?sslmode=disable",
		"postgres://u@db.example.gov/t?sslpassword=pw&target=primary": "postgres://u@db.example.gov/t?target=primary",
		"postgres://u:pw@db.example.gov:port/t":                       "postgres://…",
	} {
		if got := address.public(); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// A database in the environment that is none is refused, and not repeated: a server
// that took the file instead would keep conversations in the wrong place.
func TestBadDatabaseInTheEnvironment(t *testing.T) {
	for _, d := range []string{"mysql://u:pw@h/x", "host=db password=pw", "x", " "} {
		t.Setenv("TOWNCLERK_DATABASE", d)
		if _, err := loadConfig(&Globals{Store: t.TempDir()}); err == nil || strings.Contains(err.Error(), "pw") || !strings.Contains(err.Error(), "TOWNCLERK_DATABASE") {
			t.Errorf("%q: %v", d, err)
		}
	}
}

func TestListenAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:8080": true, ":0": true, "[::1]:443": true, "localhost:http": true, "8080": false, "127.0.0.1:99999": false, "127.0.0.1": false, "": false, ":": false,
	} {
		if listenable(address) != want {
			t.Errorf("%q is %v", address, !want)
		}
	}
}
