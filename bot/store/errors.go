package store

import (
	"errors"
	"fmt"

	"townclerk/bot"
)

// Errors for the caller to tell apart.
var (
	// ErrEnded says that the turn has ended already: nothing was appended.
	ErrEnded = errors.New("the turn has ended already")
	// ErrInvalidEvent says that an event cannot be recorded as it is.
	ErrInvalidEvent = errors.New("invalid event")
	// ErrTampered says that a row was changed, moved or taken away, and not by this
	// package.
	ErrTampered = errors.New("the record was tampered with or is damaged: " +
		"a sealed text does not fit its place or its commitment, or a row cannot be read")
)

// Errors that carry a sentence for the citizen. What they wrap is constant, so
// that a missing conversation, a foreign one and an erased one look the same.
var (
	errNotFound = &bot.Error{
		Kind:    bot.NotFound,
		Citizen: "We cannot find this conversation. Please start a new one.",
		Err:     errors.New("no such conversation or turn, or no right to it, or erased"),
	}
	errNoTicket = &bot.Error{
		Kind:    bot.NotFound,
		Citizen: "We cannot find this inquiry. Please ask your question again.",
		Err:     errors.New("no such ticket, or what was asked of it is not there"),
	}
	errBusy = &bot.Error{
		Kind:    bot.Busy,
		Citizen: "Your last question is still being answered. Please wait a moment, then ask again.",
		Err:     errors.New("another turn of the conversation is open"),
	}
	errUnscrubbed = &bot.Error{
		Kind: bot.Unavailable,
		Citizen: "Your conversation is erased and nobody can read it any more. " +
			"Clearing its last traces takes a little longer; you need not do anything.",
		Err: errors.New("erased, but a reader keeps the old rows from being cleared away; Reap will try again"),
	}
)

// wrap names the operation that failed and gives every error its kind.
func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	op := fmt.Sprintf(format, args...)
	err = fmt.Errorf("%s: %w", op, err)
	var known *bot.Error
	switch {
	case errors.As(err, &known), errors.Is(err, ErrEnded):
		return err
	case errors.Is(err, ErrTampered), errors.Is(err, ErrInvalidEvent):
		return &bot.Error{
			Kind:    bot.Internal,
			Citizen: "Something went wrong on our side. Please start a new conversation, or contact us directly.",
			Err:     err,
		}
	}
	return &bot.Error{
		Kind:    bot.Unavailable,
		Citizen: "We cannot reach our records right now. Please try again in a few minutes.",
		Err:     err,
	}
}
