package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"weir/filters/all"
	"weir/filters/manual"
	"weir/filters/reputation"
	"weir/gateway/config"
	"weir/gateway/state"
	"weir/gateway/store"
	"weir/gateway/store/control"
)

// handCmd is what weir allow and weir block have in common.
type handCmd struct {
	Who    string `arg:"" placeholder:"SENDER" help:"Address (joe@example.org), domain with its subdomains (example.org), or network (192.0.2.0/24)."`
	For    string `placeholder:"RCPT" help:"Only for mail to this recipient or domain."`
	Until  string `placeholder:"DATE" help:"Until the end of this day (UTC), like 2027-01-31."`
	Remove bool   `help:"Take the entry out again."`
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
}

// allowCmd is weir allow.
type allowCmd struct {
	handCmd
	Forced bool `help:"Let the entry count though SPF, DKIM or DMARC prove nothing: anybody can forge an address."`
}

// blockCmd is weir block.
type blockCmd struct{ handCmd }

// Run allows.
func (c *allowCmd) Run() error { return c.change("allow", c.Forced) }

// Run blocks.
func (c *blockCmd) Run() error { return c.change("block", false) }

// change writes the entry into the file of filters/manual; a running gateway sees it within a second.
func (c *handCmd) change(verb string, forced bool) error {
	for _, s := range []string{c.Who, c.For, c.Until} { // or what is in one of them could be read as another
		if strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) }) {
			return fmt.Errorf("%q has a space or another character in it that no address, domain, network or date has", s)
		}
	}
	words := []string{verb, c.Who}
	if c.For != "" {
		words = append(words, "for", c.For)
	}
	if c.Until != "" {
		words = append(words, "until", c.Until)
	}
	if forced {
		words = append(words, "forced")
	}
	e, err := manual.ParseEntry(strings.Join(words, " "))
	if err != nil {
		return err
	}
	if !c.Remove && !e.Until.IsZero() && time.Now().After(e.Until) {
		return fmt.Errorf("%s has passed: the entry would have no effect", c.Until)
	}
	cfg, settings, err := c.settings()
	if err != nil {
		return err
	}
	path := settings.Path(cfg.DataDir)
	gone, err := manual.Change(path, e, c.Remove)
	switch {
	case err != nil:
		return err
	case c.Remove && gone == 0:
		return fmt.Errorf("%s has no entry %q", path, e)
	case c.Remove:
		fmt.Printf("%s: removed %q\n", path, e)
	default:
		fmt.Printf("%s: %s\n", path, e)
	}
	return nil
}

// settings reads the config, and of it what filters/manual has.
func (c *handCmd) settings() (*config.Config, manual.Config, error) {
	cfg, err := config.Load(c.Config, all.Filters)
	if err != nil {
		return nil, manual.Config{}, err
	}
	settings, err := manualSettings(cfg)
	return cfg, settings, err
}

// manualSettings is what the config says of filters/manual, which must be on for entries to have an effect.
func manualSettings(cfg *config.Config) (manual.Config, error) {
	settings := manual.DefaultConfig()
	f := cfg.Filters[manual.Spec.Name]
	if err := f.Decode(&settings); err != nil {
		return settings, err
	}
	if !f.Enabled || settings.File == "" {
		return settings, errors.New("filters.manual is switched off in the config, so this would have no effect")
	}
	return settings, nil
}

// reputationCmd is weir reputation.
type reputationCmd struct {
	Show   reputationShowCmd   `cmd:"" help:"Show what is known of an address, network, domain, HELO name or autonomous system."`
	Forget reputationForgetCmd `cmd:"" help:"Remove what is known of it."`
}

// keyCmd is what both have in common.
type keyCmd struct {
	Key    string `arg:"" help:"192.0.2.1, 192.0.2.0/24, example.org, mail.example.org, AS64500."`
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
}

type reputationShowCmd struct{ keyCmd }

// Run shows.
func (c *reputationShowCmd) Run() error {
	return withState(c.Config, func(ctx context.Context, cfg *config.Config, s store.State) error {
		settings := reputation.DefaultConfig()
		if err := cfg.Filters[reputation.Spec.Name].Decode(&settings); err != nil {
			return err
		}
		list, err := reputation.Lookup(ctx, s, c.Key, settings)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
		for _, r := range list {
			if r.Known {
				fmt.Fprintf(w, "%s\t%s\t%.1f bad\t%.1f good\n", r.Kind, r.Name, r.Bad, r.Good)
			} else {
				fmt.Fprintf(w, "%s\t%s\tnot known\n", r.Kind, r.Name)
			}
		}
		return w.Flush()
	})
}

type reputationForgetCmd struct{ keyCmd }

// Run removes.
func (c *reputationForgetCmd) Run() error {
	return withState(c.Config, func(ctx context.Context, _ *config.Config, s store.State) error {
		n, err := reputation.Forget(ctx, s, c.Key)
		if err != nil {
			return err
		}
		fmt.Printf("%d forgotten\n", n)
		return nil
	})
}

// forgetCmd is weir forget.
type forgetCmd struct{ state.ForgetCommand }

// Run removes what is known of a person.
func (c *forgetCmd) Run() error { return withHouse(c.ForgetCommand.Run) }

// withState opens the state of a config, through a running gateway where there is one.
func withState(path string, do func(context.Context, *config.Config, store.State) error) error {
	cfg, err := config.Load(path, all.Filters)
	if err != nil {
		return err
	}
	s, err := control.Open(cfg.Store, cfg.DataDir)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return do(ctx, cfg, s)
}
