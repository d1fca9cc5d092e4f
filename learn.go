package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"weir/filters/all"
	"weir/filters/bayes"
	"weir/filters/fuzzy"
	"weir/filters/known"
	"weir/gateway/learn"
)

// learnCmd is weir learn.
type learnCmd struct {
	Mail    learnMailCmd    `cmd:"" default:"withargs" help:"Learn from mail what is spam and what is wanted (the word mail can be left out)."`
	Log     learnLogCmd     `cmd:"" help:"Show what was learned, by whom and when."`
	Undo    learnUndoCmd    `cmd:"" help:"Take back what was learned from some messages."`
	Restore learnRestoreCmd `cmd:"" help:"Take back all that was learned since a time."`
	Freeze  learnFreezeCmd  `cmd:"" help:"Learn nothing more, on any gateway, until weir learn thaw."`
	Thaw    learnThawCmd    `cmd:"" help:"Learn again after weir learn freeze."`
}

type (
	learnMailCmd    struct{ learn.Command }
	learnLogCmd     struct{ learn.LogCommand }
	learnUndoCmd    struct{ learn.UndoCommand }
	learnRestoreCmd struct{ learn.RestoreCommand }
	learnFreezeCmd  struct{ learn.FreezeCommand }
	learnThawCmd    struct{ learn.FreezeCommand }
)

// Help goes below the first sentence of weir learn --help.
func (*learnMailCmd) Help() string {
	return "One of --spam, --ham and --forget says what the mail is. weir learn log, undo, restore, freeze and thaw show " +
		"and take back what was learned."
}

// Run learns.
func (c *learnMailCmd) Run() error { return teaching(c.Command.Run) }

// Run shows the journal.
func (c *learnLogCmd) Run() error { return teaching(c.LogCommand.Run) }

// Run takes back.
func (c *learnUndoCmd) Run() error { return teaching(c.UndoCommand.Run) }

// Run takes back.
func (c *learnRestoreCmd) Run() error { return teaching(c.RestoreCommand.Run) }

// Run freezes learning.
func (c *learnFreezeCmd) Run() error {
	return teaching(func(ctx context.Context, h learn.House) int { return c.FreezeCommand.Run(ctx, h, true) })
}

// Run lets learning go on.
func (c *learnThawCmd) Run() error {
	return teaching(func(ctx context.Context, h learn.House) int { return c.FreezeCommand.Run(ctx, h, false) })
}

// teaching runs one of the commands until a signal comes.
func teaching(run func(context.Context, learn.House) int) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if code := run(ctx, school()); code != learn.ExitDone {
		return exitCode(code)
	}
	return nil
}

// school is what commands teach: the filter that learns, and those that want to know.
func school() learn.House {
	return learn.House{Filters: all.Filters, School: bayes.Spec.Name, Others: []string{fuzzy.Spec.Name, known.Spec.Name}, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
}
