package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// healthCmd asks a running server, for where there is no shell and no curl: in a
// container.
type healthCmd struct {
	Address string `help:"Address that the server listens at. Without it: the configuration's."`
}

// healthTimeout is more than a server takes to say that it does not know.
const healthTimeout = 5 * time.Second

func (cmd *healthCmd) Run(ctx context.Context, g *Globals) error {
	if cmd.Address == "" {
		c, err := loadConfig(g)
		if err != nil {
			return err
		}
		cmd.Address = c.Web.Listen
	}
	host, port, err := net.SplitHostPort(cmd.Address)
	if err != nil {
		return fmt.Errorf("--address: %w; write it as 127.0.0.1:8080", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // where it listens at every address
	}
	return health(ctx, "http://"+net.JoinHostPort(host, port)+"/readyz", os.Stdout)
}

// health prints what the server says, and fails unless it is ready.
func health(ctx context.Context, url string, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// Never by way of a proxy: the server is here.
	resp, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
	if err != nil {
		return fmt.Errorf("the server breaks off: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(said)))
	}
	_, err = w.Write(said)
	return err
}
