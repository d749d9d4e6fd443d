package main

import (
	"fmt"
	"io"
	"slices"
)

// column is a figure of a table.
type column struct {
	name   string
	of     func(result) float64
	format string
	ratio  bool // beside it stands how it compares with the first server's
}

var columns = []column{
	{"questions/s", func(r result) float64 { return r.perSecond }, "%.0f", true},
	{"first byte p50", func(r result) float64 { return 1000 * r.first50 }, "%.1f ms", true},
	{"p99", func(r result) float64 { return 1000 * r.first99 }, "%.1f ms", false},
	{"whole p50", func(r result) float64 { return 1000 * r.whole50 }, "%.1f ms", true},
	{"p99", func(r result) float64 { return 1000 * r.whole99 }, "%.1f ms", false},
	{"server CPU/question", func(r result) float64 { return 1000 * r.cpu }, "%.2f ms", true},
	{"Postgres CPU/question", func(r result) float64 { return 1000 * r.databaseCPU }, "%.2f ms", true},
	{"memory", func(r result) float64 { return r.memory }, "%.0f MB", false},
	{"answered", func(r result) float64 { return 100 * (1 - float64(r.unanswered)/float64(r.questions)) }, "%.0f %%", false},
}

// print writes a table for each number of clients.
func (b *bench) print(w io.Writer) {
	for _, n := range b.clients {
		fmt.Fprintf(w, "Clients: %d (rounds: %d of %v, medians)\n\n| server |", n, b.rounds, b.length)
		for _, c := range columns {
			fmt.Fprintf(w, " %s |", c.name)
		}
		fmt.Fprint(w, "\n| --- |")
		for range columns {
			fmt.Fprint(w, " --- |")
		}
		fmt.Fprintln(w)
		for _, s := range b.servers {
			b.row(w, s.name, n)
		}
		fmt.Fprintln(w)
	}
}

func (b *bench) row(w io.Writer, name string, clients int) {
	fmt.Fprintf(w, "| %s |", name)
	for _, c := range columns {
		v := b.median(cell{name, clients}, c)
		fmt.Fprintf(w, " "+c.format, v)
		if first := b.servers[0].name; c.ratio && name != first {
			fmt.Fprintf(w, " (%.2f x)", v/b.median(cell{first, clients}, c))
		}
		fmt.Fprint(w, " |")
	}
	fmt.Fprintln(w)
}

func (b *bench) median(at cell, c column) float64 {
	var all []float64
	for _, r := range b.results[at] {
		all = append(all, c.of(r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
