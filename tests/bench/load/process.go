package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// spent is what a server and the database have used so far.
type spent struct {
	server, database float64 // seconds of processor time
	memory           float64 // MB resident
}

// ticks are Linux's units of processor time in a second.
const ticks = 100

func (b *bench) spent(s server) (out spent, err error) {
	if out.server, _, err = processTime(s.pid); err != nil {
		return out, fmt.Errorf("read the server's processor time: %w", err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return out, fmt.Errorf("read the server's memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 64)
			if err != nil {
				return out, fmt.Errorf("read the server's memory: %w", err)
			}
			out.memory = n / 1024
		}
	}
	out.database, err = familyTime(b.database)
	return out, err
}

// databaseProcess returns the process that the database's processes are children of.
func databaseProcess(address string) (int, error) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, err
	}
	defer c.Close(ctx)
	var own int
	if err := c.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&own); err != nil {
		return 0, err
	}
	_, parent, err := processTime(own)
	return parent, err
}

// processTime returns the seconds that a process has used, those of its children
// that ended included, and its parent.
func processTime(pid int) (seconds float64, parent int, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// The name, in parentheses, may hold anything. After it: state, parent, …; see
	// proc_pid_stat(5), whose fields 14 to 17 are the times.
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return 0, 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	for _, f := range fields[11:15] {
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return 0, 0, err
		}
		seconds += n / ticks
	}
	parent, err = strconv.Atoi(fields[1])
	return seconds, parent, err
}

// familyTime is processTime with the children that are alive.
func familyTime(pid int) (float64, error) {
	sum, _, err := processTime(pid)
	if err != nil {
		return 0, fmt.Errorf("read the database's processor time: %w", err)
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, dir := range all {
		child, _ := strconv.Atoi(filepath.Base(dir))
		seconds, parent, err := processTime(child)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has just ended, and its parent has its time
		}
		if err == nil && parent == pid {
			sum += seconds
		}
	}
	return sum, nil
}
