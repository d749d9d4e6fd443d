package answer

import (
	"sync"

	"townclerk/knowledge"
)

// kept holds what passages were cut into to be compared, for the last keptPassages to
// twice as many that were asked for: a passage never changes, and reading it costs most
// of a comparison. It is safe for concurrent use; the zero value is empty.
type kept struct {
	mu         sync.Mutex
	young, old map[knowledge.PassageID][]quotable
}

// keptPassages is about 10 MB.
const keptPassages = 500

// get returns what is kept of a passage, or what cut returns, which is kept from then
// on. Two that ask at once may both cut.
func (k *kept) get(id knowledge.PassageID, cut func() ([]quotable, error)) ([]quotable, error) {
	if units, ok := k.lookup(id); ok {
		return units, nil
	}
	units, err := cut()
	if err == nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.keep(id, units)
	}
	return units, err
}

func (k *kept) lookup(id knowledge.PassageID) ([]quotable, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if units, ok := k.young[id]; ok {
		return units, true
	}
	units, ok := k.old[id]
	if ok {
		k.keep(id, units)
	}
	return units, ok
}

// keep puts a passage among the young ones; when they are too many they are the old.
func (k *kept) keep(id knowledge.PassageID, units []quotable) {
	if len(k.young) >= keptPassages || k.young == nil {
		k.young, k.old = map[knowledge.PassageID][]quotable{}, k.young
	}
	k.young[id] = units
}
