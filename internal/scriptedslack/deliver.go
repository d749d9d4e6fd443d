package scriptedslack

import (
	"fmt"
	"slices"
	"time"
)

// Delivery is an attempt to bring something to the app.
type Delivery struct {
	Kind    string // events_api, interactive or slash_commands
	Type    string // of the event or interaction
	EventID string
	Attempt int // 0 is the first
	Mishap  Mishap
	Status  int    // of the app's answer over HTTP
	Failed  string // why it was not acknowledged; "" if it was
	Attack  bool   // what a mishap sent besides the event
}

// delivery is something on its way to the app.
type delivery struct {
	Delivery
	payload map[string]any
}

// event sends an event to the app, with what is to go wrong with it. The lock is held.
func (w *Workspace) event(event map[string]any) {
	kind, _ := event["type"].(string)
	id, now := w.id("Ev"), w.opt.Now().Unix()
	d := &delivery{Delivery: Delivery{Kind: "events_api", Type: kind, EventID: id, Mishap: w.mishaps.pick(kind, w.opt.Rand)}, payload: map[string]any{
		"token": "scripted", "type": "event_callback", "team_id": Team, "context_team_id": Team, "api_app_id": App, "event": event, "event_id": id,
		"event_time": now, "is_ext_shared_channel": false, "event_context": "4-" + id,
		"authorizations": []any{map[string]any{"team_id": Team, "user_id": BotUser, "is_bot": true}},
	}}
	w.pending++
	switch d.Mishap {
	case Late:
		go w.later(d, w.opt.After(w.opt.Late))
		return
	case OutOfOrder:
		w.held = append(w.held, d)
		go w.release(d, w.opt.After(w.opt.Ack))
		return
	}
	if x := w.attack(d); x != nil {
		w.queue = append(w.queue, x)
	}
	w.queue = append(w.queue, d)
	if d.Mishap == Twice {
		again := *d
		w.pending++
		w.queue = append(w.queue, &again)
	}
	w.queue = append(w.queue, w.held...)
	w.held = nil
	w.drain()
}

// attack is what an attacker sends beside a delivery, or nil. The lock is held.
func (w *Workspace) attack(d *delivery) *delivery {
	x := &delivery{Delivery: d.Delivery, payload: asMap(d.payload)}
	x.Attack = true
	switch d.Mishap {
	case Replayed:
	case Forged, OtherTeam:
		if d.EventID != "" {
			x.EventID = w.id("Ev")
			x.payload["event_id"] = x.EventID
		}
		if event, ok := x.payload["event"].(map[string]any); ok && event["text"] != nil {
			event["text"] = "forged"
			event["ts"] = w.stamp()
		}
		if d.Mishap == OtherTeam {
			elsewhere(x.payload)
		}
	default:
		return nil
	}
	if w.events == "" && d.Mishap != OtherTeam {
		return nil // over a socket nothing is signed
	}
	w.pending++
	return x
}

// elsewhere makes a payload one of another workspace.
func elsewhere(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, field := range v {
			if field == Team {
				v[k] = "T0ELSEWHERE"
			}
			elsewhere(field)
		}
	case []any:
		for _, e := range v {
			elsewhere(e)
		}
	}
}

// later queues a delivery when its time has come.
func (w *Workspace) later(d *delivery, due <-chan time.Time) {
	<-due
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, d)
	w.drain()
}

// release queues a delivery that waited in vain for another to overtake it.
func (w *Workspace) release(d *delivery, due <-chan time.Time) {
	<-due
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.Index(w.held, d); i >= 0 {
		w.held = slices.Delete(w.held, i, i+1)
		w.queue = append(w.queue, d)
		w.drain()
	}
}

// drain starts what sends the queue, if nothing does. The lock is held.
func (w *Workspace) drain() {
	if !w.draining && !w.down && len(w.queue) > 0 {
		w.draining = true
		go w.sendQueue()
	}
}

// sendQueue sends what is queued, in order: over HTTP the next when the app has
// answered, over a socket at once.
func (w *Workspace) sendQueue() {
	for {
		w.mu.Lock()
		if w.down || len(w.queue) == 0 {
			w.draining = false
			w.mu.Unlock()
			return
		}
		d := w.queue[0]
		w.queue = w.queue[1:]
		url := w.events
		w.mu.Unlock()
		switch {
		case d.Mishap == Lost && d.Attempt == 0:
			w.ended(d, "http_timeout")
		case url != "":
			_, why := w.post(url, d)
			w.ended(d, why)
		default:
			wait := w.write(d)
			go func() { _, why := wait(); w.ended(d, why) }()
		}
	}
}

// ended records an attempt and queues the next one where one is due.
func (w *Workspace) ended(d *delivery, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d.Failed = why
	w.deliveries = append(w.deliveries, d.Delivery)
	if why != "" && !d.Attack && d.Attempt < len(w.opt.Retry) {
		next := *d
		next.Attempt, next.Status = d.Attempt+1, 0
		go w.later(&next, w.opt.After(w.opt.Retry[d.Attempt]))
	} else {
		w.pending--
	}
	w.touch()
}

// interact brings what a person did to the app, and returns the answer.
func (w *Workspace) interact(kind string, payload map[string]any) ([]byte, error) {
	typ, _ := payload["type"].(string)
	if typ == "" {
		typ = kind
	}
	w.mu.Lock()
	d := &delivery{Delivery: Delivery{Kind: kind, Type: typ, Mishap: w.mishaps.pick(typ, w.opt.Rand)}, payload: payload}
	x, url, down := w.attack(d), w.interactive, w.down
	w.mu.Unlock()
	if down {
		return nil, fmt.Errorf("%s: Slack is down", typ)
	}
	bring := func(d *delivery) ([]byte, string) {
		switch {
		case d.Mishap == Lost:
			return nil, "http_timeout"
		case url != "":
			return w.post(url, d)
		}
		return w.write(d)()
	}
	if x != nil {
		_, why := bring(x)
		w.ended(x, why)
	}
	answer, why := bring(d)
	w.mu.Lock()
	defer w.mu.Unlock()
	d.Failed = why
	w.deliveries = append(w.deliveries, d.Delivery)
	w.touch()
	if why != "" {
		return nil, fmt.Errorf("%s: the app did not acknowledge it: %s", typ, why)
	}
	return answer, nil
}

// Deliveries returns the attempts that ended so far, in that order.
func (w *Workspace) Deliveries() []Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.deliveries)
}

// Lost returns the events that were given up after their last retry.
func (w *Workspace) Lost() []Delivery {
	return slices.DeleteFunc(w.Deliveries(), func(d Delivery) bool {
		return d.Failed == "" || d.Kind != "events_api" || d.Attempt < len(w.opt.Retry) || d.Attack
	})
}
