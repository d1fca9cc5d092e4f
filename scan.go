package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"weir/filters/all"
	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/scan"
	"weir/message"
)

// scanCmd is weir scan.
type scanCmd struct {
	Paths   []string `arg:"" name:"path" help:"Files, folders, Maildirs, mbox files, or - for standard input."`
	Config  string   `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	JSON    bool     `name:"json" help:"Write one JSON object a line."`
	Format  string   `enum:"auto,message,mbox" default:"auto" help:"How files are read: auto, message or mbox."`
	IP      string   `name:"ip" placeholder:"ADDR" help:"Address of the client that sent the mail."`
	Helo    string   `placeholder:"NAME" help:"Its HELO name."`
	From    *string  `placeholder:"ADDR" help:"Envelope sender; an empty one is the null sender."`
	Rcpt    []string `placeholder:"ADDR" help:"Envelope recipient (repeatable)."`
	Offline bool     `help:"Forbid any network."`
	Only    []string `placeholder:"FILTER" help:"Run only these filters (separated by commas)."`
	Rules   []string `placeholder:"PATH" sep:"none" help:"Rules file or folder instead of the stock rules (repeatable)."`
	Now     string   `placeholder:"TIME" help:"Set the clock, like 2026-11-22T12:00:00Z."`
	State   string   `type:"path" placeholder:"PATH" help:"Folder of the state (default: the config's data_dir)."`
	Jobs    int      `short:"j" placeholder:"N" help:"Messages judged at once (default: the number of cores)."`
}

// Run scans.
func (c *scanCmd) Run() error {
	cfg, clock, err := c.configure()
	if err != nil {
		return err
	}
	envelope, err := c.envelope()
	if err != nil {
		return err
	}
	snap, err := cfg.Snapshot(all.Filters, environment(clock, c.Offline))
	if err != nil {
		return err
	}
	gw := gateway.New(snap, nil)
	defer gw.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if code := scan.Run(ctx, c.options(envelope, snap), scan.Through(gw, envelope)); code != scan.ExitClean {
		return exitCode(code)
	}
	return nil
}

// configure reads the config; the flags win over it.
func (c *scanCmd) configure() (*config.Config, func() time.Time, error) {
	clock := time.Now
	if c.Now != "" {
		at, err := time.Parse(time.RFC3339, c.Now)
		if err != nil {
			return nil, nil, fmt.Errorf("--now %q is no time: write it like 2026-11-22T12:00:00Z", c.Now)
		}
		clock = func() time.Time { return at }
	}
	if err := c.checkOnly(); err != nil {
		return nil, nil, err
	}
	cfg, err := config.Load(c.Config, all.Filters, c.flags()...)
	return cfg, clock, err
}

func (c *scanCmd) flags() []config.Flag {
	var list []config.Flag
	if len(c.Rules) > 0 {
		list = append(list, config.Flag{Name: "--rules", Key: "rules", Value: c.Rules}, config.Flag{Name: "--rules", Key: "stock_rules", Value: false})
	}
	if c.State != "" {
		list = append(list, config.Flag{Name: "--state", Key: "data_dir", Value: c.State})
	}
	for i := range all.Filters {
		if name := all.Filters[i].Name; len(c.Only) > 0 {
			list = append(list, config.Flag{Name: "--only", Key: "filters." + name + ".enabled", Value: slices.Contains(c.Only, name)})
		}
	}
	return list
}

func (c *scanCmd) checkOnly() error {
	var known []string
	for i := range all.Filters {
		known = append(known, all.Filters[i].Name)
	}
	for _, name := range c.Only {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--only %s: there is no such filter; there are %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// envelope is what the flags tell of the mail's way here.
func (c *scanCmd) envelope() (scan.Envelope, error) {
	e := scan.Envelope{Helo: c.Helo, From: c.From, Rcpts: c.Rcpt}
	if c.IP == "" {
		return e, nil
	}
	addr, err := netip.ParseAddr(c.IP)
	if err != nil {
		return e, fmt.Errorf("--ip %q is no address: write it like 192.0.2.1 or 2001:db8::1", c.IP)
	}
	e.Client = message.Client{Addr: addr}
	return e, nil
}

func (c *scanCmd) options(e scan.Envelope, snap *gateway.Snapshot) scan.Options {
	o := scan.Options{
		Paths: c.Paths, Format: c.Format, Jobs: c.Jobs, JSON: c.JSON, Offline: c.Offline, Envelope: e,
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Table: snap.Table,
	}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	toTerminal := term.IsTerminal(int(os.Stdout.Fd()))
	o.Colour = toTerminal && os.Getenv("NO_COLOR") == ""
	if term.IsTerminal(int(os.Stderr.Fd())) {
		o.Progress = scan.NewProgress(os.Stderr, toTerminal)
	}
	return o
}
