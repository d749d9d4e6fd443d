package scriptedslack

import (
	"math/rand/v2"
	"net/http"
	"strconv"
)

// Fault is what goes wrong with a call of the Web API.
type Fault string

// The faults. Those that begin with "did it" do what was asked before they fail.
const (
	RateLimited Fault = "429"         // Retry-After: Options.Wait
	ServerError Fault = "500"         // before anything was done
	Unavailable Fault = "503"         // as everything is while Slack is down
	Hang        Fault = "hangs"       // no answer until the client goes
	Dropped     Fault = "drops"       // closes the connection
	Slow        Fault = "did it late" // honest, Options.Late after it was done
	DoneHang    Fault = "did it and hangs"
	DoneError   Fault = "did it and 500"
	DoneDropped Fault = "did it and drops"
)

// Says is the fault of answering with an error of Slack's: Says("not_in_channel").
func Says(code string) Fault { return Fault("says " + code) }

// Mishap is what goes wrong with an event on its way to the app.
type Mishap string

// The mishaps. The last four send something besides the event, before it; of
// interactions only Forged, Replayed and OtherTeam are known.
const (
	Late       Mishap = "late"         // Options.Late after it happened
	OutOfOrder Mishap = "out of order" // after the next one
	Cut        Mishap = "cut"          // over a socket: the socket closes behind it
	Lost       Mishap = "lost"         // the first attempt never arrives
	Twice      Mishap = "twice"        // the same event again
	Forged     Mishap = "forged"       // HTTP: another event, its text "forged", signed with a wrong secret
	Replayed   Mishap = "replayed"     // HTTP: the event as signed ten minutes ago
	OtherTeam  Mishap = "other team"   // another event of another workspace, its text "forged"
)

// A plan says what is to go wrong, by name of what it happens to.
type plan[T ~string] struct {
	next   map[string][]T
	random []chance[T]
}

type chance[T ~string] struct {
	name string
	p    float64
	what []T
}

// pick returns what is to go wrong this time, or "".
func (p *plan[T]) pick(name string, r *rand.Rand) T {
	for _, n := range []string{name, ""} {
		if next := p.next[n]; len(next) > 0 {
			p.next[n] = next[1:]
			return next[0]
		}
	}
	for _, c := range p.random {
		if (c.name == "" || c.name == name) && len(c.what) > 0 && r.Float64() < c.p {
			return c.what[r.IntN(len(c.what))]
		}
	}
	return ""
}

func (p *plan[T]) script(name string, what []T) {
	if p.next == nil {
		p.next = map[string][]T{}
	}
	p.next[name] = append(p.next[name], what...)
}

// Fail makes the next calls of a method fail, one fault a call ("" is a call that
// does not); of all methods where method is "".
func (w *Workspace) Fail(method string, faults ...Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls.script(method, faults)
}

// FailAtRandom makes calls of a method fail with probability p, until Recover.
func (w *Workspace) FailAtRandom(method string, p float64, faults ...Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls.random = append(w.calls.random, chance[Fault]{method, p, faults})
}

// Disturb makes the next events of a type ("message", "app_home_opened",
// "block_actions", …; "" is all) suffer a mishap each.
func (w *Workspace) Disturb(event string, mishaps ...Mishap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mishaps.script(event, mishaps)
}

// DisturbAtRandom makes events suffer mishaps with probability p, until Recover.
func (w *Workspace) DisturbAtRandom(event string, p float64, mishaps ...Mishap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mishaps.random = append(w.mishaps.random, chance[Mishap]{event, p, mishaps})
}

// Recover ends all faults and mishaps that have not happened yet.
func (w *Workspace) Recover() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.mishaps = plan[Fault]{}, plan[Mishap]{}
}

// Down makes everything answer 503, closes the sockets and holds events back until Up.
func (w *Workspace) Down() {
	w.mu.Lock()
	w.down = true
	w.mu.Unlock()
	w.CloseSockets()
}

// Up ends Down.
func (w *Workspace) Up() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
	w.drain()
}

// fail plays a fault that has no answer to give, and reports whether it did.
func (w *Workspace) fail(rw http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f {
	case RateLimited:
		rw.Header().Set("Retry-After", strconv.Itoa(w.opt.Wait))
		send(rw, http.StatusTooManyRequests, reply{"ok": false, "error": "ratelimited"})
	case ServerError, DoneError:
		http.Error(rw, "internal error", http.StatusInternalServerError)
	case Unavailable:
		http.Error(rw, "service unavailable", http.StatusServiceUnavailable)
	case Hang, DoneHang:
		<-r.Context().Done()
	case Dropped, DoneDropped:
		panic(http.ErrAbortHandler)
	case Slow:
		select {
		case <-w.opt.After(w.opt.Late):
			return false
		case <-r.Context().Done():
		}
	default:
		return false
	}
	return true
}
