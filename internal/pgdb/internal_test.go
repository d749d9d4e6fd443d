package pgdb

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestJudge(t *testing.T) {
	good := facts{version: 170006, vector: "0.8.4", syncCommit: "on", fsync: true}
	change := func(fn func(*facts)) facts {
		f := good
		fn(&f)
		return f
	}
	for name, try := range map[string]struct {
		facts
		want     error
		warnings int
	}{
		"good":             {good, nil, 0},
		"14":               {change(func(f *facts) { f.version = 140019 }), ErrOldServer, 0},
		"15":               {change(func(f *facts) { f.version = 150000 }), nil, 0},
		"replica":          {change(func(f *facts) { f.readOnly = true }), ErrReadOnly, 0},
		"no vector":        {change(func(f *facts) { f.vector = "" }), ErrNoVector, 0},
		"old vector":       {change(func(f *facts) { f.vector = "0.7.4" }), ErrOldVector, 0},
		"vector 0.8.0":     {change(func(f *facts) { f.vector = "0.8.0" }), nil, 1},
		"vector 0.8.3":     {change(func(f *facts) { f.vector = "0.8.3" }), nil, 1},
		"vector 0.10":      {change(func(f *facts) { f.vector = "0.10.0" }), nil, 0},
		"vector 1.0":       {change(func(f *facts) { f.vector = "1.0" }), nil, 0},
		"asynchronous":     {change(func(f *facts) { f.syncCommit = "off" }), nil, 1},
		"local commit":     {change(func(f *facts) { f.syncCommit = "local" }), nil, 0},
		"without fsync":    {change(func(f *facts) { f.fsync = false }), nil, 1},
		"all at one time":  {facts{version: 150001, vector: "0.8.1", syncCommit: "off"}, nil, 3},
		"nothing is known": {facts{}, ErrOldServer, 0},
	} {
		warnings, err := try.judge(true)
		if !errors.Is(err, try.want) || len(warnings) != try.warnings {
			t.Errorf("%s: %v, %v", name, err, warnings)
		}
	}
	if _, err := change(func(f *facts) { f.vector = "" }).judge(false); err != nil {
		t.Errorf("without the need for vectors: %v", err)
	}
}

func TestOlder(t *testing.T) {
	order := strings.Fields("0.7 0.7.4 0.8.0-rc1 0.8.1 0.8.4 0.8.10 0.9 0.10.0 1 1.0.1 17.2")
	for i, a := range order {
		for j, b := range order {
			if older(a, b) != (i < j) {
				t.Errorf("older(%s, %s) = %v", a, b, i >= j)
			}
		}
	}
}

func TestCommitError(t *testing.T) {
	server := func(severity, code string) error {
		return &pgconn.PgError{SeverityUnlocalized: severity, Code: code}
	}
	for name, try := range map[string]struct {
		err     error
		unknown bool
	}{
		"refused":         {server("ERROR", "40001"), false},
		"disk full":       {server("ERROR", "53100"), false},
		"constraint":      {server("ERROR", "23505"), false},
		"rolled back":     {pgx.ErrTxCommitRollback, false},
		"session ended":   {server("FATAL", "57P01"), true},
		"server crashed":  {server("FATAL", "57P02"), true},
		"says so":         {server("ERROR", "40003"), true},
		"connection lost": {io.ErrUnexpectedEOF, true},
	} {
		if err := commitError(try.err); errors.Is(err, ErrCommitUnknown) != try.unknown || !errors.Is(err, try.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if commitError(nil) != nil || refused(commitError(server("FATAL", "40001"))) {
		t.Error("a commit that was done, or may have been, must not be tried again")
	}
}
