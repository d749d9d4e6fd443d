package audit_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"townclerk/bot/ledger"
	"townclerk/bot/ledger/audit"
)

var million = flag.Int("entries", 20_000, "entries of the long log; 1,000,000 in a soak")

// stream is a long log that nothing holds as a whole: turns of three entries, each
// with a text of its own, a checkpoint every 1,000 entries. Each iterator makes the log
// anew.
type stream struct {
	*world
	size int
}

// opening makes the text of the n-th entry. The salt is not random here.
func (s stream) opening(n int) audit.Opening {
	field := "question"
	if n%3 > 0 {
		field = "answer"
	}
	return audit.Opening{Index: int64(n), Opening: ledger.Opening{
		Field: field, Salt: fmt.Appendf(nil, "%0*d", ledger.SaltSize, n), Text: fmt.Appendf(nil, "%0200d", n)}}
}

// line makes the n-th entry.
func (s stream) line(n int) []byte {
	kind, o := ledger.Opened, s.opening(n)
	if n%3 > 0 {
		kind = ledger.Ended
	}
	line, err := ledger.Encode(ledger.Entry{
		Type: kind, Time: time.Unix(1_800_000_000+int64(n), 0), Subject: fmt.Sprintf("%032x", n/3), Seq: int64(n%3 + 1), Outcome: "answered",
		Hashes:      ledger.Hashes{Model: "extractive", Corpus: "sha256:ab12", Config: "c0ffee"},
		Facts:       map[string]any{"candidates": 20, "probability": 0.8125, "milliseconds": n % 100},
		Commitments: map[string]ledger.Commit{o.Field: ledger.Commitment(o.Salt, o.Field, o.Text)},
	})
	if err != nil {
		panic(err)
	}
	return line
}

func (s stream) log() audit.Log {
	return audit.Log{
		Origin: origin, Keys: []ledger.LogKey{s.key}, Checkpoints: all(s.points),
		Rows:     each(s.size, func(n int) audit.Row { return audit.Row{Index: int64(n), Line: s.line(n)} }),
		Openings: each(s.size, s.opening),
		Nodes: func(yield func(audit.Node, error) bool) {
			var edge ledger.Edge
			var node audit.Node
			for n := range s.size {
				for _, node.Hash = range edge.Append(nil, tlog.RecordHash(s.line(n))) {
					if !yield(node, nil) {
						return
					}
					node.Position++
				}
			}
		},
	}
}

func each[T any](size int, of func(n int) T) func(func(T, error) bool) {
	return func(yield func(T, error) bool) {
		for n := range size {
			if !yield(of(n), nil) {
				return
			}
		}
	}
}

// A long log is checked in a stream: its size is not in memory. With -entries 1000000
// it stays under 200 MB; how long it takes, with the making of the log twice over, is
// logged.
func TestLongLog(t *testing.T) {
	s := stream{newWorld(t), *million}
	for n := range s.size {
		s.edge.Append(nil, tlog.RecordHash(s.line(n)))
		if n%1000 == 999 || n == s.size-1 {
			s.sign(t)
		}
	}
	runtime.GC()
	began, cpu := time.Now(), cpuTime(t)
	sum, err := audit.Verify(s.log(), func(f audit.Finding) { t.Error(f) })
	took, cpu := time.Since(began), cpuTime(t)-cpu
	if err != nil || sum.Entries != int64(s.size) || sum.Root != s.edge.Root() || sum.Texts != s.size {
		t.Fatalf("%+v %v", sum, err)
	}
	peak := peakMemory(t)
	t.Logf("%d entries, %d checkpoints: %v, %v of processor time, at most %d MB resident",
		s.size, sum.Checkpoints, took.Round(time.Millisecond), cpu.Round(time.Millisecond), peak>>20)
	if peak > 200<<20 {
		t.Error("more than 200 MB")
	}
}

// cpuTime is the processor time that the process has had.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMemory is the most that the process has had resident; 0 where no /proc says.
func peakMemory(t *testing.T) (bytes int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Log(err)
		return 0
	}
	if _, after, ok := strings.Cut(string(status), "VmHWM:"); ok {
		fmt.Sscanf(strings.TrimSpace(after), "%d", &bytes)
	}
	return bytes << 10
}

func BenchmarkParse(b *testing.B) {
	line := stream{}.line(7)
	for b.Loop() {
		if _, err := ledger.Parse(line); err != nil {
			b.Fatal(err)
		}
	}
}
