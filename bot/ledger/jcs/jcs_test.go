package jcs

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The numbers of RFC 8785, appendix B.
func TestNumbersOfTheRFC(t *testing.T) {
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0",
		0x8000000000000000: "0",
		0x0000000000000001: "5e-324",
		0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992",
		0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22",
		0x44b52d02c7e14af6: "1e+23",
		0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000",
		0x444b1ae4d6e2ef4f: "999999999999999900000",
		0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7",
		0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332",
		0x41b3de4355555554: "333333333.33333325",
		0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334",
		0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333",
		0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		f := math.Float64frombits(bits)
		if got := ecma(f); got != want {
			t.Errorf("%016x: %s, want %s", bits, got, want)
		}
		got, err := Append(nil, f)
		if safe := math.Abs(f) < 1<<53; safe && string(got) != want || !safe && !errors.Is(err, ErrNumber) {
			t.Errorf("%016x: %s, %v", bits, got, err)
		}
	}
}

// Documents and their canonical forms: the RFC's own (3.2.2 with its number beyond
// the safe range left out, 3.2.3) and others.
func TestDocuments(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, in := range files {
		data, err := os.ReadFile(in)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(in, ".json") + ".canonical")
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		if got, err := Append(nil, v); err != nil || string(got) != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("%s:\n%s\nwant\n%s%v", in, got, want, err)
		}
	}
}

func TestWhatHasNoForm(t *testing.T) {
	deep := any(nil)
	for range 200 {
		deep = []any{deep}
	}
	for _, c := range []struct {
		v    any
		want error
	}{
		{math.NaN(), ErrNumber}, {math.Inf(1), ErrNumber}, {math.Inf(-1), ErrNumber}, {1e30, ErrNumber},
		{float64(1 << 53), ErrNumber}, {int64(1 << 53), ErrNumber}, {int64(-1 << 53), ErrNumber},
		{"\xff", ErrText}, {"\xed\xa0\x80", ErrText}, {map[string]any{"\xff": 1}, ErrText},
		{struct{}{}, ErrType}, {[]any{uint8(1)}, ErrType}, {map[string]any{"a": []string{}}, ErrType},
		{deep, ErrDepth},
	} {
		if got, err := Append(nil, c.v); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%v: %s, %v", c.v, got, err)
		}
	}
	for _, n := range []int64{MaxSafe, -MaxSafe} {
		if _, err := Append(nil, n); err != nil {
			t.Error(n, err)
		}
	}
}

// Whatever a document is: its canonical form reads as the same value and is its own
// canonical form.
func FuzzAppend(f *testing.F) {
	for _, s := range []string{`{"b":1,"a":[true,null,"\u20ac\ud83d\ude02"]}`, `"\u0007\/"`, `1e-7`, `-0`, `{"":{"":0.1}}`, `9007199254740991`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, again any
		if json.Unmarshal(data, &v) != nil {
			return
		}
		once, err := Append(nil, v)
		if err != nil {
			return
		}
		if err := json.Unmarshal(once, &again); err != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("%q became %q: %v", data, once, err)
		}
		if twice, err := Append(nil, again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q, then %q: %v", once, twice, err)
		}
	})
}
