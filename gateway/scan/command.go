package scan

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/term"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/resolver"
	"weir/message"
)

// Command is the command line of weir scan, as kong reads it.
type Command struct {
	Paths []string `arg:"" name:"path" help:"Files, folders (with all below), Maildirs, mailboxes (mbox); - is standard input."`

	IP   netip.Addr `name:"ip" placeholder:"ADDR" help:"Address of the client that sent the mail."`
	Helo string     `placeholder:"NAME" help:"Name that the client gave."`
	From *string    `placeholder:"ADDR" help:"Envelope sender; \"\" or <> is the null sender."`
	Rcpt []string   `sep:"none" placeholder:"ADDR" help:"Envelope recipient (repeatable); it chooses the policy."`

	Config  string   `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	Rules   []string `sep:"none" placeholder:"PATH" help:"Rules file or folder (repeatable); replaces the stock rules and those of the config."`
	Only    []string `placeholder:"FILTER,…" help:"Run these filters only."`
	Offline bool     `help:"Use no network."`
	Now     string   `placeholder:"TIME" help:"Set the clock: 2026-01-31, 2026-01-31T12:00:00Z."`
	State   string   `type:"path" placeholder:"PATH" help:"Where the state of the filters is (instead of the config's data_dir)."`

	JSON    bool `name:"json" help:"One JSON object a line instead of words."`
	Explain bool `help:"Say of each symbol what was found and where, what the score would be without it, and what counted for the filter bayes."`

	SubRules bool `name:"subrules" help:"Report sub-rules, which only metas use, like other rules."`

	Format  string       `enum:"auto,message,mbox" default:"auto" help:"What the files are: auto takes a file that begins with a From line as an mbox."`
	Jobs    int          `short:"j" placeholder:"N" help:"Messages judged at once (default: one for each core)."`
	MaxSize setting.Size `placeholder:"SIZE" help:"Largest message that is judged, like 10MB (default 128MB)."`
	Colour  string       `name:"color" enum:"auto,always,never" default:"auto" help:"Colours: auto on a terminal."`
}

// House is what the command line's main lends the command.
type House struct {
	Filters  []filters.Spec
	Env      func(now func() time.Time, offline bool) filters.Env // what filters are lent
	In       io.Reader
	Out, Err io.Writer
}

// Run scans and returns the exit code. What was wrong has been written to h.Err.
func (c *Command) Run(ctx context.Context, h House) int {
	o, err := c.options(h)
	if err != nil {
		return complain(h.Err, err)
	}
	snapshot, without, end, err := c.snapshot(h)
	if err != nil {
		return complain(h.Err, err)
	}
	defer end()
	if len(c.Only) == 0 {
		o.Stateless = without
	}
	o.Table = snapshot.Table
	gw := gateway.New(snapshot, nil)
	defer gw.Close()
	return Run(ctx, o, Through(gw, o.Envelope))
}

func complain(to io.Writer, err error) int {
	fmt.Fprintf(to, "weir scan: %v\n", err)
	return ExitUsage
}

// snapshot makes filters and rules as config and flags say, and opens the state and the way to the DNS; end closes
// both. without is that of openState.
func (c *Command) snapshot(h House) (snap *gateway.Snapshot, without string, end func(), err error) {
	now, err := c.clock()
	if err != nil {
		return nil, "", nil, err
	}
	flags, err := c.flags(h.Filters)
	if err != nil {
		return nil, "", nil, err
	}
	cfg, err := config.Load(c.Config, h.Filters, flags...)
	if err != nil {
		return nil, "", nil, err
	}
	cfg.SubRules = c.SubRules
	cfg.Seal.Domain = "" // nothing is sent on, and who scans may not be allowed to read the key
	env := h.Env(now, c.Offline)
	env.Explain = c.Explain
	without, end, err = c.open(cfg, &env)
	if err != nil {
		return nil, "", nil, err
	}
	if snap, err = cfg.Snapshot(h.Filters, env); err != nil {
		end()
		return nil, "", nil, err
	}
	return snap, without, end, nil
}

// open puts the state into env, if there is one, and a resolver, unless there is one or nobody may be asked.
func (c *Command) open(cfg *config.Config, env *filters.Env) (without string, end func(), err error) {
	state, without, err := c.openState(cfg)
	if err != nil {
		return "", nil, err
	}
	if state != nil {
		env.Store = filters.ReadOnly{Store: state}
	}
	var dns *resolver.Resolver
	if env.Resolver == nil && !env.Offline {
		dns = resolver.New(cfg.Resolver, resolver.Options{})
		env.Resolver = dns
	}
	return without, func() {
		if dns != nil {
			_ = dns.Close()
		}
		if state != nil {
			_ = state.Close()
		}
	}, nil
}

// flags are the settings of the command line, which win over the file's.
func (c *Command) flags(specs []filters.Spec) ([]config.Flag, error) {
	var list []config.Flag
	if c.State != "" {
		list = append(list, config.Flag{Name: "--state", Key: "data_dir", Value: c.State})
	}
	if len(c.Rules) > 0 {
		list = append(list, config.Flag{Name: "--rules", Key: "rules", Value: c.Rules}, config.Flag{Name: "--rules", Key: "stock_rules", Value: false})
	}
	if len(c.Only) == 0 {
		return list, nil
	}
	wanted := map[string]bool{}
	for _, name := range c.Only {
		wanted[strings.TrimSpace(name)] = true
	}
	for i := range specs {
		name := specs[i].Name
		list = append(list, config.Flag{Name: "--only", Key: "filters." + name + ".enabled", Value: wanted[name]})
		delete(wanted, name)
	}
	for name := range wanted {
		return nil, fmt.Errorf("--only: there is no filter %q; there are: %s", name, names(specs))
	}
	return list, nil
}

func names(specs []filters.Spec) string {
	list := make([]string, len(specs))
	for i := range specs {
		list[i] = specs[i].Name
	}
	return strings.Join(list, ", ")
}

// clock is the real one, or stands still at --now.
func (c *Command) clock() (func() time.Time, error) {
	if c.Now == "" {
		return time.Now, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", time.RFC1123Z} {
		if t, err := time.Parse(layout, c.Now); err == nil {
			return func() time.Time { return t }, nil
		}
	}
	return nil, fmt.Errorf("--now: %q is no time: write it like 2026-01-31 or 2026-01-31T12:00:00Z", c.Now)
}

// options are those of Run, as far as they need no config.
func (c *Command) options(h House) (Options, error) {
	o := Options{Paths: c.Paths, Format: c.Format, Jobs: c.Jobs, MaxSize: int64(c.MaxSize), JSON: c.JSON, Offline: c.Offline, In: h.In, Out: h.Out, Err: h.Err}
	if len(o.Paths) == 0 {
		return o, fmt.Errorf("say what to scan: files, folders, or - for standard input")
	}
	if c.Jobs < 0 || c.MaxSize < 0 {
		return o, fmt.Errorf("--jobs and --max-size are not below 0")
	}
	if o.Jobs == 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	o.Envelope = Envelope{Client: message.Client{Addr: c.IP}, Helo: c.Helo, From: path(c.From)}
	for _, r := range c.Rcpt {
		o.Envelope.Rcpts = append(o.Envelope.Rcpts, *path(&r))
	}
	o.Colour = c.Colour == "always" || c.Colour == "auto" && isTerminal(h.Out) && os.Getenv("NO_COLOR") == ""
	if isTerminal(h.Err) {
		o.Progress = NewProgress(h.Err, isTerminal(h.Out))
	}
	return o, nil
}

// path takes the <> off an address; nil stays nil.
func path(address *string) *string {
	if address == nil {
		return nil
	}
	a := *address
	if len(a) > 1 && a[0] == '<' && a[len(a)-1] == '>' {
		a = a[1 : len(a)-1]
	}
	return &a
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
