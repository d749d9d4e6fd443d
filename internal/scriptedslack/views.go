package scriptedslack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// View is a dialog or a home tab.
type View struct {
	ID              string          `json:"id"`
	TeamID          string          `json:"team_id"`
	Type            string          `json:"type"`
	Title           *Text           `json:"title,omitempty"`
	Submit          *Text           `json:"submit,omitempty"`
	Close           *Text           `json:"close,omitempty"`
	Blocks          json.RawMessage `json:"blocks"`
	PrivateMetadata string          `json:"private_metadata"`
	CallbackID      string          `json:"callback_id"`
	ExternalID      string          `json:"external_id"`
	Hash            string          `json:"hash"`
	AppID           string          `json:"app_id"`
	BotID           string          `json:"bot_id"`
	RootViewID      string          `json:"root_view_id"`
	State           map[string]any  `json:"state"`

	// User sees the view; Errors, by block, are what the app said of the last Submit.
	User   string            `json:"-"`
	Errors map[string]string `json:"-"`
}

const triggerLives = 3 * time.Second

// trigger is the leave to open a dialog once, soon.
type trigger struct {
	user  string
	until time.Time
	used  bool
}

// trigger returns a new trigger's identifier. The lock is held.
func (w *Workspace) trigger(user string) string {
	id := w.id("13.37.")
	w.triggers[id] = &trigger{user: user, until: w.opt.Now().Add(triggerLives)}
	return id
}

// readView reads and judges the view of a call.
func (w *Workspace) readView(method string, a args, kind string) (*View, error) {
	v := &View{}
	if json.Unmarshal([]byte(a.Get("view")), v) != nil || v.Type != kind {
		return nil, failure("invalid_arguments")
	}
	blocks, err := w.blocks(string(v.Blocks))
	if err != nil {
		return nil, err
	}
	v.Blocks = blocks
	w.judgeView(method, a, v)
	if len(v.overLimits()) > 0 {
		return nil, failure("invalid_arguments")
	}
	v.ID, v.TeamID, v.AppID, v.BotID, v.Hash = w.id("V"), Team, App, BotID, w.id("hash.")
	v.RootViewID, v.State = v.ID, map[string]any{"values": map[string]any{}}
	return v, nil
}

func (w *Workspace) openView(a args) (reply, error) {
	t := w.triggers[a.Get("trigger_id")]
	switch {
	case t == nil:
		return nil, failure("invalid_trigger_id")
	case t.used:
		return nil, failure("exchanged_trigger_id")
	case w.opt.Now().After(t.until):
		return nil, failure("expired_trigger_id")
	}
	v, err := w.readView("views.open", a, "modal")
	if err != nil {
		return nil, err
	}
	t.used, v.User = true, t.user
	w.views = append(w.views, v)
	return reply{"view": *v}, nil
}

func (w *Workspace) updateView(a args) (reply, error) {
	i := slices.IndexFunc(w.views, func(v *View) bool {
		return v.ID == a.Get("view_id") || v.ExternalID != "" && v.ExternalID == a.Get("external_id")
	})
	if i < 0 {
		return nil, failure("not_found")
	}
	old := w.views[i]
	if h := a.Get("hash"); h != "" && h != old.Hash {
		return nil, failure("hash_conflict")
	}
	v, err := w.readView("views.update", a, old.Type)
	if err != nil {
		return nil, err
	}
	v.ID, v.RootViewID, v.User = old.ID, old.RootViewID, old.User
	w.views[i] = v
	return reply{"view": *v}, nil
}

func (w *Workspace) publishView(a args) (reply, error) {
	user := a.Get("user_id")
	if _, ok := w.user(user); !ok {
		return nil, failure("user_not_found")
	}
	v, err := w.readView("views.publish", a, "home")
	if err != nil {
		return nil, err
	}
	v.User = user
	i := slices.IndexFunc(w.views, func(v *View) bool { return v.Type == "home" && v.User == user })
	if i < 0 {
		w.views = append(w.views, v)
		return reply{"view": *v}, nil
	}
	if h := a.Get("hash"); h != "" && h != w.views[i].Hash {
		return nil, failure("hash_conflict")
	}
	v.ID, v.RootViewID = w.views[i].ID, w.views[i].ID
	w.views[i] = v
	return reply{"view": *v}, nil
}

// Views returns the dialogs that a person has open, the topmost last.
func (w *Workspace) Views(user string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []View
	for _, v := range w.views {
		if v.User == user && v.Type == "modal" {
			out = append(out, *v)
		}
	}
	return out
}

// Home returns a person's home tab.
func (w *Workspace) Home(user string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.views {
		if v.User == user && v.Type == "home" {
			return *v, true
		}
	}
	return View{}, false
}

func (w *Workspace) view(id string) *View {
	for _, v := range w.views {
		if v.ID == id {
			return v
		}
	}
	return nil
}

// CloseView closes a dialog as its Cancel does.
func (w *Workspace) CloseView(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.views = slices.DeleteFunc(w.views, func(v *View) bool { return v.ID == id })
	w.touch()
}

// Submit submits a dialog and does what the app answers: the dialog closes, or shows
// errors (which are also an error here), or becomes another. Values go by the
// identifier of the block or the action; a field without one keeps what it began with.
// An error says as well that a field is missing, or that the app did not acknowledge.
func (w *Workspace) Submit(user, viewID string, values map[string]string) error {
	w.mu.Lock()
	v := w.view(viewID)
	if v == nil || v.User != user || v.Type != "modal" {
		w.mu.Unlock()
		return fmt.Errorf("%s has no dialog %s", user, viewID)
	}
	state, err := fill(Parse(v.Blocks), values)
	if err != nil {
		w.mu.Unlock()
		return err
	}
	v.State = map[string]any{"values": state}
	payload := w.person(user, "view_submission")
	payload["view"], payload["response_urls"], payload["trigger_id"] = asMap(v), []any{}, w.trigger(user)
	w.mu.Unlock()
	answer, err := w.interact("interactive", payload)
	if err != nil {
		return err
	}
	return w.submitted(viewID, answer)
}

// fill returns the state of a dialog whose fields have these values.
func fill(blocks []Block, values map[string]string) (map[string]any, error) {
	state := map[string]any{}
	for _, b := range blocks {
		if b.Type != "input" || b.Element == nil {
			continue
		}
		value, ok := values[b.BlockID]
		if !ok {
			value, ok = values[b.Element.ActionID]
		}
		if !ok {
			value = b.Element.InitialValue
			if b.Element.Initial != nil {
				value = b.Element.Initial.Value
			}
		}
		filled := b.Element.filled(value)
		if filled == nil || strings.TrimSpace(value) == "" && !b.Optional {
			return nil, fmt.Errorf("field %s cannot be %q", b.BlockID, value)
		}
		state[b.BlockID] = map[string]any{b.Element.ActionID: filled}
	}
	return state, nil
}

// submitted does what the app answered to a submission.
func (w *Workspace) submitted(id string, answer []byte) error {
	var said struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if len(strings.TrimSpace(string(answer))) > 0 && json.Unmarshal(answer, &said) != nil {
		return fmt.Errorf("the app answered %q to the submission, which is no JSON", answer)
	}
	if said.Action == "" || said.Action == "clear" {
		w.CloseView(id)
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.touch()
	old := w.view(id)
	if said.Action == "errors" || old == nil {
		if old != nil {
			old.Errors = said.Errors
		}
		return fmt.Errorf("the app refuses the submission: %v", said.Errors)
	}
	a := args{Values: map[string][]string{"view": {string(said.View)}}}
	v, err := w.readView("response_action", a, "modal")
	if err != nil {
		return err
	}
	v.User = old.User
	if said.Action == "update" {
		v.ID = old.ID
		*old = *v
		return nil
	}
	w.views = append(w.views, v)
	return nil
}
