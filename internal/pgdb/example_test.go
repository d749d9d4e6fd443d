package pgdb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"

	"townclerk/internal/pgdb"
)

// A transaction that may run more than once, and an error that says what to do.
func Example() {
	ctx := context.Background()
	db, err := pgdb.Open(ctx, os.Getenv("DATABASE_URL"), pgdb.Options{Vector: true})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	for _, warning := range db.Warnings() {
		log.Print(warning)
	}
	var left int
	err = db.Tx(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "UPDATE stock SET n = n - 1 WHERE n > 0 RETURNING n").Scan(&left)
	})
	switch {
	case errors.Is(err, pgdb.ErrCommitUnknown):
		fmt.Println("look first:", err)
	case err != nil:
		fmt.Println("nothing was written:", err)
	default:
		fmt.Println(left, "left")
	}
}
