package carry

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Database is the engine under plain tables: *litedb.DB or *pgdb.DB.
type Database interface {
	Tx(ctx context.Context, fn func(*sql.Tx) error) error
	Snapshot(ctx context.Context, fn func(*sql.Tx) error) error
	Dialect() string
}

// Plain is a table whose rows lie as they are, in columns of integers, text and
// bytes. The columns of its key compare by their bytes.
type Plain struct {
	db    Database
	shape Shape
}

var _ Table = (*Plain)(nil)

// Open returns a table with the columns that it has in the database: those of the
// key, then the others by their names.
func Open(ctx context.Context, db Database, name string, key ...string) (*Plain, error) {
	var columns []string
	err := db.Snapshot(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT * FROM "+name+" LIMIT 0")
		if err != nil {
			return err
		}
		defer rows.Close()
		columns, err = rows.Columns()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look at the table %s: %w", name, err)
	}
	slices.Sort(columns)
	columns = slices.DeleteFunc(columns, func(c string) bool { return slices.Contains(key, c) })
	return &Plain{db, Shape{Name: name, Columns: append(slices.Clone(key), columns...), Key: len(key)}}, nil
}

// Erasable says that rows may go from the table while it is a source.
func (p *Plain) Erasable() *Plain {
	p.shape.Erasable = true
	return p
}

// Changing says that values may change in any way while the table is a source.
func (p *Plain) Changing() *Plain {
	p.shape.Changing = true
	return p
}

// Shape describes the table.
func (p *Plain) Shape() Shape { return p.shape }

// Next returns a page of rows.
func (p *Plain) Next(ctx context.Context, after Row) (page []Row, err error) {
	key := strings.Join(p.shape.Columns[:p.shape.Key], ", ")
	query, args := "SELECT "+strings.Join(p.shape.Columns, ", ")+" FROM "+p.shape.Name, []any(nil)
	if after != nil {
		query += " WHERE (" + key + ") > (" + marks(1, p.shape.Key) + ")"
		args = after[:p.shape.Key]
	}
	query += fmt.Sprintf(" ORDER BY %s LIMIT %d", key, pageRows)
	err = p.db.Snapshot(ctx, func(tx *sql.Tx) (err error) {
		page, err = p.scan(tx.QueryContext(ctx, query, args...))
		return err
	})
	return page, err
}

// scan reads rows until a page is full.
func (p *Plain) scan(rows *sql.Rows, err error) ([]Row, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []Row
	for bytes := 0; bytes < pageBytes && rows.Next(); {
		row := make(Row, len(p.shape.Columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		page = append(page, row)
		bytes += size(row)
	}
	return page, rows.Err()
}

// perStatement rows are added by one statement: few round trips, and far from the
// engines' limits on arguments.
const perStatement = 100

// Add inserts rows.
func (p *Plain) Add(ctx context.Context, rows []Row) error {
	return p.db.Tx(ctx, func(tx *sql.Tx) error {
		for part := range slices.Chunk(rows, perStatement) {
			var values []string
			var args []any
			for _, row := range part {
				values = append(values, "("+marks(len(args)+1, len(row))+")")
				args = append(args, row...)
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES %s",
				p.shape.Name, strings.Join(p.shape.Columns, ", "), strings.Join(values, ", ")), args...)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Amend replaces and deletes rows.
func (p *Plain) Amend(ctx context.Context, changed, gone []Row) error {
	key, rest := p.shape.Columns[:p.shape.Key], p.shape.Columns[p.shape.Key:]
	one := " WHERE " + equals(key, 1, " AND ")
	update := "UPDATE " + p.shape.Name + " SET " + equals(rest, len(key)+1, ", ") + one
	return p.db.Tx(ctx, func(tx *sql.Tx) error {
		for _, row := range changed {
			if _, err := tx.ExecContext(ctx, update, row...); err != nil {
				return err
			}
		}
		for _, row := range gone {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+p.shape.Name+one, row[:len(key)]...); err != nil {
				return err
			}
		}
		return nil
	})
}

// equals returns "a = $2, b = $3" for two columns from the second argument on.
func equals(columns []string, first int, between string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = fmt.Sprintf("%s = $%d", c, first+i)
	}
	return strings.Join(out, between)
}

// marks returns "$3, $4, $5" for three from the third on.
func marks(first, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(out, ", ")
}

// Hold keeps everybody else from writing while fn runs, which may read. Who tries
// waits, and after a time fails. On SQLite that is the file; on Postgres it is the
// tables that locks names. fn may run twice.
func Hold(ctx context.Context, db Database, locks []string, fn func() error) error {
	return db.Tx(ctx, func(tx *sql.Tx) error {
		if db.Dialect() == "postgres" {
			// The transaction does nothing while fn runs, maybe for hours.
			if _, err := tx.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "LOCK TABLE "+strings.Join(locks, ", ")+" IN EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		return fn()
	})
}
