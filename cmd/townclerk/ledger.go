package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"townclerk/bot/record"
	"townclerk/bot/store"
)

type ledgerCmd struct {
	Key        ledgerKeyCmd        `cmd:"" help:"Print the public key that the record is verified with."`
	Checkpoint ledgerCheckpointCmd `cmd:"" help:"Sign what is new, and print the last checkpoint."`
	NewOrigin  ledgerNewOriginCmd  `cmd:"" help:"Begin a new log where the old one cannot go on, such as after a backup was restored. Stop all servers first."`
}

type ledgerKeyCmd struct{}

func (cmd *ledgerKeyCmd) Run(g *Globals) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	key, err := c.recordKey()
	if err == nil {
		fmt.Println(key.Public())
	}
	return err
}

type ledgerCheckpointCmd struct{}

func (cmd *ledgerCheckpointCmd) Run(ctx context.Context, g *Globals) error {
	return withRecord(ctx, g, func(c config, s *store.Store) error {
		key, err := c.recordKey()
		if err != nil {
			return err
		}
		if _, err := record.New(s, key, c.Record.outside()).Sign(ctx); err != nil {
			return err
		}
		note, err := s.LastCheckpoint(ctx)
		if err == nil {
			_, err = os.Stdout.Write(note)
		}
		return err
	})
}

type ledgerNewOriginCmd struct {
	Name string `arg:"" help:"Name of the new log, such as example.gov/ledger/2."`
}

func (cmd *ledgerNewOriginCmd) Run(ctx context.Context, g *Globals) error {
	return withRecord(ctx, g, func(c config, s *store.Store) error {
		key, err := cmd.key(c)
		if err != nil {
			return err
		}
		made, err := record.NewOrigin(ctx, s, key, c.Record.outside())
		if err != nil {
			return err
		}
		fmt.Printf("The record goes on as %v.\nIts key is %s\nTell those who verify it.\n", made, key.Public())
		return nil
	})
}

// key is that of the environment, or a new one in the place of the file, which is kept.
func (cmd *ledgerNewOriginCmd) key(c config) (record.Key, error) {
	if os.Getenv(recordKeyVariable) != "" {
		key, err := c.recordKey()
		if err == nil && key.Origin() != cmd.Name {
			err = fmt.Errorf("the key in %s is of %s: set one that is of %s", recordKeyVariable, key.Origin(), cmd.Name)
		}
		return key, err
	}
	path := recordKeyPath(c.Data)
	if old, err := c.recordKey(); err != nil || old.Origin() == cmd.Name { // it was begun before
		return old, err
	}
	key, err := record.NewKey(cmd.Name)
	if err != nil {
		return key, err
	}
	err = os.Rename(path, path+"."+time.Now().UTC().Format("20060102T150405"))
	if err == nil {
		err = writeOnce(path, key.Encode())
	}
	return key, err
}

// withRecord runs fn with the record and nothing else of the house.
func withRecord(ctx context.Context, g *Globals, fn func(config, *store.Store) error) error {
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	e, err := openEngine(ctx, c, time.Now)
	if err != nil {
		return err
	}
	key, err := masterKey(c.Data)
	if err == nil {
		var s *store.Store
		if s, err = store.New(ctx, e.turns, key, time.Now); err == nil {
			err = fn(c, s)
		}
	}
	return errors.Join(err, e.close())
}
