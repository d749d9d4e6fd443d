package web

import (
	"net/http"
	"strings"
)

// handle serves a request or returns an error; what the client sees of the
// error is decided in problem.go.
type handle func(w http.ResponseWriter, r *http.Request) error

type route struct {
	pattern string
	handler http.Handler
}

// routes lists everything that is served. openapi.yaml is held against it.
func (s *server) routes() []route {
	return []route{
		{"GET /v1/site", s.forAPI(s.getSite)},
		{"GET /v1/openapi.yaml", s.forAPI(s.getFile("openapi.yaml"))},
		{"POST /v1/conversations", s.forAPI(s.limited(s.create))},
		{"GET /v1/conversations/{id}", s.forAPI(s.authenticated(s.transcript))},
		{"DELETE /v1/conversations/{id}", s.forAPI(s.authenticated(s.erase))},
		{"POST /v1/conversations/{id}/messages", s.forAPI(s.authenticated(s.message))},
		{"POST /v1/conversations/{id}/turns/{turn}/feedback", s.forAPI(s.authenticated(s.limited(s.feedback)))},
		{"POST /v1/conversations/{id}/turns/{turn}/handover", s.forAPI(s.authenticated(s.limited(s.forPeople(s.handOver))))},
		{"GET /v1/conversations/{id}/tickets", s.forAPI(s.authenticated(s.tickets))},
		{"GET /v1/conversations/{id}/receipt", s.forAPI(s.authenticated(s.limited(s.receipt)))},
		{"PUT /v1/conversations/{id}/tickets/{ticket}/address", s.forAPI(s.authenticated(s.limited(s.forPeople(s.leaveAddress))))},
		{"POST /v1/conversations/{id}/tickets/{ticket}/end", s.forAPI(s.authenticated(s.limited(s.forPeople(s.callOff))))},

		{"GET /{$}", s.forPage(s.chat)},
		{"POST /ask", s.forPage(s.formAsk)},
		{"POST /feedback", s.forPage(s.limited(s.formFeedback))},
		{"POST /erase", s.forPage(s.formErase)},
		{"POST /handover", s.forPage(s.limited(s.formPeople(s.formHandOver)))},
		{"POST /address", s.forPage(s.limited(s.formPeople(s.formAddress)))},
		{"POST /end", s.forPage(s.limited(s.formPeople(s.formCallOff)))},
		{"GET /receipt.txt", s.forPage(s.limited(s.pageReceipt))},
		{"GET /sources/{version}", s.forPage(s.source)},

		{"GET /ledger/checkpoint", s.forLedger(s.checkpoint)},
		{"GET /ledger/tile/{tile...}", s.forLedger(s.tile)},

		{"GET /widget.js", s.forPage(s.getFile("widget.js"))},
		{"GET /style.css", s.forPage(s.getFile("style.css"))},
		{"GET /favicon.ico", s.forPage(s.getFile("favicon.svg"))},
		{"GET /healthz", http.HandlerFunc(healthz)},
		{"GET /readyz", http.HandlerFunc(s.readyz)},
	}
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, r.handler)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		h, pattern := mux.Handler(r)
		switch {
		case r.Method == http.MethodOptions && strings.HasPrefix(r.URL.Path, "/v1/"):
			h = http.HandlerFunc(s.preflight)
		case pattern == "":
			h = s.unrouted(h)
		default:
			h = mux // sets the path's values
		}
		s.recovering(h).ServeHTTP(w, r)
	})
}

// unrouted answers in our own words where the mux has no route, or has one for
// other methods only.
func (s *server) unrouted(mux http.Handler) http.Handler {
	refuse := func(w http.ResponseWriter, r *http.Request) error {
		p := probe{header: w.Header()}
		mux.ServeHTTP(&p, r)
		if p.status == http.StatusMethodNotAllowed {
			return errMethod
		}
		return errNotFound
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			s.forAPI(refuse).ServeHTTP(w, r)
		} else {
			s.forPage(refuse).ServeHTTP(w, r)
		}
	})
}

// A probe is a response of which only the status and the header are wanted.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(status int)      { p.status = status }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
