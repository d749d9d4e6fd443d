package scriptedslack

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is a call of the Web API that came in. Fields of a JSON body that are no
// strings are as JSON.
type Request struct {
	Method string
	Args   url.Values
	At     time.Time
	Fault  Fault  // what was made to go wrong
	Error  string // Slack's error code; "" where it was done or never looked at
}

// args are the fields of a call.
type args struct {
	url.Values
	host string
}

func (a args) bool(name string) bool { return a.Get(name) == "true" || a.Get(name) == "1" }

// reply is what a method answers, besides "ok".
type reply map[string]any

// failure is an error of Slack's.
type failure string

func (f failure) Error() string { return string(f) }

// web returns the methods.
func (w *Workspace) web() map[string]func(args) (reply, error) {
	return map[string]func(args) (reply, error){
		"apps.connections.open": w.openSocket,
		"auth.test":             w.authTest,
		"bots.info":             w.botInfo,
		"chat.delete":           w.deleteMessage,
		"chat.getPermalink":     w.permalink,
		"chat.postEphemeral":    w.postEphemeral,
		"chat.postMessage":      w.postMessage,
		"chat.update":           w.updateMessage,
		"conversations.history": w.history,
		"conversations.info":    w.info,
		"conversations.join":    w.info,
		"conversations.list":    w.list,
		"conversations.members": w.members,
		"conversations.replies": w.replies,
		"reactions.add":         w.react,
		"usergroups.list":       w.groups,
		"usergroups.users.list": w.groupUsers,
		"users.info":            w.userInfo,
		"views.open":            w.openView,
		"views.publish":         w.publishView,
		"views.push":            w.openView,
		"views.update":          w.updateView,
	}
}

// serveAPI answers a call of the Web API.
func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	method := r.PathValue("method")
	a, err := readArgs(r)
	if err != nil {
		send(rw, http.StatusOK, reply{"ok": false, "error": "invalid_json"})
		return
	}
	w.mu.Lock()
	w.host = r.Host
	q := Request{Method: method, Args: a.Values, At: w.opt.Now(), Fault: w.calls.pick(method, w.opt.Rand)}
	if w.down {
		q.Fault = Unavailable
	}
	var out reply
	if does(q.Fault) {
		out, err = w.call(method, token(r, a), a)
	}
	if code, ok := strings.CutPrefix(string(q.Fault), "says "); ok {
		err = failure(code)
	}
	if err != nil {
		q.Error = err.Error()
		out = reply{"ok": false, "error": q.Error}
	}
	w.requests = append(w.requests, q)
	w.touch()
	w.mu.Unlock()
	if !w.fail(rw, r, q.Fault) {
		send(rw, http.StatusOK, out)
	}
}

// does reports whether what was asked is done in spite of a fault.
func does(f Fault) bool { return f == "" || strings.HasPrefix(string(f), "did it") }

// call runs a method. The lock is held.
func (w *Workspace) call(method, token string, a args) (reply, error) {
	do, needs := w.methods[method], BotToken
	if method == "apps.connections.open" {
		needs = AppToken
	}
	switch {
	case do == nil:
		return nil, failure("unknown_method")
	case token == "":
		return nil, failure("not_authed")
	case token != BotToken && token != AppToken:
		return nil, failure("invalid_auth")
	case token != needs:
		return nil, failure("not_allowed_token_type")
	}
	out, err := do(a)
	if err != nil {
		return nil, err
	}
	out["ok"] = true
	return out, nil
}

func token(r *http.Request, a args) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	return a.Get("token")
}

// readArgs reads a form or a JSON object.
func readArgs(r *http.Request) (args, error) {
	a := args{r.URL.Query(), r.Host}
	data, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return a, err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		form, err := url.ParseQuery(string(data))
		for k, v := range form {
			a.Values[k] = v
		}
		return a, err
	}
	fields := map[string]json.RawMessage{}
	if len(data) > 0 {
		err = json.Unmarshal(data, &fields)
	}
	for k, v := range fields {
		var text string
		if json.Unmarshal(v, &text) != nil {
			text = string(v)
		}
		a.Set(k, text)
	}
	return a, err
}

func send(rw http.ResponseWriter, status int, out any) {
	data, err := json.Marshal(out)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	rw.Write(data)
}

// serveResponse answers at a response URL, through which an ephemeral message is
// changed.
func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request) {
	a, err := readArgs(r)
	if err == nil {
		w.mu.Lock()
		err = w.respond(r.PathValue("id"), a)
		w.touch()
		w.mu.Unlock()
	}
	if err != nil {
		send(rw, http.StatusNotFound, reply{"ok": false, "error": err.Error()})
		return
	}
	send(rw, http.StatusOK, reply{"ok": true})
}

// answerTo is where a response URL leads.
type answerTo struct {
	channel *channel
	ts      string
	user    string
	until   time.Time
}

func (w *Workspace) respond(id string, a args) error {
	to, ok := w.responses[id]
	if !ok || w.down || w.opt.Now().After(to.until) {
		return failure("expired_url")
	}
	m := to.channel.find(to.ts)
	switch {
	case m != nil && a.bool("delete_original"):
		if m.For == "" {
			w.remove(to.channel, m)
			return nil
		}
		to.channel.messages = slices.DeleteFunc(to.channel.messages, func(o *Message) bool { return o == m })
		return nil
	case m != nil && a.bool("replace_original"):
		next, err := w.compose("response_url", a)
		if err != nil {
			return err
		}
		m.Text, m.Blocks = next.Text, next.Blocks
		return nil
	}
	next, err := w.compose("response_url", a)
	if err != nil {
		return err
	}
	if a.Get("response_type") != "in_channel" {
		next.For = to.user
	}
	next.ThreadTS = a.Get("thread_ts")
	return w.add(to.channel, next)
}

// Requests returns the calls that came in so far, in order.
func (w *Workspace) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}
