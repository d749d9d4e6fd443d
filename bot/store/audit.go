package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
)

// Audit calls fn with the record as it is at one moment; fn adds the origin, the keys
// and what was saved elsewhere. What it reads is read in pages and forgotten again.
func (s *Store) Audit(ctx context.Context, fn func(audit.Log) error) error {
	err := s.db.Snapshot(ctx, func(tx *sql.Tx) error {
		r := reader{ctx, s, tx}
		var size int64
		if err := tx.QueryRowContext(ctx, "SELECT size FROM ledger_head").Scan(&size); err != nil {
			return err
		}
		return fn(audit.Log{Size: size, Rows: r.rows(), Nodes: r.nodes(), Openings: r.openings(), Checkpoints: r.checkpoints(), Strays: r.strays()})
	})
	return wrap(err, "read the record")
}

// reader reads the record page by page, as other reads go on with the same connection.
type reader struct {
	ctx   context.Context
	store *Store
	querier
}

// pageSize is how many rows are read at once.
const pageSize = 1000

// paged yields what next returns for the key of the last row, until that is nothing.
func paged[T any](first int64, next func(after int64) ([]T, error), key func(T) int64) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for after := first; ; {
			page, err := next(after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range page {
				if !yield(v, nil) {
					return
				}
				after = key(v)
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

func (r reader) rows() iter.Seq2[audit.Row, error] {
	next := func(after int64) (page []audit.Row, err error) {
		err = each(r.ctx, r, func(rows *sql.Rows) error {
			row, err := scanEntry(rows)
			page = append(page, row)
			return err
		}, entryQuery+" WHERE l.idx > $1 ORDER BY l.idx LIMIT $2", after, pageSize)
		return page, err
	}
	return paged(-1, next, func(row audit.Row) int64 { return row.Index })
}

// entryQuery reads entries with the rows of the events that they are of.
const entryQuery = `
	SELECT l.idx, l.line, l.type, l.subject, l.seq, l.event IS NOT NULL, coalesce(e.kind, t.kind), coalesce(e.at, t.at), coalesce(e.facts, t.facts),
		coalesce(e.commitments, t.commitments), t.actor_kind, t.actor_id, t.origin
	FROM ledger_entries l
	LEFT JOIN events e ON e.turn = l.subject AND e.seq = l.event
	LEFT JOIN ticket_events t ON t.ticket = l.subject AND t.seq = l.event`

func scanEntry(rows *sql.Rows) (audit.Row, error) {
	row := audit.Row{Filed: &audit.Filed{}}
	var kind, facts, commitments, actorKind, actor, origin sql.NullString
	var at sql.NullInt64
	err := rows.Scan(&row.Index, &row.Line, &row.Filed.Type, &row.Filed.Subject, &row.Filed.Seq, &row.Filed.Of,
		&kind, &at, &facts, &commitments, &actorKind, &actor, &origin)
	switch {
	case origin.Valid:
		row.Filed.Event = eventRow(kind.String, at.Int64, facts.String, commitments.String, actorKind.String, actor.String, origin.String)
	case kind.Valid:
		row.Filed.Event = eventRow(kind.String, at.Int64, facts.String, commitments.String)
	}
	return row, err
}

func (r reader) nodes() iter.Seq2[audit.Node, error] {
	next := func(after int64) (page []audit.Node, err error) {
		err = each(r.ctx, r, func(rows *sql.Rows) error {
			var n audit.Node
			var hash []byte
			err := rows.Scan(&n.Position, &hash)
			copy(n.Hash[:], hash) // one of another length is another hash
			page = append(page, n)
			return err
		}, "SELECT position, hash FROM ledger_hashes WHERE position > $1 ORDER BY position LIMIT $2", after, pageSize)
		return page, err
	}
	return paged(-1, next, func(n audit.Node) int64 { return n.Position })
}

func (r reader) checkpoints() iter.Seq2[audit.Signed, error] {
	next := func(after int64) (page []audit.Signed, err error) {
		err = each(r.ctx, r, func(rows *sql.Rows) error {
			var c audit.Signed
			err := rows.Scan(&c.Number, &c.Size, &c.Note)
			page = append(page, c)
			return err
		}, "SELECT number, size, note FROM ledger_checkpoints WHERE number > $1 ORDER BY number LIMIT $2", after, pageSize)
		return page, err
	}
	return paged(-1, next, func(c audit.Signed) int64 { return c.Number })
}

// strays names the events that no entry is of: they were put in by somebody else, or
// are from before there was a record.
func (r reader) strays() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var names []string
		err := each(r.ctx, r, func(rows *sql.Rows) error {
			var what, id string
			var seq int64
			err := rows.Scan(&what, &id, &seq)
			names = append(names, fmt.Sprintf("event %d of %s %s", seq, what, id))
			return err
		}, `SELECT 'turn', e.turn, e.seq FROM events e
				WHERE NOT EXISTS (SELECT 1 FROM ledger_entries l WHERE l.subject = e.turn AND l.event = e.seq)
			UNION ALL SELECT 'ticket', e.ticket, e.seq FROM ticket_events e
				WHERE NOT EXISTS (SELECT 1 FROM ledger_entries l WHERE l.subject = e.ticket AND l.event = e.seq)`)
		if err != nil {
			yield("", err)
			return
		}
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// openingQuery reads the openings of the entries after one and up to another.
const openingQuery = `
	SELECT l.idx, o.field, 0, o.turn, o.seq, o.sealed, c.id, k.wrapped, c.erased_at
	FROM ledger_entries l JOIN openings o ON o.turn = l.subject AND o.seq = l.event JOIN turns t ON t.id = o.turn
	JOIN conversations c ON c.id = t.conversation JOIN conversation_keys k ON k.conversation = c.id
	WHERE l.idx > $1 AND l.idx <= $2
	UNION ALL
	SELECT l.idx, o.field, 1, o.ticket, o.seq, o.sealed, c.id, k.wrapped, c.erased_at
	FROM ledger_entries l JOIN ticket_openings o ON o.ticket = l.subject AND o.seq = l.event JOIN tickets t ON t.id = o.ticket
	JOIN conversations c ON c.id = t.conversation JOIN conversation_keys k ON k.conversation = c.id
	WHERE l.idx > $1 AND l.idx <= $2
	ORDER BY 1, 2`

func (r reader) openings() iter.Seq2[audit.Opening, error] {
	return func(yield func(audit.Opening, error) bool) {
		sealers := map[bot.ConversationID]*sealer{}
		for after := int64(-1); ; {
			var upTo sql.NullInt64
			var page []audit.Opening
			err := r.QueryRowContext(r.ctx, "SELECT max(idx) FROM (SELECT idx FROM ledger_entries WHERE idx > $1 ORDER BY idx LIMIT $2) AS page",
				after, pageSize).Scan(&upTo)
			if err == nil && !upTo.Valid {
				return
			}
			if err == nil {
				page, err = r.unseal(sealers, after, upTo.Int64)
			}
			if err != nil {
				yield(audit.Opening{}, err)
				return
			}
			for _, o := range page {
				if !yield(o, nil) {
					return
				}
			}
			after = upTo.Int64
		}
	}
}

// unseal opens what can be opened of a page. What cannot has no salt.
func (r reader) unseal(sealers map[bot.ConversationID]*sealer, after, upTo int64) (page []audit.Opening, err error) {
	if len(sealers) > pageSize {
		clear(sealers)
	}
	err = each(r.ctx, r, func(rows *sql.Rows) error {
		o := audit.Opening{}
		var ticket int
		var p place
		var h held
		var sealed []byte
		err := rows.Scan(&o.Index, &p.field, &ticket, &p.owner, &p.seq, &sealed, &h.id, &h.wrapped, &h.erased)
		if err != nil {
			return err
		}
		if ticket == 1 {
			p.owner = ticketOwner(bot.TicketID(p.owner))
		}
		if sealers[h.id] == nil {
			sealers[h.id], _ = r.store.sealer(h) // erased, or another's key
		}
		o.Field = p.field
		if sealer := sealers[h.id]; sealer != nil {
			if salt, text, err := sealer.open(p, sealed); err == nil {
				o.Opening = ledger.Opening{Field: p.field, Salt: salt, Text: text}
			}
		}
		page = append(page, o)
		return nil
	}, openingQuery, after, upTo)
	return page, err
}

// Hashes reads the hashes of the record's tree.
func (s *Store) Hashes(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(at []int64) (read []tlog.Hash, err error) {
		err = s.db.Look(ctx, func(c *sql.Conn) error {
			read, err = hashes{ctx, c}.ReadHashes(at)
			return err
		})
		return read, wrap(err, "read the record's hashes")
	})
}

// Line returns the line of an entry; bot.NotFound: there is none.
func (s *Store) Line(ctx context.Context, index int64) (line []byte, err error) {
	err = s.db.Look(ctx, func(c *sql.Conn) error {
		return none(c.QueryRowContext(ctx, "SELECT line FROM ledger_entries WHERE idx = $1", index).Scan(&line))
	})
	return line, wrap(err, "read entry %d of the record", index)
}
