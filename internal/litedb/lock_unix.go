//go:build unix

package litedb

import (
	"fmt"
	"os"
	"syscall"
)

// lock lets one process at a time create or migrate the database: SQLite's own
// waiting does not cover a change of journal mode, and two migrations at once
// would each find the other's tables missing. It returns what unlocks.
func lock(path string) (func(), error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	return func() { f.Close() }, nil
}
