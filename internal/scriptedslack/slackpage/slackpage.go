// Package slackpage shows a scripted Slack to people: channels, threads, dialogs and
// the app's home, as one of the invented clerks. Its forms do what people do in Slack;
// it works without the script, which only brings what is new.
package slackpage

import (
	"embed"
	"html"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"townclerk/internal/scriptedslack"
)

//go:embed page.html page.css page.js
var files embed.FS

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page serves one workspace.
type page struct {
	slack *scriptedslack.Workspace
	html  *template.Template
}

// New returns a handler that serves the workspace's page, and the workspace itself at
// its own paths.
func New(w *scriptedslack.Workspace) http.Handler {
	p := &page{slack: w}
	p.html = template.Must(template.New("page.html").Funcs(template.FuncMap{"mrkdwn": p.mrkdwn, "time": clock, "pair": pair, "unescape": html.UnescapeString}).ParseFS(files, "page.html"))
	people := http.NewServeMux()
	people.HandleFunc("GET /{$}", p.start)
	people.HandleFunc("GET /channel/{id}/{message}", p.permalink)
	people.HandleFunc("GET /as/{user}/", p.home)
	people.HandleFunc("GET /as/{user}/channel/{id}", p.channel)
	people.HandleFunc("GET /as/{user}/channel/{id}/{message}", p.channel)
	people.Handle("GET /page.css", http.FileServerFS(files))
	people.Handle("GET /page.js", http.FileServerFS(files))
	for action, do := range p.actions() {
		people.HandleFunc("POST /as/{user}/"+action, p.act(do))
	}
	guarded := http.NewCrossOriginProtection().Handler(people)
	mux := http.NewServeMux()
	for _, own := range []string{"/api/", "/socket/", "/response/"} {
		mux.Handle(own, w)
	}
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Security-Policy", policy)
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		rw.Header().Set("Referrer-Policy", "same-origin")
		rw.Header().Set("Cache-Control", "no-store")
		guarded.ServeHTTP(rw, r)
	})
	return mux
}

func (p *page) start(rw http.ResponseWriter, r *http.Request) {
	to := "/as/" + p.slack.Users()[0].ID + "/"
	if all := p.slack.Channels(); len(all) > 0 {
		to += "channel/" + all[0].ID
	}
	http.Redirect(rw, r, to, http.StatusSeeOther)
}

// permalink leads to a message as the first clerk sees it.
func (p *page) permalink(rw http.ResponseWriter, r *http.Request) {
	http.Redirect(rw, r, "/as/"+url.PathEscape(p.slack.Users()[0].ID)+"/channel/"+url.PathEscape(r.PathValue("id"))+"/"+url.PathEscape(r.PathValue("message")), http.StatusSeeOther)
}

// actions are what people do, by the end of the path; each returns an error to show.
func (p *page) actions() map[string]func(user string, f url.Values) error {
	return map[string]func(string, url.Values) error{
		"say": func(user string, f url.Values) error {
			if strings.TrimSpace(f.Get("text")) != "" {
				p.slack.Say(user, f.Get("channel"), f.Get("thread"), escape(f.Get("text")))
			}
			return nil
		},
		"edit": func(user string, f url.Values) error {
			return p.slack.Edit(user, f.Get("channel"), f.Get("ts"), escape(f.Get("text")))
		},
		"delete": func(user string, f url.Values) error {
			return p.slack.Delete(user, f.Get("channel"), f.Get("ts"))
		},
		"click": func(user string, f url.Values) error {
			if f.Get("view") != "" {
				return p.slack.ClickView(user, f.Get("view"), f.Get("action"), f.Get("value"))
			}
			return p.slack.Click(user, f.Get("channel"), f.Get("ts"), f.Get("action"), f.Get("value"))
		},
		"home": func(user string, f url.Values) error {
			p.slack.OpenHome(user)
			return nil
		},
		"submit": func(user string, f url.Values) error {
			values := map[string]string{}
			for k := range f {
				if block, ok := strings.CutPrefix(k, "field:"); ok {
					values[block] = f.Get(k)
				}
			}
			return p.slack.Submit(user, f.Get("view"), values)
		},
		"close": func(user string, f url.Values) error {
			p.slack.CloseView(f.Get("view"))
			return nil
		},
	}
}

// act does what a form says and goes back to where it stands.
func (p *page) act(do func(string, url.Values) error) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(rw, r.Body, 1<<20)
		if err := r.ParseForm(); err != nil {
			http.Error(rw, "the form could not be read", http.StatusBadRequest)
			return
		}
		user := r.PathValue("user")
		back := url.URL{Path: "/as/" + user + "/"}
		if strings.HasPrefix(r.PostForm.Get("back"), back.Path) {
			back.Path = r.PostForm.Get("back")
		}
		if err := do(user, r.PostForm); err != nil {
			back.RawQuery = url.Values{"problem": {err.Error()}}.Encode()
		}
		http.Redirect(rw, r, back.String(), http.StatusSeeOther)
	}
}

// escape is what Slack makes of what people type.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(strings.ReplaceAll(s, "\r\n", "\n"))
}
