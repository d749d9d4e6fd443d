package main

import (
	"io"
	"log/slog"
)

// logTo is how every command logs: a record a line, in which whatever is not a plain
// visible character, or could be taken for another field, is quoted.
func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
