package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File is a file that checkpoints are appended to, each with a line "=" behind it. It is
// as good as the place where it lies: a folder of another machine, one that a git
// repository or a mailbox is filled from.
type File string

var _ External = File("")

const (
	noteEnd = "\n=\n"
	tail    = 1 << 16 // bytes; a note is much shorter
)

// Last returns the last note that was written as a whole.
func (f File) Last(context.Context) ([]byte, error) {
	file, err := os.Open(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the checkpoints' file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the checkpoints' file: %w", err)
	}
	start := max(0, info.Size()-tail)
	b, err := io.ReadAll(io.NewSectionReader(file, start, info.Size()-start))
	if err != nil {
		return nil, fmt.Errorf("read the checkpoints' file: %w", err)
	}
	end := bytes.LastIndex(b, []byte(noteEnd))
	if end < 0 {
		return nil, nil
	}
	b = b[:end+1]
	if before := bytes.LastIndex(b[:end], []byte(noteEnd)); before >= 0 {
		b = b[before+len(noteEnd):]
	}
	return b, nil
}

// Publish appends a note. What a crash left half written is ended first.
func (f File) Publish(_ context.Context, note []byte) error {
	file, err := os.OpenFile(string(f), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("open the checkpoints' file: %w", err)
	}
	info, err := file.Stat()
	if n := int64(len(noteEnd)); err == nil && info.Size() > 0 {
		end := make([]byte, n)
		if _, readErr := file.ReadAt(end, max(0, info.Size()-n)); readErr != nil || string(end) != noteEnd {
			note = append([]byte(noteEnd), note...)
		}
	}
	if err == nil {
		_, err = file.Write(append(note, noteEnd[1:]...))
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("append to the checkpoints' file: %w", err)
	}
	return nil
}
