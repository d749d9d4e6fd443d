package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/receipt"
)

// Of a turn the citizen may hold all entries, of a ticket those of what was said between
// them and staff. What only staff see, and why a ticket went where it went, stays out.
const (
	heldTexts    = "'" + bot.TextQuestion + "', '" + bot.TextAnswer + "', '" + bot.TextComment + "'"
	heldMessages = "'" + string(bot.TicketReplied) + "', '" + string(bot.TicketAsked) + "', '" + string(bot.TicketCorrected) + "', '" +
		string(bot.TicketWithdrawn) + "', '" + string(bot.TicketSaid) + "'"
)

// receiptQuery is one statement, so that texts and key are of one state.
const receiptQuery = `
	SELECT l.idx, o.field, l.line, 0, l.subject, l.event, o.sealed, c.id, k.wrapped, c.erased_at
	FROM conversations c JOIN conversation_keys k ON k.conversation = c.id JOIN turns t ON t.conversation = c.id
	JOIN ledger_entries l ON l.subject = t.id AND l.event IS NOT NULL
	LEFT JOIN openings o ON o.turn = l.subject AND o.seq = l.event AND o.field IN (` + heldTexts + `)
	WHERE c.id = $1
	UNION ALL
	SELECT l.idx, o.field, l.line, 1, l.subject, l.event, o.sealed, c.id, k.wrapped, c.erased_at
	FROM conversations c JOIN conversation_keys k ON k.conversation = c.id JOIN tickets t ON t.conversation = c.id AND t.alert = 0
	JOIN ticket_events e ON e.ticket = t.id AND e.kind IN (` + heldMessages + `)
	JOIN ledger_entries l ON l.subject = e.ticket AND l.event = e.seq
	LEFT JOIN ticket_openings o ON o.ticket = e.ticket AND o.seq = e.seq AND o.field = '` + bot.TextMessage + `'
	WHERE c.id = $1
	ORDER BY 1, 2`

// ReceiptItems returns what a conversation's citizen may take home, in order of index and
// without proofs: the entries of its turns and of what was said in its tickets, with
// question, answers, comments and messages. Whether the citizen asks is the caller's to
// check. An unknown or erased conversation, and one that has nothing on the record, is
// bot.NotFound.
func (s *Store) ReceiptItems(ctx context.Context, id bot.ConversationID) ([]receipt.Item, error) {
	r := receiptReader{store: s}
	err := s.db.Look(ctx, func(c *sql.Conn) error {
		r.items = nil
		return each(ctx, c, r.row, receiptQuery, lookup(id))
	})
	if err == nil && len(r.items) == 0 {
		err = errNotFound
	}
	if err != nil {
		return nil, wrap(err, "read what goes into the receipt of %.40q", id)
	}
	return r.items, nil
}

// receiptReader makes items of the rows of receiptQuery.
type receiptReader struct {
	store  *Store
	sealer *sealer
	items  []receipt.Item
}

func (r *receiptReader) row(rows *sql.Rows) (err error) {
	var item receipt.Item
	var field sql.NullString
	var ticket int
	var p place
	var sealed []byte
	var h held
	if err := rows.Scan(&item.Index, &field, &item.Line, &ticket, &p.owner, &p.seq, &sealed, &h.id, &h.wrapped, &h.erased); err != nil {
		return err
	}
	if r.sealer == nil {
		if r.sealer, err = r.store.sealer(h); err != nil {
			return err
		}
	}
	if n := len(r.items); n == 0 || r.items[n-1].Index != item.Index {
		r.items = append(r.items, item)
	}
	if !field.Valid {
		return nil
	}
	if p.field = field.String; ticket == 1 {
		p.owner = ticketOwner(bot.TicketID(p.owner))
	}
	o := ledger.Opening{Field: p.field}
	if o.Salt, o.Text, err = r.sealer.open(p, sealed); err != nil {
		return err
	}
	last := &r.items[len(r.items)-1]
	last.Openings = append(last.Openings, o)
	e, err := ledger.Parse(last.Line)
	if err == nil && !o.Opens(e.Commitments[o.Field]) {
		err = errors.New("it is not what the entry commits to")
	}
	if err != nil {
		return fmt.Errorf("%v: %w (%w)", p, ErrTampered, err)
	}
	return nil
}
