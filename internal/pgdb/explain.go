package pgdb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// Errors that a caller may want to tell apart.
var (
	// ErrFull says that the server's disk has no room left. What was being written
	// is not there; everything committed before is.
	ErrFull = errors.New("the database server's disk is full: free some space there, nothing that was committed is lost")
	// ErrCommitUnknown says that the connection was lost while a transaction was
	// being committed: it is there as a whole or not at all. Who wants to try again
	// looks first.
	ErrCommitUnknown = errors.New("the connection to the database was lost during a commit, which may or may not have been done: " +
		"look for what was written before writing it again")
	// ErrConflict says that a transaction was refused every time it was tried,
	// because of what others did at the same time. Nothing of it was written.
	ErrConflict = errors.New("the database is too busy with changes to the same rows: nothing was written, try again later")
	// ErrExhausted says that all connections of the pool were in use for too long.
	// Nothing was begun.
	ErrExhausted = errors.New("no connection to the database was free in time: the server is slow, or the pool is too small " +
		"for so many at once; see pg_stat_activity, then raise the pool's size")
	// ErrLost says that the connection was lost, or could not be made. Nothing of a
	// transaction that it was lost in was written.
	ErrLost = errors.New("the connection to the database was lost: see whether the server runs and is not being restarted; " +
		"nothing of what was being done was written")
)

// advice is what to do about an error of the server, by its SQLSTATE.
var advice = map[string]error{
	"28P01": errors.New("the database refused the user's name or password: correct them in the URL, or set the password with ALTER ROLE"),
	"28000": errors.New("the database refused the user: see that the role exists and may log in, and that pg_hba.conf lets it in from here"),
	"3D000": errors.New("the database does not exist: create it (CREATE DATABASE) or correct its name in the URL"),
	"42501": errors.New("the database's user lacks a right: make it the owner of the database and of Townclerk's tables"),
	"25006": ErrReadOnly,
	"25P03": errors.New("a transaction did nothing for too long, so the server ended it (idle_in_transaction_session_timeout): nothing of it was written"),
	"57014": errors.New("the statement took too long (statement_timeout) or was cancelled: nothing of it was written; " +
		"see what holds the server up (pg_stat_activity), or raise the timeout"),
	"55P03": errors.New("a lock was not to be had in time: see who holds it (pg_locks), then try again"),
	"40001": ErrConflict,
	"40P01": ErrConflict,
	"53100": ErrFull,
	"53200": errors.New("the database server is out of memory: give it more, or lower work_mem or max_connections"),
	"53300": errors.New("the database server has no connection left: raise its max_connections, or lower the pool's size"),
	"57P01": ErrLost,
	"57P02": ErrLost,
	"57P03": errors.New("the database server is starting or stopping: wait a moment and try again"),
	"57P04": errors.New("the database was dropped while it was in use: restore it, or correct its name in the URL"),
	"57P05": ErrLost,
	"58030": errors.New("the database server cannot read or write its files: see its log and its disks before anything else"),
	"XX001": errors.New("the database's files are damaged: stop writing, and restore it from a backup"),
	"XX002": errors.New("an index of the database is damaged: run REINDEX DATABASE, and look for what damaged it"),
	"42704": errors.New("the database lacks a type that is needed; if it is vector or halfvec, run CREATE EXTENSION vector in the database"),
	"08P01": errors.New("what answers is no Postgres server, or a pooler in transaction mode: the URL must name the server, or a pooler in session mode"),
}

// Explain wraps errors of Postgres and of the connection to it in ones that say
// what to do. Other errors come back as they are. No error that it returns, nor
// one wrapped in it, has a password in its text or its fields.
func Explain(err error) error {
	if err == nil || explained(err) {
		return err
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		if say := advice[server.Code]; say != nil {
			return fmt.Errorf("%w (%w)", say, server)
		}
		var dial *pgconn.ConnectError
		if errors.As(err, &dial) {
			return server
		}
		return err
	}
	var dial *pgconn.ConnectError
	if errors.As(err, &dial) {
		// Its field Config holds the password, so the error itself is left behind.
		return fmt.Errorf("%w (%w)", unreachable(dial), dial.Unwrap())
	}
	if disconnected(err) && !stopped(err) {
		return fmt.Errorf("%w (%w)", ErrLost, err)
	}
	return err
}

// Explain is Explain.
func (db *DB) Explain(err error) error { return Explain(err) }

// explained reports whether Explain has seen to the error already.
func explained(err error) bool {
	for _, known := range []error{ErrFull, ErrCommitUnknown, ErrConflict, ErrExhausted, ErrLost, ErrReadOnly, ErrOldServer, ErrNoVector, ErrOldVector} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// unreachable says why no connection could be made.
func unreachable(err error) error {
	var lookup *net.DNSError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &lookup):
		return errors.New("the database's host is not known: correct its name in the URL, or see to name resolution")
	case errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &certificate):
		return errors.New("the database server's certificate is not trusted: give its authority with sslrootcert in the URL, " +
			"and the host by the name that the certificate has")
	}
	return errors.New("the database server does not answer: see that it runs, that host and port in the URL are right, " +
		"that it listens there, and that no firewall is in between")
}

// disconnected reports whether err is one of a connection that is gone.
func disconnected(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, pgconn.ErrConnClosed) || errors.As(err, &network)
}

// stopped reports whether the caller's context ended.
func stopped(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
