package bot

import (
	"errors"
	"fmt"
)

// Kind classifies an error by what can be done about it. It is mapped to HTTP
// in one place, bot/web.
type Kind string

// The kinds of errors.
const (
	Invalid     Kind = "invalid"     // the request cannot be taken as it is
	TooLarge    Kind = "too_large"   // the message is too long
	NotFound    Kind = "not_found"   // no such thing, or not yours: the two look the same
	Busy        Kind = "busy"        // the conversation's last question is still being answered
	Reused      Kind = "reused"      // the message's key belongs to another message
	Limited     Kind = "limited"     // too many requests
	Unavailable Kind = "unavailable" // storage or search is out of reach; trying again later may help
	Internal    Kind = "internal"    // a fault of ours
)

// Error is an error with what the citizen may see of it.
type Error struct {
	Kind Kind
	// Citizen is a sentence for the citizen; it says what to do next.
	Citizen string
	// Err is for the operator.
	Err error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Kind, e.Citizen)
	}
	return fmt.Sprintf("%s: %v", e.Kind, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error; Internal for one that has none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
