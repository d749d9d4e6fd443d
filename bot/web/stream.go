package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"townclerk/bot"
)

// stream answers a message as server-sent events: a "part" for each part as
// soon as it was committed, and an "end" with the whole answer, or an "error".
// An error before anything was sent is an ordinary response. While nothing
// happens, comments keep proxies from closing the connection.
//
// The desk runs on its own: a client that reads slowly, or not at all, holds up
// neither the turn nor any other client, and costs at most one goroutine until
// the turn ends.
func (s *server) stream(w http.ResponseWriter, r *http.Request, m bot.Incoming) error {
	ctx, cancel := s.turnContext(r)
	defer cancel()
	type result struct {
		answer bot.Answer
		err    error
	}
	parts := make(chan bot.Part, 64) // more than a turn has
	done := make(chan result, 1)
	go func() {
		a, err := s.ask(ctx, m, func(p bot.Part) {
			select {
			case parts <- p:
			case <-ctx.Done():
			}
		})
		done <- result{a, err}
	}()
	out := events{w: w, timeout: s.site.Timing.Write}
	beat := time.NewTicker(s.site.Timing.Heartbeat)
	defer beat.Stop()
	for {
		select {
		case p := <-parts:
			out.send("part", s.showPart(p))
		case <-beat.C:
			out.write(": still looking\n\n")
		case res := <-done:
			for len(parts) > 0 {
				out.send("part", s.showPart(<-parts))
			}
			if res.err == nil {
				out.send("end", s.showAnswer(res.answer))
				return nil
			}
			if !out.begun {
				return res.err
			}
			p := s.problem(res.err, s.language(r))
			s.logProblem(r, res.err, p)
			out.send("error", p)
			return nil
		}
	}
}

// events writes server-sent events, each flushed at once and within the
// deadline. After a failed write it stays silent.
type events struct {
	w       http.ResponseWriter
	timeout time.Duration
	begun   bool
	dead    bool
}

func (e *events) send(name string, v any) {
	data, err := json.Marshal(v) // one line: JSON escapes line ends in strings
	if err != nil {
		e.dead = true
		return
	}
	e.write(fmt.Sprintf("event: %s\ndata: %s\n\n", name, data))
}

func (e *events) write(text string) {
	if e.dead {
		return
	}
	rc := http.NewResponseController(e.w)
	rc.SetWriteDeadline(time.Now().Add(e.timeout))
	if !e.begun {
		e.begun = true
		e.w.Header().Set("Content-Type", "text/event-stream")
		e.w.Header().Set("X-Accel-Buffering", "no") // nginx would hold the parts back
		e.w.WriteHeader(http.StatusOK)
	}
	_, err := io.WriteString(e.w, text)
	if err == nil {
		err = rc.Flush()
	}
	e.dead = err != nil
}
