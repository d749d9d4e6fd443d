package scriptedslack

import "encoding/json"

// Block is a block of a message or view, as far as it is shown and clicked.
type Block struct {
	Type      string    `json:"type"`
	BlockID   string    `json:"block_id"`
	Text      *Text     `json:"text"`
	Fields    []Text    `json:"fields"`
	Elements  []Element `json:"elements"`
	Accessory *Element  `json:"accessory"`
	Label     *Text     `json:"label"`   // of an input
	Hint      *Text     `json:"hint"`    // of an input
	Element   *Element  `json:"element"` // of an input
	Optional  bool      `json:"optional"`
}

// Text is a text object.
type Text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// UnmarshalJSON reads a text object, or the bare text that elements of a context have.
func (t *Text) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &t.Text) == nil {
		return nil
	}
	type plain Text
	return json.Unmarshal(data, (*plain)(t))
}

// Element is a button, menu, field or text of a block.
type Element struct {
	Type         string   `json:"type"`
	ActionID     string   `json:"action_id"`
	Text         *Text    `json:"text"`
	Value        string   `json:"value"`
	URL          string   `json:"url"`
	Style        string   `json:"style"`
	Placeholder  *Text    `json:"placeholder"`
	Options      []Option `json:"options"`
	InitialValue string   `json:"initial_value"`
	Initial      *Option  `json:"initial_option"`
	Multiline    bool     `json:"multiline"`
}

// Option is a choice of a menu.
type Option struct {
	Text  Text   `json:"text"`
	Value string `json:"value"`
}

// Parse reads blocks; those that cannot be read are left out.
func Parse(raw json.RawMessage) []Block {
	var out []Block
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

// Actions returns what can be clicked in a block.
func (b Block) Actions() []Element {
	var out []Element
	if b.Accessory != nil {
		out = append(out, *b.Accessory)
	}
	if b.Type == "actions" {
		out = append(out, b.Elements...)
	}
	return out
}

// action finds the element with that action; with that value or option too, where one
// is given.
func action(raw json.RawMessage, id, value string) (Block, Element, bool) {
	for _, b := range Parse(raw) {
		for _, e := range b.Actions() {
			if e.ActionID == id && (value == "" || e.Value == value || e.option(value) != nil) {
				return b, e, true
			}
		}
	}
	return Block{}, Element{}, false
}

// option returns the option of that value, as it is sent, or nil.
func (e Element) option(value string) map[string]any {
	for _, o := range e.Options {
		if o.Value == value {
			return map[string]any{"text": map[string]any{"type": "plain_text", "text": o.Text.Text, "emoji": true}, "value": value}
		}
	}
	return nil
}

// filled is an element as a person left it, as state and actions have it; nil where
// the value is no choice of its.
func (e Element) filled(value string) map[string]any {
	out := map[string]any{"type": e.Type}
	switch e.Type {
	case "static_select", "radio_buttons":
		o := e.option(value)
		if o == nil && value != "" {
			return nil
		}
		out["selected_option"] = o
	case "checkboxes":
		out["selected_options"] = []any{}
		if o := e.option(value); o != nil {
			out["selected_options"] = []any{o}
		} else if value != "" {
			return nil
		}
	default:
		out["value"] = value
		if value == "" {
			out["value"] = nil
		}
	}
	return out
}
