package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"townclerk/bot"
	"townclerk/bot/route"
)

// departmentConfig is a department that inquiries are handed over to. Pages whose
// department is its ID or its name are its own.
type departmentConfig struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Does says in a few words what it is in charge of, as citizens would say it;
	// Examples are inquiries for it.
	Does     string   `yaml:"does"`
	Examples []string `yaml:"examples"`
	// SlackChannel is by its identifier; empty: the inbox alone.
	SlackChannel string `yaml:"slack_channel"`
	// Hours are spans by days, such as mon-fri: "08:30-12:00, 13:00-17:00", in
	// TimeZone, which is the agency's where it is empty. Without hours it is always
	// open, but on Holidays, which are dates.
	Hours    map[string]string `yaml:"hours"`
	Holidays []string          `yaml:"holidays"`
	TimeZone string            `yaml:"time_zone"`
	// Languages are what its people answer in; empty: the agency's.
	Languages []string    `yaml:"languages"`
	Contact   bot.Contact `yaml:"contact"`
	// Backup is the department that unclaimed tickets go to.
	Backup string `yaml:"backup"`
	// AnswerWithin is working time; zero: nothing is promised before it was observed.
	AnswerWithin time.Duration `yaml:"answer_within"`
	// Mode is one of departmentModes; empty: normal.
	Mode string `yaml:"mode"`
}

// elsewhereConfig is another agency, which citizens take this one for.
type elsewhereConfig struct {
	Name     string   `yaml:"name"`
	URL      string   `yaml:"url"`
	Words    []string `yaml:"words"`
	Examples []string `yaml:"examples"`
}

const (
	modeNormal      = "normal"
	modePeopleFirst = "people_first" // its questions go to people, with what the bot found
	modeAlertsOnly  = "alerts_only"  // it is told, and the citizen gets its contact
)

func departmentModes() []string { return []string{modeNormal, modePeopleFirst, modeAlertsOnly} }

// patterns are what settings look like that are written by hand.
type patterns struct{ id, channel, language, days, span *regexp.Regexp }

func newPatterns() patterns {
	const day, clock = `(?:mon|tue|wed|thu|fri|sat|sun)`, `(?:[01]\d|2[0-3]):[0-5]\d`
	return patterns{
		id:       regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`),
		channel:  regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`),
		language: regexp.MustCompile(`^[a-z]{2,3}$`),
		days:     regexp.MustCompile(`^` + day + `(?:-` + day + `)?$`),
		span:     regexp.MustCompile(`^` + clock + `-(?:` + clock + `|24:00)$`),
	}
}

// checkDepartments finds what cannot be meant in both sections.
func (c *config) checkDepartments(add func(field, format string, args ...any)) {
	if len(c.Departments) == 0 && len(c.Elsewhere) > 0 {
		add("elsewhere", "name departments too: only then are inquiries routed")
	}
	p := newPatterns()
	c.checkNames(p, add)
	c.checkBackups(add)
	for i, d := range c.Departments {
		at := fmt.Sprintf("departments[%d]", i)
		d.checkSchedule(at, p, add)
		d.checkPeople(at, p, add)
	}
	for i, e := range c.Elsewhere {
		at := fmt.Sprintf("elsewhere[%d]", i)
		if strings.TrimSpace(e.Name) == "" {
			add(at+".name", "give the agency's name")
		}
		if !webAddress(e.URL) {
			add(at+".url", "%q is no web address; say where the agency is found", e.URL)
		}
		if len(e.Words) == 0 && len(e.Examples) == 0 {
			add(at, "give words or examples, or no inquiry is ever for it")
		}
	}
}

// checkNames makes sure that whatever a page says names one department.
func (c *config) checkNames(p patterns, add func(field, format string, args ...any)) {
	owner := map[string]int{}
	for i, d := range c.Departments {
		at := fmt.Sprintf("departments[%d]", i)
		if !p.id.MatchString(d.ID) || len(d.ID) > 64 {
			add(at+".id", "%q is no identifier such as business-licenses (small letters, digits, hyphens)", d.ID)
		}
		if strings.TrimSpace(d.Name) == "" {
			add(at+".name", "give the department's name")
		}
		for _, f := range []struct{ field, name string }{{".id", d.ID}, {".name", d.Name}} {
			name := strings.ToLower(f.name)
			if first, taken := owner[name]; taken && first != i {
				add(at+f.field, "departments[%d] has %q already", first, f.name)
			} else if name != "" {
				owner[name] = i
			}
		}
	}
}

func (c *config) checkBackups(add func(field, format string, args ...any)) {
	backup := map[string]string{}
	for _, d := range c.Departments {
		backup[d.ID] = d.Backup
	}
	for i, d := range c.Departments {
		at := fmt.Sprintf("departments[%d].backup", i)
		if _, known := backup[d.Backup]; !known && d.Backup != "" {
			add(at, "there is no department %q", d.Backup)
			continue
		}
		way := []string{d.ID}
		for next := d.Backup; next != "" && len(way) <= len(c.Departments); next = backup[next] {
			way = append(way, next)
			if next == d.ID {
				add(at, "leads back to where it began: %s", strings.Join(way, " -> "))
				break
			}
		}
	}
}

// checkSchedule checks days and times.
func (d *departmentConfig) checkSchedule(at string, p patterns, add func(field, format string, args ...any)) {
	for _, days := range slices.Sorted(maps.Keys(d.Hours)) {
		if !p.days.MatchString(days) {
			add(at+".hours", "%q is no day or span of days such as sat or mon-fri", days)
		}
		for span := range strings.SplitSeq(d.Hours[days], ",") {
			span = strings.TrimSpace(span)
			if from, to, _ := strings.Cut(span, "-"); !p.span.MatchString(span) || from >= to {
				add(at+".hours", "%q is no span such as 08:30-17:00", span)
			}
		}
	}
	for i, h := range d.Holidays {
		if _, err := time.Parse(time.DateOnly, h); err != nil {
			add(fmt.Sprintf("%s.holidays[%d]", at, i), "%q is no date such as 2026-12-25", h)
		}
	}
	if _, err := time.LoadLocation(d.TimeZone); err != nil || d.TimeZone == "Local" {
		add(at+".time_zone", "%q is no time zone such as America/Chicago", d.TimeZone)
	}
	if d.AnswerWithin < 0 {
		add(at+".answer_within", "%v is less than nothing", d.AnswerWithin)
	}
}

// checkPeople checks how people are reached, and what is left to them.
func (d *departmentConfig) checkPeople(at string, p patterns, add func(field, format string, args ...any)) {
	if d.SlackChannel != "" && !p.channel.MatchString(d.SlackChannel) {
		add(at+".slack_channel", "%q is no channel's identifier such as C0123456789; it stands at the end of the channel's details", d.SlackChannel)
	}
	for i, l := range d.Languages {
		if !p.language.MatchString(l) {
			add(fmt.Sprintf("%s.languages[%d]", at, i), "%q is no language such as en or es", l)
		}
	}
	if u := d.Contact.URL; u != "" && !webAddress(u) {
		add(at+".contact.url", "%q is no web address", u)
	}
	if d.Mode != "" && !slices.Contains(departmentModes(), d.Mode) {
		add(at+".mode", "%q is none of %q", d.Mode, departmentModes())
	}
}

// routed are the departments and other agencies as the router wants them.
func (c *config) routed() (departments []route.Department, elsewhere []route.Agency) {
	for _, d := range c.Departments {
		departments = append(departments, route.Department{ID: bot.DepartmentID(d.ID), Name: d.Name, Does: d.Does, Examples: d.Examples})
	}
	for _, e := range c.Elsewhere {
		elsewhere = append(elsewhere, route.Agency(e))
	}
	return departments, elsewhere
}
