package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"weir/filters/all"
	"weir/gateway/config"
	"weir/gateway/doctor"
)

// doctorCmd is weir doctor.
type doctorCmd struct {
	Config  string        `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	DKIM    []string      `name:"dkim" placeholder:"SELECTOR" help:"DKIM selector of our own domains, whose key is looked at (repeatable)."`
	All     bool          `short:"a" help:"Show what is well, too."`
	JSON    bool          `name:"json" help:"One finding a line, as JSON."`
	Timeout time.Duration `default:"20s" help:"For each check."`
}

// exitUnwell is the exit code where something is wrong that loses mail or judges it wrongly.
const exitUnwell = 1

// Run looks at everything and prints what was found.
func (c *doctorCmd) Run() error {
	cfg, err := config.Load(c.Config, all.Filters)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	found := doctor.Examine(ctx, doctor.Options{
		Config: cfg, Filters: all.Filters, Env: environment(time.Now, false), Selectors: c.DKIM, Timeout: c.Timeout, Built: built(),
	})
	if c.JSON {
		if err := doctor.PrintJSON(os.Stdout, found); err != nil {
			return err
		}
	} else {
		doctor.Print(os.Stdout, found, c.All)
	}
	if doctor.Worst(found) == doctor.Error {
		return exitCode(exitUnwell)
	}
	return nil
}

// built is the time of the commit that this program was made from; zero where Go did not note it.
func built() time.Time {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if t, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
				return t
			}
		}
	}
	return time.Time{}
}
