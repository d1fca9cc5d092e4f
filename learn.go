package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"weir/filters/all"
	"weir/filters/bayes"
	"weir/gateway/learn"
)

// learnCmd is weir learn.
type learnCmd struct {
	Mail    learnMailCmd    `cmd:"" default:"withargs" hidden:"" help:"Learn from mail."`
	Log     learnLogCmd     `cmd:"" help:"Show what was learned, by whom and when."`
	Undo    learnUndoCmd    `cmd:"" help:"Take back what was learned from some messages."`
	Restore learnRestoreCmd `cmd:"" help:"Take back all that was learned since a time."`
}

type (
	learnMailCmd    struct{ learn.Command }
	learnLogCmd     struct{ learn.LogCommand }
	learnUndoCmd    struct{ learn.UndoCommand }
	learnRestoreCmd struct{ learn.RestoreCommand }
)

// Run learns.
func (c *learnMailCmd) Run() error { return teaching(c.Command.Run) }

// Run shows the journal.
func (c *learnLogCmd) Run() error { return teaching(c.LogCommand.Run) }

// Run takes back.
func (c *learnUndoCmd) Run() error { return teaching(c.UndoCommand.Run) }

// Run takes back.
func (c *learnRestoreCmd) Run() error { return teaching(c.RestoreCommand.Run) }

// teaching runs one of the commands until a signal comes.
func teaching(run func(context.Context, learn.House) int) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	house := learn.House{Filters: all.Filters, School: bayes.Spec.Name, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	if code := run(ctx, house); code != learn.ExitDone {
		return exitCode(code)
	}
	return nil
}
