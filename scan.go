package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"weir/filters/all"
	"weir/gateway/scan"
)

// scanCmd is weir scan.
type scanCmd struct {
	scan.Command `embed:""`
}

// Run scans.
func (c *scanCmd) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	house := scan.House{Filters: all.Filters, Env: environment, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	if code := c.Command.Run(ctx, house); code != scan.ExitClean {
		return exitCode(code)
	}
	return nil
}
