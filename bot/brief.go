package bot

import "encoding/json"

// Brief is what staff are told of a ticket, as its first event holds it; false where
// that was erased.
func (t *Ticket) Brief() (Inquiry, bool) {
	var stored struct {
		Inquiry
		Question string   `json:"question"`
		Earlier  []string `json:"earlier"`
	}
	if len(t.Events) == 0 || json.Unmarshal(t.Events[0].Texts[TextBrief], &stored) != nil {
		return Inquiry{}, false
	}
	q := stored.Inquiry
	q.Question = AsRedacted(stored.Question) // it was when it was stored
	for _, e := range stored.Earlier {
		q.Earlier = append(q.Earlier, AsRedacted(e))
	}
	return q, true
}
