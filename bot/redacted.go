package bot

import "encoding/json"

// Redacted is a citizen's text after personal data were taken out of it. It is
// the only form in which a citizen's words are stored, encoded, searched or
// sent anywhere. Only bot/guard makes one from a message, and bot/store from
// what it had stored before; a test at the module's root holds that.
type Redacted struct{ text string }

// AsRedacted vouches that text holds no personal data that could be detected.
func AsRedacted(text string) Redacted { return Redacted{text} }

// String returns the text.
func (r Redacted) String() string { return r.text }

// MarshalJSON writes the text as a JSON string.
func (r Redacted) MarshalJSON() ([]byte, error) { return json.Marshal(r.text) }
