package main

import (
	"context"
	"errors"
	"os/signal"
	"syscall"

	"weir/filters/manual"
	"weir/gateway/config"
	"weir/gateway/quarantine/desk"
)

// quarantineCmd is weir quarantine.
type quarantineCmd struct {
	List    quarantineListCmd    `cmd:"" help:"List kept mail, the newest first."`
	Show    quarantineShowCmd    `cmd:"" help:"Show what is known of a mail, or the mail itself."`
	Release quarantineReleaseCmd `cmd:"" help:"Send mail on to those it was for, with its original envelope."`
	Delete  quarantineDeleteCmd  `cmd:"" help:"Delete mail."`
	Undo    quarantineUndoCmd    `cmd:"" help:"Take back a deletion, or what a release taught and allowed."`
	Stats   quarantineStatsCmd   `cmd:"" help:"Count kept mail."`
	Reindex quarantineReindexCmd `cmd:"" help:"Write the index anew from the files."`
}

type (
	quarantineListCmd    struct{ desk.ListCommand }
	quarantineShowCmd    struct{ desk.ShowCommand }
	quarantineReleaseCmd struct{ desk.ReleaseCommand }
	quarantineDeleteCmd  struct{ desk.DeleteCommand }
	quarantineUndoCmd    struct{ desk.UndoCommand }
	quarantineStatsCmd   struct{ desk.StatsCommand }
	quarantineReindexCmd struct{ desk.ReindexCommand }
)

// Run lists.
func (c *quarantineListCmd) Run() error { return atDesk(c.ListCommand.Run) }

// Run shows.
func (c *quarantineShowCmd) Run() error { return atDesk(c.ShowCommand.Run) }

// Run releases.
func (c *quarantineReleaseCmd) Run() error { return atDesk(c.ReleaseCommand.Run) }

// Run deletes.
func (c *quarantineDeleteCmd) Run() error { return atDesk(c.DeleteCommand.Run) }

// Run takes back.
func (c *quarantineUndoCmd) Run() error { return atDesk(c.UndoCommand.Run) }

// Run counts.
func (c *quarantineStatsCmd) Run() error { return atDesk(c.StatsCommand.Run) }

// Run indexes.
func (c *quarantineReindexCmd) Run() error { return atDesk(c.ReindexCommand.Run) }

// atDesk runs one of the commands until a signal comes.
func atDesk(run func(context.Context, desk.House) int) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if code := run(ctx, desk.House{House: school(), Allow: allowFor}); code != desk.ExitDone {
		return exitCode(code)
	}
	return nil
}

// allowFor is weir allow SENDER --for RCPT.
func allowFor(cfg *config.Config, sender, rcpt string, remove bool) (entry string, err error) {
	settings, err := manualSettings(cfg)
	if err != nil {
		return "", err
	}
	e, err := manual.ParseEntry("allow " + sender + " for " + rcpt)
	if err != nil {
		return "", err
	}
	gone, err := manual.Change(settings.Path(cfg.DataDir), e, remove)
	if err == nil && remove && gone == 0 {
		err = errors.New("there is no entry any more: " + e.String())
	}
	return e.String(), err
}
