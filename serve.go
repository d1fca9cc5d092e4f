package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"time"

	"weir/filters/all"
	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/serve"
)

// serveCmd is weir serve.
type serveCmd struct {
	Config  string   `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	NextHop []string `placeholder:"HOST:PORT" help:"Mail server that gets the mail; the next one named is used where it fails (repeatable). Needs --domain."`
	Domain  []string `placeholder:"DOMAIN" help:"Recipient domain that is relayed (repeatable)."`
	Listen  []string `placeholder:"ADDR:PORT" help:"Where the SMTP proxy listens (repeatable; default 127.0.0.1:2525)."`
	DataDir string   `type:"path" placeholder:"DIR" help:"Folder for everything that Weir keeps (default weir-data)."`
	Observe bool     `help:"Deliver everything; only say what would have happened."`
}

var errNeedsDomain = errors.New(`--next-hop needs --domain: name the domains whose mail goes there (--domain example.com), or anybody could send through you`)

// collectAt is how much the heap may grow over what is in use before garbage is collected, in percent, unless the environment
// says it by GOGC. The heap is mostly model and patterns, which stay; docs/performance.md has what less than Go's 100 costs.
const collectAt = 60

// Run serves until it is told to stop.
func (c *serveCmd) Run() error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	flags, err := c.flags()
	if err != nil {
		return err
	}
	from, err := serve.Inherit()
	if err != nil {
		return err
	}
	state := &serve.State{Elder: from.Elder}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, serve.Signals()...)
	return serve.Run(context.Background(), serve.Options{
		Load: func() (*config.Config, *gateway.Snapshot, error) { return c.load(flags, state) },
		Files: func(cfg *config.Config) []string {
			if c.Config == "" {
				return cfg.Rules
			}
			return append([]string{c.Config}, cfg.Rules...)
		},
		Out: os.Stdout, Log: os.Stderr, Version: version(), State: state, Signals: signals,
		Tasks: []serve.Task{dailyReports(state)}, From: from,
	})
}

// load reads config and rules and makes the filters.
func (c *serveCmd) load(flags []config.Flag, state *serve.State) (*config.Config, *gateway.Snapshot, error) {
	cfg, err := config.Load(c.Config, all.Filters, flags...)
	if err != nil {
		return nil, nil, err
	}
	env := environment(time.Now, false)
	if env.Store, err = state.Open(cfg); err != nil {
		return nil, nil, err
	}
	env.Resolver = state.Resolver(cfg)
	snap, err := cfg.Snapshot(all.Filters, env)
	return cfg, snap, err
}

// flags are the settings of the command line, which win over the file's.
func (c *serveCmd) flags() ([]config.Flag, error) {
	var list []config.Flag
	if len(c.Listen) > 0 {
		list = append(list, config.Flag{Name: "--listen", Key: "smtp.listen", Value: c.Listen})
	}
	if c.DataDir != "" {
		list = append(list, config.Flag{Name: "--data-dir", Key: "data_dir", Value: c.DataDir})
	}
	if c.Observe {
		list = append(list, config.Flag{Name: "--observe", Key: "mode", Value: "observe"})
	}
	switch {
	case len(c.NextHop) > 0 && len(c.Domain) == 0:
		return nil, errNeedsDomain
	case len(c.NextHop) > 0:
		hop := map[string]any{"address": c.NextHop, "domains": c.Domain}
		list = append(list, config.Flag{Name: "--next-hop", Key: "next_hop", Value: []any{hop}})
	case len(c.Domain) > 0:
		box := filepath.Join(cmp.Or(c.DataDir, config.Default().DataDir), "Maildir")
		hop := map[string]any{"address": []string{box}, "protocol": "maildir", "domains": c.Domain}
		list = append(list, config.Flag{Name: "--domain", Key: "next_hop", Value: []any{hop}})
	}
	return list, nil
}
