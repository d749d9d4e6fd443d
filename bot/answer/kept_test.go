package answer

import (
	"errors"
	"fmt"
	"testing"

	"townclerk/knowledge"
)

// A passage is cut once while it is asked for, failures are not kept, and what is kept
// stays within its bound.
func TestKept(t *testing.T) {
	var k kept
	cuts := 0
	get := func(id string, err error) error {
		_, got := k.get(knowledge.PassageID(id), func() ([]quotable, error) { cuts++; return nil, err })
		return got
	}
	broken := errors.New("broken")
	if err := get("a", broken); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	for i := range 3 * keptPassages {
		if err := errors.Join(get("a", nil), get(fmt.Sprint(i), nil)); err != nil {
			t.Fatal(err)
		}
		if n := len(k.young) + len(k.old); n > 2*keptPassages {
			t.Fatalf("%d are kept", n)
		}
	}
	if want := 3*keptPassages + 2; cuts != want {
		t.Errorf("cut %d times, want %d", cuts, want)
	}
	get("0", nil)
	if want := 3*keptPassages + 3; cuts != want {
		t.Error("the first one is still kept")
	}
}
