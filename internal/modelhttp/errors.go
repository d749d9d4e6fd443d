package modelhttp

import (
	"fmt"
	"strings"
	"time"
)

// Kind is what went wrong. It is itself an error, so that
// errors.Is(err, remote.BadKey) holds for an *Error of that kind.
type Kind string

// The kinds. Those of the first group are tried again.
const (
	Connection  Kind = "the connection failed"
	CutOff      Kind = "the reply broke off"
	Timeout     Kind = "no reply in time"
	RateLimited Kind = "too many requests"
	ServerFault Kind = "the server failed"

	Untrusted      Kind = "the server's certificate is not trusted"
	Cancelled      Kind = "cancelled"
	BadKey         Kind = "the server refused the key"
	OutOfQuota     Kind = "the account has no quota left"
	ModelMissing   Kind = "the server has no such model (or nothing at this address)"
	WrongAddress   Kind = "nothing at this address; is the base URL right?"
	TooLong        Kind = "a text or a batch is longer than the server takes"
	Refused        Kind = "the server refused the request"
	BadInput       Kind = "a text cannot be encoded"
	TooLarge       Kind = "the reply is too large"
	NotJSON        Kind = "the reply is not JSON; is the base URL right?"
	Malformed      Kind = "the reply is malformed"
	NoData         Kind = "the reply has no data"
	WrongCount     Kind = "the reply has the wrong number of results"
	WrongIndex     Kind = "the reply's indexes do not match the texts"
	WrongDimension Kind = "a vector has the wrong dimension"
	NotFinite      Kind = "the reply has a number that is not finite"
	ZeroVector     Kind = "a vector is zero"
	Resting        Kind = "the server has failed repeatedly and is left alone for a while"
)

// Error returns the kind in words.
func (k Kind) Error() string { return string(k) }

// Retried reports whether a failure of the kind is tried again.
func (k Kind) Retried() bool {
	switch k {
	case Connection, CutOff, Timeout, RateLimited, ServerFault:
		return true
	}
	return false
}

// Error is a call that failed. Its text is for an operator and holds neither the
// key nor a text that was sent.
type Error struct {
	Kind Kind
	// Op is "embed", "rerank" or "write", Model and Host what was called.
	Op, Model, Host string
	// What adds the particulars: numbers and indexes, in our own words.
	What string
	// Status and Code are the server's, zero and empty where it sent none.
	Status int
	Code   string
	// RetryAfter is what the server asked for, zero where it did not.
	RetryAfter time.Duration
	// Final says that another attempt would not do, whatever the kind.
	Final bool
	// Attempts is how often the batch was sent.
	Attempts int
	// Detail is what the server said, cut to 300 bytes, without the key. It may
	// quote the texts that were sent, so it does not go into a log.
	Detail string
	// Err is the cause beneath, where there is one.
	Err error
}

// Error says what failed, where, and how often it was tried.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s with %s at %s: %s", e.Op, e.Model, e.Host, e.Kind)
	if e.What != "" {
		b.WriteString(": " + e.What)
	}
	var more []string
	if e.Status != 0 {
		more = append(more, fmt.Sprintf("status %d", e.Status))
	}
	if e.Code != "" {
		more = append(more, e.Code)
	}
	if e.RetryAfter > 0 {
		more = append(more, fmt.Sprintf("asks to wait %v", e.RetryAfter))
	}
	if e.Attempts > 1 {
		more = append(more, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if len(more) > 0 {
		b.WriteString(" (" + strings.Join(more, ", ") + ")")
	}
	return b.String()
}

// Is reports whether target is the error's kind.
func (e *Error) Is(target error) bool { k, ok := target.(Kind); return ok && k == e.Kind }

// Unwrap returns the cause beneath.
func (e *Error) Unwrap() error { return e.Err }

// Failure is an error of the kind with its particulars, in our own words.
func Failure(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, What: fmt.Sprintf(format, args...)}
}
