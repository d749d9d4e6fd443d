package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"
)

var errFault = errors.New("planted fault")

// faultMode is what happens at the call that is to fail.
type faultMode string

const (
	early  faultMode = "early"  // an error, and nothing was done
	late   faultMode = "late"   // the same, but a commit was done
	cancel faultMode = "cancel" // no error, but the caller's context ends
)

// faultyDriver wraps a driver and lets one of its calls fail: the one at which the
// countdown comes to zero.
type faultyDriver struct {
	inner     driver.Driver
	mode      faultMode
	cancel    context.CancelFunc
	countdown atomic.Int64
}

func (d *faultyDriver) fails() bool {
	if d.countdown.Add(-1) != 0 {
		return false
	}
	if d.mode == cancel {
		d.cancel()
	}
	return d.mode != cancel
}

type connector struct {
	*faultyDriver
	dsn string
}

func (c *connector) Driver() driver.Driver { return c.inner }

func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.inner.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &faultyConn{innerConn: conn.(innerConn), d: c.faultyDriver}, nil
}

// innerConn is what the SQLite driver's connection can do.
type innerConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnBeginTx
	driver.ConnPrepareContext
}

type faultyConn struct {
	innerConn
	d *faultyDriver
}

func (c *faultyConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	if c.d.fails() {
		return nil, errFault
	}
	return c.innerConn.ExecContext(ctx, q, args)
}

func (c *faultyConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	if c.d.fails() {
		return nil, errFault
	}
	rows, err := c.innerConn.QueryContext(ctx, q, args)
	if err != nil {
		return nil, err
	}
	return &faultyRows{rows, c.d}, nil
}

func (c *faultyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if c.d.fails() {
		return nil, errFault
	}
	tx, err := c.innerConn.BeginTx(ctx, opts)
	return &faultyTx{tx, c.d}, err
}

type faultyRows struct {
	driver.Rows
	d *faultyDriver
}

func (r *faultyRows) Next(dest []driver.Value) error {
	if r.d.fails() {
		return errFault
	}
	return r.Rows.Next(dest)
}

type faultyTx struct {
	driver.Tx
	d *faultyDriver
}

func (t *faultyTx) Commit() error {
	if !t.d.fails() {
		return t.Tx.Commit()
	}
	if t.d.mode == late {
		return errors.Join(errFault, t.Tx.Commit())
	}
	return errors.Join(errFault, t.Tx.Rollback())
}
