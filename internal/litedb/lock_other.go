//go:build !unix

package litedb

// lock does nothing where there is no flock: start one process at a time there.
func lock(string) (func(), error) { return func() {}, nil }
