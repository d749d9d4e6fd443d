package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"townclerk/bot/guard"
)

// problem is a setting that is well-formed but cannot be meant.
type problem struct{ field, text string }

// check finds the problems.
func (c *config) check() []problem {
	var out []problem
	add := func(field, format string, args ...any) {
		out = append(out, problem{field, fmt.Sprintf(format, args...)})
	}
	c.Agency.check(add)
	if t := c.Answer.Threshold; !(t >= 0 && t < 1) {
		add("answer.threshold", "%v is not between 0 and 1 (which is left out: nothing is certain)", t)
	}
	if _, err := guard.New(c.Answer.CaseNumbers); err != nil {
		add("answer.case_numbers", "%v", err)
	}
	c.Record.check(add)
	orDefault(add, "answer.deadline", c.Answer.Deadline, time.Second, 30*time.Second)
	if c.Data == "" {
		add("data", "name a folder for the database")
	}
	if problem := checkDatabase(c.Database); problem != "" {
		add("database", "%s", problem)
	}
	c.Web.check(add)
	c.Postgres.check(add)
	c.Embeddings.check(add)
	c.Rerank.check(add)
	c.Model.check(add)
	c.Limits.check(add)
	c.checkDepartments(add)
	c.checkHandOver(add)
	c.checkSlack(add)
	c.Inbox.check(add)
	c.Mail.check(add)
	for i, l := range c.HelpLines {
		at := fmt.Sprintf("help_lines[%d]", i)
		if !slices.Contains(guard.LineHazards, l.For) {
			add(at+".for", "%q is none of %q", l.For, guard.LineHazards)
		}
		if l.Name == "" || l.Phone == "" && l.URL == "" && l.Text == "" {
			add(at, "give the name, and a phone, a url or a text that says where help is")
		}
		if l.URL != "" && !webAddress(l.URL) {
			add(at+".url", "%q is no web address such as https://www.example.gov", l.URL)
		}
		if l.Phone != "" && !callable(l.Phone) {
			add(at+".phone", "%q is no phone number: it has no digit", l.Phone)
		}
		if l.Language != "" && !spoken(l.Language) {
			add(at+".language", "%q is no code of a language such as en, es or zh", l.Language)
		}
	}
	for i := range c.Sources {
		c.Sources[i].check(add, fmt.Sprintf("sources[%d]", i))
	}
	checkThesaurus(add, c.Thesaurus)
	return out
}

// checkDatabase says what is wrong with a database's address; a password is
// looked for where it can be seen by whoever reads the file.
func checkDatabase(address string) string {
	if address == "" {
		return ""
	}
	if !onPostgres(address) {
		return "give an address that begins with postgres://, or leave it out for a SQLite file in the data folder"
	}
	u, err := url.Parse(address)
	if err != nil {
		return "the address cannot be read; special characters in it must be written as %XX"
	}
	if _, has := u.User.Password(); has {
		return "a password does not belong into the file: set PGPASSWORD, or the whole address as TOWNCLERK_DATABASE"
	}
	return ""
}

func checkBase(base string) error {
	if base != "" && !webAddress(base) {
		return fmt.Errorf("%q is no web address such as https://www.example.gov", base)
	}
	return nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && u.User == nil
}

// origin reports whether an address is one as browsers send it.
func origin(o string) bool {
	u, err := url.Parse(o)
	return err == nil && webAddress(o) && o == u.Scheme+"://"+u.Host && o == strings.ToLower(o)
}

// located makes an error of problems: a line for each, with the line and column
// of the setting where the file has it, as the decoder writes them.
func located(problems []problem, path string, data []byte) error {
	var errs []error
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("%s: %s%s: %s", path, position(p.field, data), p.field, p.text))
	}
	return errors.Join(errs...)
}

// position returns "[line:column] " of the field, or of the section that lacks it;
// nothing where the file has neither.
func position(field string, data []byte) string {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return ""
	}
	for ; field != ""; field = field[:max(0, strings.LastIndexAny(field, ".["))] {
		at, err := yaml.PathString("$." + field)
		if err != nil {
			return ""
		}
		if node, err := at.FilterFile(file); err == nil && node != nil {
			p := node.GetToken().Position
			return fmt.Sprintf("[%d:%d] ", p.Line, p.Column)
		}
	}
	return ""
}
