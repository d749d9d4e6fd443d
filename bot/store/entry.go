package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"

	"townclerk/bot"
	"townclerk/bot/ledger"
	"townclerk/bot/ledger/jcs"
)

// turnEntry is what goes on the record with the row of a turn's event.
func turnEntry(turn bot.TurnID, e bot.Event, facts, commitments string, commits map[string]ledger.Commit) ledger.Entry {
	entry := ledger.Entry{Type: ledger.Type(e.Kind), Subject: string(turn), Outcome: string(outcomeOf(e)), Commitments: commits}
	entry.Facts, entry.Hashes = entryFacts(facts)
	entry.Facts[ledger.FactRow] = rowHash(eventRow(string(e.Kind), micros(e.At), facts, commitments))
	return entry
}

// ticketEntry is what goes on the record with the row of a ticket's event.
func ticketEntry(id bot.TicketID, e bot.TicketEvent, origin, facts, commitments string, commits map[string]ledger.Commit) ledger.Entry {
	entry := ledger.Entry{Type: ledger.Ticket, Subject: string(id), Commitments: commits}
	entry.Facts, entry.Hashes = entryFacts(facts)
	entry.Facts["action"], entry.Facts["actor"] = string(e.Kind), string(e.By.Kind)
	entry.Facts[ledger.FactRow] = rowHash(eventRow(string(e.Kind), micros(e.At), facts, commitments, string(e.By.Kind), e.By.ID, origin))
	return entry
}

// entryFacts returns those of an event's facts that an entry has in words. The others
// are held by the hash of the row alone.
func entryFacts(encoded string) (facts map[string]any, hashes ledger.Hashes) {
	var all map[string]any
	if json.Unmarshal([]byte(encoded), &all) != nil { // it was just written
		return map[string]any{}, hashes
	}
	facts = map[string]any{}
	for name, v := range all {
		if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) <= jcs.MaxSafe {
			v = int64(f)
		}
		if text, ok := v.(string); ok && ledger.Short(text) {
			switch name {
			case "config":
				hashes.Config = text
			case "model":
				hashes.Model = text
			case "prompt":
				hashes.Prompt = text
			}
		}
		if ledger.MayStand(name, v) {
			facts[name] = v
		}
	}
	return facts, hashes
}

// eventRow is the row of an event as it is hashed: each value behind its length.
func eventRow(kind string, at int64, facts, commitments string, more ...string) []byte {
	var b []byte
	for _, value := range append([]string{kind, strconv.FormatInt(at, 10), facts, commitments}, more...) {
		b = append(binary.AppendUvarint(b, uint64(len(value))), value...)
	}
	return b
}

func rowHash(row []byte) string {
	sum := sha256.Sum256(row)
	return hex.EncodeToString(sum[:])
}
