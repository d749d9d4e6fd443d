package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

type configCmd struct {
	Check checkCmd `cmd:"" help:"Check the configuration file and what it names."`
}

type checkCmd struct {
	File string `arg:"" optional:"" type:"path" help:"Configuration file."`
}

func (cmd *checkCmd) Run(_ context.Context, g *Globals) error {
	if cmd.File != "" {
		g.Config = cmd.File
	}
	c, err := loadConfig(g)
	if err != nil {
		return err
	}
	var errs []error
	for i, s := range c.Sources {
		if info, err := os.Stat(s.Folder); err != nil {
			errs = append(errs, fmt.Errorf("sources[%d].folder: %w", i, err))
		} else if !info.IsDir() {
			errs = append(errs, fmt.Errorf("sources[%d].folder: %s is not a folder", i, s.Folder))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if c.path == "" {
		fmt.Println("There is no configuration file; the defaults hold. `townclerk init` writes one.")
		return nil
	}
	fmt.Printf("%s is in order (configuration %s).\n", c.path, c.hash)
	return nil
}
