package embed

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
)

var texts = []string{
	"Building permits\nYou need a building permit before you build a house.",
	"Recycling\nRecycling is collected every second week on Tuesday.",
	"Child care\nChildcare allowances help parents to pay for care of children.",
	"Parking\nResidents park free with a parking permit.",
	"Passports\nApply for a passport at the city hall.",
	"Libraries\nThe library lends books, music and films.",
}

func fit(t testing.TB, texts []string) *BuiltIn {
	t.Helper()
	b, err := Fit(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func vectors(t testing.TB, b *BuiltIn, texts ...string) [][]float32 {
	t.Helper()
	v, err := b.Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDenseFindsOtherForms(t *testing.T) {
	b := fit(t, texts)
	scan := flat(t, vectors(t, b, texts...)).Scan()
	for _, c := range []struct {
		question string
		want     int
	}{
		{"passpotr", 4}, {"recylcing", 1}, {"libary", 5}, // typing errors
		{"librarian", 5}, {"recyclable", 1}, // forms of a word
		{"house building", 0}, {"child-care", 2}, {"carparking", 3}, // compounds
	} {
		q := vectors(t, b, c.question)[0]
		scan.Ask(q)
		best := slices.MaxFunc(scan.Near(nil), func(i, j int) int { return cmp.Compare(scan.Score(i), scan.Score(j)) })
		if best != c.want {
			t.Errorf("%q finds %q", c.question, texts[best])
		}
	}
}

func TestFitDoesNotDependOnOrder(t *testing.T) {
	turned := slices.Clone(texts)
	slices.Reverse(turned)
	a, _ := fit(t, texts).MarshalBinary()
	b, _ := fit(t, turned).MarshalBinary()
	if !bytes.Equal(a, b) {
		t.Error("the same texts in another order gave another model")
	}
}

func TestVectorsHaveUnitLength(t *testing.T) {
	for _, b := range []*BuiltIn{fit(t, texts), fit(t, nil), fit(t, texts[:1])} {
		for _, v := range vectors(t, b, texts[0], "zzyzx qwrty", "水费") {
			if d := dot(v, v); math.Abs(float64(d)-1) > 1e-4 || len(v) != b.Dims() {
				t.Errorf("length %v, %d dimensions", d, len(v))
			}
		}
		if v := vectors(t, b, "")[0]; dot(v, v) != 0 {
			t.Error("an empty text has a direction")
		}
	}
}

func TestLoad(t *testing.T) {
	b := fit(t, texts)
	data, err := b.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(data)
	if err != nil {
		t.Fatal(err)
	}
	if b.Fingerprint() != c.Fingerprint() || !slices.Equal(vectors(t, b, "permit")[0], vectors(t, c, "permit")[0]) {
		t.Error("the loaded model is another one")
	}
	for _, bad := range [][]byte{nil, data[:len(data)-1], append(slices.Clone(data), 0), data[:40]} {
		if _, err := Load(bad); err == nil {
			t.Errorf("%d bytes were read", len(bad))
		}
	}
}

func FuzzLoad(f *testing.F) {
	b := fit(f, texts[:2])
	data, _ := b.MarshalBinary()
	f.Add(data)
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Load(data)
		if err != nil {
			return
		}
		if again, _ := b.MarshalBinary(); len(again) > len(data) {
			t.Errorf("%d bytes became %d", len(data), len(again))
		}
		vectors(t, b, "permit")
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte{0, 0x3c, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Unpack(data)
		if err == nil && len(v) != len(data)/2 {
			t.Errorf("%d values of %d bytes", len(v), len(data))
		}
	})
}

func TestHalfIsExact(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		f := fromHalf(h)
		if f != f {
			continue
		}
		if got := toHalf(f); got != h {
			t.Fatalf("%#x became %v and %#x", h, f, got)
		}
	}
	for _, c := range []struct {
		in   float32
		want uint16
	}{{1, 0x3c00}, {-2, 0xc000}, {65504, 0x7bff}, {1e9, 0x7c00}, {1 + 1.0/2048, 0x3c00}, {1 + 3.0/2048, 0x3c02}, {3e-8, 1}, {1e-9, 0}} {
		if got := toHalf(c.in); got != c.want {
			t.Errorf("%v is %#x, want %#x", c.in, got, c.want)
		}
	}
}

func TestRoundAgreesWithPack(t *testing.T) {
	v := vectors(t, fit(t, texts), texts[0])[0]
	u, err := Unpack(Pack(v))
	if err != nil {
		t.Fatal(err)
	}
	Round(v)
	if !slices.Equal(u, v) {
		t.Error("packing keeps something else")
	}
}

func TestFlatRefusesMixedDimensions(t *testing.T) {
	f := flat(t, [][]float32{{1}})
	if err := f.Add([]float32{1, 2}); err == nil {
		t.Error("no error")
	}
}

func flat(t testing.TB, vectors [][]float32) *Flat {
	t.Helper()
	f := &Flat{}
	for _, v := range vectors {
		if err := f.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func BenchmarkFit2000(b *testing.B) {
	many := make([]string, 2000)
	for i := range many {
		for j := range 100 {
			many[i] += fmt.Sprintf("word%dx ", hash('b', fmt.Sprint(i*j))%5000)
		}
	}
	for b.Loop() {
		fit(b, many)
	}
}

// dot is the inner product, summed plainly.
func dot(a, b []float32) float32 {
	var s float32
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
