package parse

import "net/url"

// canonicalURL prefers the address that the page names for itself, resolved
// against the one it was fetched from. Only web addresses without user
// information count; anything else leaves the fetched address in place.
func canonicalURL(said, fetched string) string {
	base, err := url.Parse(fetched)
	if err != nil {
		base = &url.URL{}
	}
	u, err := base.Parse(said)
	if said == "" || err != nil || u.User != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fetched
	}
	u.Fragment = ""
	return u.String()
}
