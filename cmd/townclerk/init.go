package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

//go:embed townclerk.yaml
var sampleConfig []byte

type initCmd struct {
	File string `arg:"" optional:"" default:"townclerk.yaml" type:"path" help:"Where to write it."`
}

func (cmd *initCmd) Run() error {
	f, err := os.OpenFile(cmd.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; it was left as it is", cmd.File)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(sampleConfig)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Printf("Wrote %s. Next: set the agency's name and folder in it, then run: townclerk ingest; townclerk serve\n", cmd.File)
	return nil
}
