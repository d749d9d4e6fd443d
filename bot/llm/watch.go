package llm

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"townclerk/internal/modelhttp"
)

// watch bounds a stream: its bytes, and the time until its next piece.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	left   int64
	tail   []byte // the last bytes, to see the end mark
}

var (
	errIdle   = errors.New("no piece of text in time")
	errTooBig = errors.New("too many bytes")
)

func newWatch(ctx context.Context, bytes int64) (context.Context, *watch) {
	w := &watch{left: bytes}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(time.Hour, func() { w.cancel(errIdle) })
	return w.ctx, w
}

// within gives the next piece d from now.
func (w *watch) within(d time.Duration) { w.timer.Reset(d) }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// marked reports whether the stream's end mark was seen.
func (w *watch) marked() bool { return bytes.Contains(w.tail, []byte("[DONE]")) }

// explain says what an error of the stream means.
func (w *watch) explain(err error) error {
	var known *modelhttp.Error
	switch cause := context.Cause(w.ctx); {
	case errors.Is(err, errTooBig):
		return modelhttp.Failure(modelhttp.TooLarge, "the reply does not end")
	case errors.Is(cause, errIdle):
		return modelhttp.Failure(modelhttp.Timeout, "%v", errIdle)
	case errors.As(err, &known):
		return known
	case w.ctx.Err() != nil:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return modelhttp.Broken(err)
	}
	return modelhttp.Failure(modelhttp.Malformed, "") // the library's own error may quote the reply
}

type watchKey struct{}

// bodyOf is the body as the context's watch lets it be read.
func bodyOf(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	w, _ := ctx.Value(watchKey{}).(*watch)
	if w == nil {
		return body
	}
	return watched{body, w}
}

type watched struct {
	io.ReadCloser
	w *watch
}

// Read reads what the watch allows.
func (b watched) Read(p []byte) (int, error) {
	if b.w.left <= 0 {
		return 0, errTooBig
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.w.left)])
	b.w.left -= int64(n)
	b.w.tail = append(b.w.tail, p[:n]...)
	b.w.tail = b.w.tail[max(0, len(b.w.tail)-64):]
	return n, err
}
