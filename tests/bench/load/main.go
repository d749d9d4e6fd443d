// Load asks servers questions, as many citizens at once would, and prints Markdown
// tables of what they did.
//
//	load -conversations FILE [-clients 1,8,64] [-rounds 3] [-for 4s] NAME=KIND,PID,URL …
//
// KIND is "townclerk", or "plain" for a server that answers POST /ask. PID is the
// process whose processor time and memory are told. The first server is the one that
// the others are compared with. Servers take turns, and of their rounds the median
// is printed.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

func main() {
	path := flag.String("conversations", "", "JSON lines, each a list of questions")
	clients := flag.String("clients", "1,8,64", "how many ask at once")
	rounds := flag.Int("rounds", 3, "how often each server has its turn")
	length := flag.Duration("for", 4*time.Second, "how long a turn is")
	database := flag.String("database", "", "address of the Postgres of the servers, on this machine, whose processor time is told too")
	flag.Parse()
	b := bench{rounds: *rounds, length: *length}
	err := b.read(*path, *clients, flag.Args())
	if err == nil {
		b.database, err = databaseProcess(*database)
	}
	if err == nil {
		err = b.run()
	}
	if err != nil {
		log.Fatalf("load: %v", err)
	}
	b.print(os.Stdout)
}

// bench is what is measured.
type bench struct {
	rounds        int
	length        time.Duration
	database      int // its first process
	clients       []int
	conversations [][]string
	servers       []server
	results       map[cell][]result
}

// cell is a server under a number of clients.
type cell struct {
	server  string
	clients int
}

type server struct {
	name string
	pid  int
	api  api
	next *atomic.Int64 // conversation: every server gets the same ones, none twice
}

func (b *bench) read(path, clients string, servers []string) (err error) {
	if b.conversations, err = readConversations(path); err != nil {
		return err
	}
	for _, c := range strings.Split(clients, ",") {
		n, err := strconv.Atoi(c)
		if err != nil || n < 1 {
			return fmt.Errorf("-clients %q: a list of numbers is wanted", clients)
		}
		b.clients = append(b.clients, n)
	}
	for _, s := range servers {
		name, rest, _ := strings.Cut(s, "=")
		parts := strings.SplitN(rest, ",", 3)
		if len(parts) != 3 {
			return fmt.Errorf("server %q: NAME=KIND,PID,URL is wanted", s)
		}
		pid, err := strconv.Atoi(parts[1])
		if err != nil {
			return fmt.Errorf("server %q: the process: %w", s, err)
		}
		a, err := newAPI(parts[0], parts[2])
		if err != nil {
			return err
		}
		b.servers = append(b.servers, server{name, pid, a, new(atomic.Int64)})
	}
	if len(b.servers) == 0 {
		return fmt.Errorf("no server to ask: NAME=KIND,PID,URL")
	}
	return nil
}

// run warms each server up and then measures all of them, in turns.
func (b *bench) run() error {
	b.results = map[cell][]result{}
	for _, s := range b.servers {
		if _, err := b.measure(s, 4, b.length/2); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for _, n := range b.clients {
		for range b.rounds {
			for _, s := range b.servers {
				r, err := b.measure(s, n, b.length)
				if err != nil {
					return fmt.Errorf("%s with %d clients: %w", s.name, n, err)
				}
				b.results[cell{s.name, n}] = append(b.results[cell{s.name, n}], r)
			}
		}
	}
	return nil
}
