package parse

import (
	"net/url"
	"strings"
)

// maxURL is the length of the longest address that a page may give itself.
const maxURL = 2000

// canonicalURL prefers the address that the page names for itself, resolved
// against the one it was fetched from. Only web addresses without user
// information count; anything else leaves the fetched address in place.
func canonicalURL(said, fetched string) string {
	base, err := url.Parse(fetched)
	if err != nil {
		base = &url.URL{}
	}
	said = strings.TrimSpace(said)
	u, err := base.Parse(said)
	if said == "" || len(said) > maxURL || err != nil {
		return fetched
	}
	if u.User != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fetched
	}
	u.Host = strings.ToLower(u.Host)
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}
