package ledger_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
)

const origin = "example.gov/ledger"

func newKey(t testing.TB, name string) (note.Signer, ledger.LogKey) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return s, ledger.LogKey{Verifier: v}
}

func at(t testing.TB, size int) ledger.Checkpoint {
	b, err := ledger.Append(0, lines(size), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Checkpoint{Origin: origin, Size: b.Size, Root: b.Root}
}

func sign(t testing.TB, c ledger.Checkpoint, by ...note.Signer) []byte {
	t.Helper()
	signed, err := ledger.Sign(c, by...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// The example of C2SP's tlog-checkpoint.
func TestCheckpointOfTheSpecification(t *testing.T) {
	const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	c, err := ledger.ParseCheckpoint(text)
	if err != nil || c.Origin != "example.com/behind-the-sofa" || c.Size != 20852163 || c.Text() != text {
		t.Errorf("%+v %v", c, err)
	}
	more := text + "one\ntwo\n"
	if c, err := ledger.ParseCheckpoint(more); err != nil || len(c.Extensions) != 2 || c.Text() != more {
		t.Errorf("%+v %v", c, err)
	}
}

func TestParseCheckpointRefuses(t *testing.T) {
	const root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	for name, text := range map[string]string{
		"empty":             "",
		"two lines":         "o\n1\n",
		"no newline":        "o\n1\n" + root,
		"no origin":         "\n1\n" + root + "\n",
		"space in origin":   "o o\n1\n" + root + "\n",
		"plus in origin":    "o+o\n1\n" + root + "\n",
		"leading zero":      "o\n01\n" + root + "\n",
		"sign":              "o\n+1\n" + root + "\n",
		"negative":          "o\n-1\n" + root + "\n",
		"too large":         "o\n9223372036854775808\n" + root + "\n",
		"root of nothing":   "o\n0\n" + root + "\n",
		"short root":        "o\n1\nCsUY\n",
		"bits left over":    "o\n1\n" + root[:42] + "J=\n",
		"no padding":        "o\n1\n" + root[:43] + "\n",
		"carriage return":   "o\n1\n" + root + "\r\n",
		"empty extension":   "o\n1\n" + root + "\n\n",
		"extension between": "o\n1\n" + root + "\n\nx\n",
	} {
		if c, err := ledger.ParseCheckpoint(text); !errors.Is(err, ledger.ErrCheckpoint) {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(origin + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	f.Add(origin + "\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nx\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ledger.ParseCheckpoint(text); err == nil && c.Text() != text {
			t.Fatalf("%q is read as %q", text, c.Text())
		}
	})
}

func TestSignAndOpen(t *testing.T) {
	signer, key := newKey(t, origin)
	for _, size := range []int{0, 1, 20} {
		c := at(t, size)
		got, err := ledger.Open(sign(t, c, signer), key)
		if err != nil || got.Text() != c.Text() {
			t.Errorf("%+v %v", got, err)
		}
	}
	other, _ := newKey(t, "example.gov/other")
	for name, c := range map[string]ledger.Checkpoint{
		"no origin":        {Size: 1},
		"a line in origin": {Origin: "a\nb", Size: 1},
		"negative size":    {Origin: origin, Size: -1},
		"empty line":       {Origin: origin, Size: 1, Extensions: []string{""}},
	} {
		if _, err := ledger.Sign(c, signer); !errors.Is(err, ledger.ErrCheckpoint) {
			t.Errorf("%s is signed: %v", name, err)
		}
	}
	if _, err := ledger.Sign(at(t, 1), other); !errors.Is(err, ledger.ErrCheckpoint) {
		t.Errorf("another log's key signs: %v", err)
	}
}

// Whichever bit of a signed checkpoint is flipped, and wherever it is cut, it does
// not open.
func TestOpenRefusesEveryChange(t *testing.T) {
	signer, key := newKey(t, origin)
	signed := sign(t, at(t, 20), signer)
	for i := range signed {
		for bit := range 8 {
			changed := bytes.Clone(signed)
			changed[i] ^= 1 << bit
			if c, err := ledger.Open(changed, key); !errors.Is(err, ledger.ErrCheckpoint) {
				t.Errorf("byte %d bit %d: opens as %v", i, bit, c)
			}
		}
		if _, err := ledger.Open(signed[:i], key); err == nil {
			t.Errorf("cut after %d bytes it opens", i)
		}
	}
	// A carriage return inside of base64 is passed over by decoders.
	if _, err := ledger.Open(bytes.Replace(signed, []byte("=\n"), []byte("=\r\n"), 2), key); err == nil {
		t.Error("a carriage return in a signature is let pass")
	}
}

func TestKeysChange(t *testing.T) {
	oldSigner, old := newKey(t, origin)
	newSigner, fresh := newKey(t, origin)
	stranger, _ := newKey(t, origin)
	old.Last = 10
	_, witness := newKey(t, "witness.example.org")
	for _, c := range []struct {
		name string
		size int
		by   []note.Signer
		keys []ledger.LogKey
		ok   bool
	}{
		{"the old key before", 10, []note.Signer{oldSigner}, []ledger.LogKey{old, fresh}, true},
		{"the old key after", 11, []note.Signer{oldSigner}, []ledger.LogKey{old, fresh}, false},
		{"both", 11, []note.Signer{oldSigner, newSigner}, []ledger.LogKey{old, fresh}, true},
		{"the new key", 11, []note.Signer{newSigner}, []ledger.LogKey{old, fresh}, true},
		{"a key beside a stranger's", 11, []note.Signer{stranger, newSigner}, []ledger.LogKey{fresh}, true},
		{"a stranger's", 11, []note.Signer{stranger}, []ledger.LogKey{old, fresh}, false},
		{"no key is known", 11, []note.Signer{newSigner}, nil, false},
		{"only a witness is known", 11, []note.Signer{newSigner}, []ledger.LogKey{witness}, false},
	} {
		if _, err := ledger.Open(sign(t, at(t, c.size), c.by...), c.keys...); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestCompare(t *testing.T) {
	hashes, roots := grow(t, lines(100), 1)
	point := func(size int) ledger.Checkpoint {
		c := ledger.Checkpoint{Origin: origin, Size: int64(size)}
		if size > 0 {
			c.Root = roots[size-1]
			return c
		}
		return at(t, 0)
	}
	forged := func(size int) ledger.Checkpoint {
		c := point(size)
		c.Root[3] ^= 1
		return c
	}
	elsewhere := point(50)
	elsewhere.Origin = "example.gov/other"
	for _, c := range []struct {
		name       string
		known, now ledger.Checkpoint
		want       ledger.Relation
	}{
		{"the same", point(50), point(50), ledger.Same},
		{"nothing and nothing", point(0), point(0), ledger.Same},
		{"more", point(50), point(100), ledger.Newer},
		{"from nothing", point(0), point(100), ledger.Newer},
		{"less", point(100), point(50), ledger.Older},
		{"nothing left", point(100), point(0), ledger.Older},
		{"another of the same size", point(50), forged(50), ledger.Forked},
		{"another before", forged(50), point(100), ledger.Forked},
		{"another now", point(50), forged(100), ledger.Forked},
		{"another nothing", forged(0), point(100), ledger.Forked},
		{"another log", elsewhere, point(100), ledger.Forked},
	} {
		got, err := ledger.Compare(c.known, c.now, hashes)
		var fork *ledger.ForkError
		var behind *ledger.BehindError
		if got != c.want || errors.As(err, &fork) != (c.want == ledger.Forked) || errors.As(err, &behind) != (c.want == ledger.Older) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
		if fork != nil && (fork.Known.Size != c.known.Size || !strings.Contains(err.Error(), c.now.Root.String())) {
			t.Errorf("%s: the error does not say what forks: %v", c.name, err)
		}
	}
	broken := tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, errors.New("disk") })
	var fork *ledger.ForkError
	if r, err := ledger.Compare(point(50), point(100), broken); err == nil || errors.As(err, &fork) || r == ledger.Newer {
		t.Errorf("a broken reader: %v, %v", r, err)
	}
}
