package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"weir/filters/all"
	"weir/gateway/state"
)

// stateCmd is weir state.
type stateCmd struct {
	Show   stateShowCmd   `cmd:"" default:"withargs" help:"Show what is stored, and whether all of it has an end (the word show can be left out)."`
	Export stateExportCmd `cmd:"" help:"Write a backup of what is stored."`
	Import stateImportCmd `cmd:"" help:"Read a backup, also of the other kind of store."`
}

type (
	stateShowCmd   struct{ state.ShowCommand }
	stateExportCmd struct{ state.ExportCommand }
	stateImportCmd struct{ state.ImportCommand }
)

// Help goes below the first sentence of weir state --help.
func (*stateShowCmd) Help() string {
	return "weir state export and import write and read backups, and move what is stored between file and Redis."
}

// Run shows.
func (c *stateShowCmd) Run() error { return withHouse(c.ShowCommand.Run) }

// Run writes a backup.
func (c *stateExportCmd) Run() error { return withHouse(c.ExportCommand.Run) }

// Run reads one.
func (c *stateImportCmd) Run() error { return withHouse(c.ImportCommand.Run) }

// withHouse runs one of the commands until a signal comes.
func withHouse(run func(context.Context, state.House) int) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if code := run(ctx, state.House{Filters: all.Filters, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}); code != state.ExitDone {
		return exitCode(code)
	}
	return nil
}
