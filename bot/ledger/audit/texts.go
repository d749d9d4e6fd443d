package audit

import (
	"encoding/hex"
	"maps"
	"slices"

	"townclerk/bot/ledger"
)

// subject is what is kept of a turn, a ticket, or whatever else entries are about.
type subject struct {
	last int64 // the number of its last entry
	owed int32 // its last commitment, plus 1; 0: none
}

// commitment is what is kept of one.
type commitment struct {
	index, seq   int64
	before       int32 // the subject's commitment before it, plus 1; 0: none
	field        uint16
	open, erased bool
}

// pages is a list that grows without being copied.
type pages [][]commitment

const page = 1 << 12

func (p *pages) add(c commitment) int32 {
	if len(*p) == 0 || len((*p)[len(*p)-1]) == page {
		*p = append(*p, make([]commitment, 0, page))
	}
	last := len(*p) - 1
	(*p)[last] = append((*p)[last], c)
	return int32(last*page + len((*p)[last]))
}

func (p pages) at(i int32) *commitment { return &p[(i-1)/page][(i-1)%page] }

func (v *verifier) subject(e ledger.Entry) *subject {
	var id [16]byte
	hex.Decode(id[:], []byte(e.Subject)) // Parse has checked it
	s := v.subjects[id]
	if s == nil {
		s = &subject{}
		v.subjects[id] = s
	}
	return s
}

// open holds the openings of an entry against its commitments, and notes those.
func (v *verifier) open(n int64, e ledger.Entry, s *subject) {
	v.skipTexts(n-1, true)
	seen := map[string]bool{}
	for ; v.texts.ok && v.texts.head.Index == n; v.texts.next() {
		o := v.texts.head.Opening
		commit, ok := e.Commitments[o.Field]
		switch {
		case !ok:
			v.find(BadText, n, "an opening of the field %.40q, which it does not commit to", o.Field)
		case seen[o.Field]:
			v.find(BadText, n, "the field %s is opened twice", o.Field)
		case !o.Opens(commit):
			v.find(BadText, n, "the text or the salt of the field %s is not the one that was recorded", o.Field)
		default:
			v.sum.Texts++
		}
		seen[o.Field] = true
	}
	for _, field := range slices.Sorted(maps.Keys(e.Commitments)) {
		if _, ok := v.fields[field]; !ok {
			v.fields[field] = uint16(len(v.fields))
		}
		s.owed = v.owed.add(commitment{index: n, seq: e.Seq, before: s.owed, field: v.fields[field], open: seen[field]})
	}
}

// skipTexts passes over the openings up to an entry. What was passed over is a finding
// where no finding about the entry itself says why.
func (v *verifier) skipTexts(upTo int64, say bool) {
	for ; v.texts.ok && v.texts.head.Index <= upTo; v.texts.next() {
		if say || v.texts.head.Index < upTo {
			v.find(BadText, v.texts.head.Index, "an opening of the field %.40q that is out of order or of no entry", v.texts.head.Field)
		}
	}
}

// erase notes that an erasure entry covers commitments of its subject.
func (v *verifier) erase(s *subject, scope ledger.Scope) {
	field, named := v.fields[scope.Field]
	if scope.Field != "" && !named {
		return // nobody has committed to it
	}
	for at := s.owed; at != 0; {
		c := v.owed.at(at)
		at = c.before
		if c.erased || scope.Seq != 0 && scope.Seq != c.seq || scope.Field != "" && field != c.field {
			continue
		}
		if c.erased = true; c.open {
			v.find(Both, c.index, "a text is there, though entry %d says that it was erased", v.tree.size-1)
		}
		v.sum.Erased++
	}
}

// closeTexts reports the openings that are left over and the commitments that have
// neither an opening nor an erasure.
func (v *verifier) closeTexts() {
	for ; v.texts.ok; v.texts.next() {
		v.find(BadText, v.texts.head.Index, "an opening of the field %.40q of no entry", v.texts.head.Field)
	}
	names := make([]string, len(v.fields))
	for name, i := range v.fields {
		names[i] = name
	}
	for _, list := range v.owed {
		for _, c := range list {
			if !c.open && !c.erased {
				v.find(Neither, c.index, "the text of the field %s is not there, and no entry says that it was erased", names[c.field])
			}
		}
	}
}
