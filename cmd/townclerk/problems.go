package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
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
	if strings.TrimSpace(c.Agency.Name) == "" {
		add("agency.name", "give the agency's name")
	}
	if strings.TrimSpace(c.Agency.Contact.Name) == "" {
		add("agency.contact.name", "say whom citizens can turn to")
	}
	if u := c.Agency.Contact.URL; u != "" && !webAddress(u) {
		add("agency.contact.url", "%q is no web address", u)
	}
	if t := c.Answer.Threshold; !(t >= 0 && t < 1) {
		add("answer.threshold", "%v is not between 0 and 1", t)
	}
	if _, err := guard.New(c.Answer.CaseNumbers); err != nil {
		add("answer.case_numbers", "%v", err)
	}
	if d := c.Answer.Deadline; d != 0 && (d < time.Second || d > 30*time.Second) {
		add("answer.deadline", "%v is not between 1s and 30s", d)
	}
	if c.Data == "" {
		add("data", "name a folder for the database")
	}
	if problem := checkDatabase(c.Database); problem != "" {
		add("database", "%s", problem)
	}
	if !listenable(c.Web.Listen) {
		add("web.listen", "give an address to listen at, such as 127.0.0.1:8080")
	}
	c.Postgres.check(add)
	c.Embeddings.check(add)
	c.Rerank.check(add)
	c.Model.check(add)
	c.Limits.check(add)
	c.checkDepartments(add)
	c.checkHandOver(add)
	c.Inbox.check(add)
	c.Mail.check(add)
	if _, err := time.LoadLocation(c.Agency.TimeZone); err != nil || c.Agency.TimeZone == "Local" {
		add("agency.time_zone", "%q is no time zone such as America/Chicago", c.Agency.TimeZone)
	}
	for i, l := range c.HelpLines {
		at := fmt.Sprintf("help_lines[%d]", i)
		if !slices.Contains(guard.LineHazards, l.For) {
			add(at+".for", "%q is none of %q", l.For, guard.LineHazards)
		}
		if l.Name == "" || l.Phone == "" && l.URL == "" && l.Text == "" {
			add(at, "give the name, and a phone, a url or a text that says where help is")
		}
		if l.URL != "" && !webAddress(l.URL) {
			add(at+".url", "%q is no web address", l.URL)
		}
	}
	for i, s := range c.Sources {
		at := fmt.Sprintf("sources[%d]", i)
		if s.Folder == "" {
			add(at+".folder", "name a folder of pages")
		}
		if err := checkBase(s.Base); err != nil {
			add(at+".base", "%v", err)
		}
		if s.MaxMB < 0 {
			add(at+".max_mb", "%d is less than nothing", s.MaxMB)
		}
	}
	for i, o := range c.Web.Origins {
		if !origin(o) {
			add(fmt.Sprintf("web.origins[%d]", i), "%q is no origin such as https://www.example.gov (small letters, no path, no slash at the end)", o)
		}
	}
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

// listenable reports whether the address has a port, by number or name.
func listenable(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil || port == "" {
		return false
	}
	n, err := strconv.Atoi(port)
	return err != nil || n >= 0 && n < 1<<16
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

// position returns "[line:column] ", or nothing where the file has no such field.
func position(field string, data []byte) string {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return ""
	}
	at, err := yaml.PathString("$." + field)
	if err != nil {
		return ""
	}
	node, err := at.FilterFile(file)
	if err != nil || node == nil {
		return ""
	}
	p := node.GetToken().Position
	return fmt.Sprintf("[%d:%d] ", p.Line, p.Column)
}
