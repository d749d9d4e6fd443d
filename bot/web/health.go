package web

import (
	"fmt"
	"net/http"
)

// healthz says that the process serves, whatever it depends on: where it does not
// answer, start it again.
func healthz(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusOK, "ok")
}

// readyz says whether requests should be sent here, for who chooses among several
// servers.
func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.site.Ready == nil {
		say(w, http.StatusOK, "ready")
		return
	}
	switch note, err := s.site.Ready(r.Context()); {
	case err != nil:
		say(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
	case note != "":
		say(w, http.StatusOK, "ready: "+note)
	default:
		say(w, http.StatusOK, "ready")
	}
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}
