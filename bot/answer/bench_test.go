package answer_test

import (
	"fmt"
	"syscall"
	"testing"

	"townclerk/bot"
	"townclerk/evals/datasets/riverton"
)

// BenchmarkAsk is a whole turn over Riverton's pages, with its commits, where most passages
// were compared before.
func BenchmarkAsk(b *testing.B) {
	h := newHouse(b, riverton.Pages{})
	ask := h.bot(nil, nil, nil)
	questions := []string{"how much is a replacement cart?", "when is the library open?", "how do I get a parking permit", "since a dog license is free, where do I get one?", "what does a dog license cost"}
	var id bot.ConversationID
	i, began := 0, busy(b)
	for b.Loop() {
		if i%len(questions) == 0 {
			id = h.conversation()
		}
		h.ask(ask, id, fmt.Sprint(i), questions[i%len(questions)])
		i++
	}
	b.ReportMetric((busy(b)-began)/float64(i), "cpu-ms/op")
}

// busy is how long the processor has worked for this process, in milliseconds: the
// disk, and who else is at work, leave it alone.
func busy(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}
