package main

import (
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"townclerk/bot/answer"
)

// complain takes a setting that cannot be meant, and why.
type complain func(field, format string, args ...any)

// within wants a number, or a time, from least to most.
func within[N int | int64 | float64 | time.Duration](add complain, field string, value, least, most N) {
	if !(value >= least && value <= most) { // true for what is no number
		add(field, "%v is not between %v and %v", value, least, most)
	}
}

// orDefault is within, where zero stands for the default.
func orDefault[N int | int64 | float64 | time.Duration](add complain, field string, value, least, most N) {
	if value != 0 && !(value >= least && value <= most) {
		add(field, "%v is neither 0, for the default, nor between %v and %v", value, least, most)
	}
}

// unnamed wants nothing of a section, or the address and the name of a model. It
// reports whether there is no model to try: none is wanted, or one of the two lacks.
func unnamed(add complain, section, name, address, model string, used bool) (none bool) {
	noAddress, noModel := strings.TrimSpace(address) == "", strings.TrimSpace(model) == ""
	switch {
	case noAddress && noModel && used:
		add(section, "settings without a model: give base_url and %s, or leave the whole section out", name)
	case noAddress && used:
		add(section+".base_url", "%q is no address: give the model's, or leave the whole section out", address)
	case noModel && used:
		add(section+"."+name, "%q is no name: give the model's, or leave the whole section out", model)
	}
	return noAddress || noModel
}

// shown is an address without the password that should not be in it.
func shown(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "…" // where a password is cannot be told
	}
	return u.Redacted()
}

// line wants something to read in one line.
func line(add complain, field, value, want string) {
	if strings.TrimSpace(value) == "" {
		add(field, "%s", want)
	} else if strings.ContainsFunc(value, unicode.IsControl) {
		add(field, "%q holds a line break or another control character", value)
	}
}

func (c *agencyConfig) check(add complain) {
	line(add, "agency.name", c.Name, "give the agency's name")
	line(add, "agency.contact.name", c.Contact.Name, "say whom citizens can turn to")
	if u := c.Contact.URL; u != "" && !webAddress(u) {
		add("agency.contact.url", "%q is no web address such as https://www.example.gov/contact", u)
	}
	if p := c.Contact.Phone; p != "" && !callable(p) {
		add("agency.contact.phone", "%q is no phone number: it has no digit", p)
	}
	if e := c.Contact.Email; e != "" && !mailbox(e) {
		add("agency.contact.email", "%q is no address such as info@example.gov", e)
	}
	if all := answer.Languages(); !slices.Contains(all, c.Language) {
		add("agency.language", "%q is none of %s", c.Language, strings.Join(all, ", "))
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "Local" {
		add("agency.time_zone", "%q is no time zone such as America/Chicago", c.TimeZone)
	}
}

func (c *sourceConfig) check(add complain, at string) {
	if c.Folder == "" {
		add(at+".folder", "name a folder of pages")
	}
	if err := checkBase(c.Base); err != nil {
		add(at+".base", "%v", err)
	}
	if c.Language != "" && !spoken(c.Language) {
		add(at+".language", "%q is no code of a language such as en, es or zh", c.Language)
	}
	orDefault(add, at+".max_mb", c.MaxMB, 1, 1024)
	for _, path := range slices.Sorted(maps.Keys(c.Departments)) {
		line(add, at+".departments", c.Departments[path], fmt.Sprintf("%q has no department: give its name", path))
	}
}

func (c *webConfig) check(add complain) {
	if !listenable(c.Listen) {
		add("web.listen", "%q is no address to listen at: give a host and a port such as 127.0.0.1:8080", c.Listen)
	}
	for i, o := range c.Origins {
		if u, err := url.Parse(o); err != nil || !webAddress(o) || o != u.Scheme+"://"+u.Host || o != strings.ToLower(o) {
			add(fmt.Sprintf("web.origins[%d]", i), "%q is no origin such as https://www.example.gov (small letters, no path, no slash at the end)", o)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(c.LiveLinks)) {
		for _, address := range []string{from, c.LiveLinks[from]} {
			if !webAddress(address) {
				add("web.live_links", "%q is no web address such as https://www.example.gov/", address)
			}
		}
	}
	for i, e := range c.Examples {
		line(add, fmt.Sprintf("web.examples[%d]", i), e, "give a question to start with")
	}
	if c.Disclosure != "" {
		line(add, "web.disclosure", c.Disclosure, "say that this is an automated assistant, or leave it out for the built-in sentence")
	}
}

// checkThesaurus wants groups of two members or more.
func checkThesaurus(add complain, groups []string) {
	for i, g := range groups {
		members := 0
		for m := range strings.SplitSeq(g, ",") {
			if strings.ContainsFunc(m, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
				members++
			}
		}
		if members < 2 {
			add(fmt.Sprintf("thesaurus[%d]", i), "%q is no group: give two words or more, parted by commas", g)
		}
	}
}

// spoken reports whether it is the code of a language, without a region.
func spoken(code string) bool {
	base, err := language.ParseBase(code)
	return err == nil && base.String() == code && code != "und"
}

// callable reports whether there is something to dial.
func callable(phone string) bool { return strings.ContainsFunc(phone, unicode.IsDigit) }

func mailbox(address string) bool {
	a, err := mail.ParseAddress(address)
	return err == nil && a.Address == address
}

var hostName = regexp.MustCompile(`^[[:alnum:]]([[:alnum:]-]*[[:alnum:]])?(\.[[:alnum:]]([[:alnum:]-]*[[:alnum:]])?)*$`)

// listenable reports whether the address has a host, or none for all of them, and a
// port, by number or name.
func listenable(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" &&
		(!hostName.MatchString(host) || strings.Trim(host, "0123456789.") == "") {
		return false
	}
	if n, err := strconv.Atoi(port); err == nil {
		return n >= 0 && n < 1<<16
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil && port != ""
}
