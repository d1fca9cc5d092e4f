package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"weir/filters"
	"weir/filters/dmarc"
	"weir/gateway/config"
	"weir/gateway/dmarcreport"
	"weir/gateway/resolver"
	"weir/gateway/serve"
	"weir/gateway/store"
)

// dmarcCmd is weir dmarc.
type dmarcCmd struct {
	Report dmarcReportCmd `cmd:"" help:"Send the aggregate reports of a day to the domains that want them."`
}

type dmarcReportCmd struct {
	Day    string `placeholder:"DATE" help:"The day to report (UTC), like 2026-11-21; yesterday if not said."`
	DryRun bool   `help:"Print the reports and to whom they would go; send nothing."`
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
}

// Run sends the reports of one day. What was sent before is not sent again.
func (c *dmarcReportCmd) Run() error {
	day := time.Now().Add(-24 * time.Hour)
	if c.Day != "" {
		named, err := time.Parse(time.DateOnly, c.Day)
		if err != nil {
			return fmt.Errorf("%q is no day: write it like %s", c.Day, day.UTC().Format(time.DateOnly))
		}
		day = named
	}
	return withState(c.Config, func(ctx context.Context, cfg *config.Config, s store.State) error {
		dns := resolver.New(cfg.Resolver, resolver.Options{})
		defer dns.Close()
		sender := reporter(cfg, s, dns)
		sender.Tell = func(domain, place string, err error) {
			if err != nil {
				fmt.Fprintf(os.Stderr, "weir: %s %s: %v\n", domain, place, err)
			}
		}
		if c.DryRun {
			sender.Dry = os.Stdout
		}
		sum, err := sender.Send(ctx, day)
		if errors.Is(err, dmarcreport.ErrNotOver) {
			return fmt.Errorf("%w; --dry-run shows what there is so far", err)
		}
		if err != nil {
			return err
		}
		became := "sent"
		if c.DryRun {
			became = "would be sent"
		}
		fmt.Printf("%s: %d reports %s, %d not taken, %d to be tried again; %d domains want none, or had theirs\n",
			day.UTC().Format(time.DateOnly), sum.Sent, became, sum.Lost, sum.Failed, sum.Kept)
		if sum.Failed > 0 {
			return exitCode(1)
		}
		return nil
	})
}

// reporter makes what sends reports.
func reporter(cfg *config.Config, s filters.Store, dns filters.Resolver) *dmarcreport.Sender {
	return &dmarcreport.Sender{
		Config: cfg.DMARCReport, Hops: cfg.NextHops, Hostname: cfg.Name(), Store: s,
		Places: func(ctx context.Context, domain string) (list []dmarcreport.Place, err error) {
			found, err := dmarc.Places(ctx, dns, domain)
			for _, u := range found {
				list = append(list, dmarcreport.Place(u))
			}
			return list, err
		},
	}
}

// dailyReports sends the reports of each day beside a running gateway, where the config asks for it.
func dailyReports(state *serve.State) serve.Task {
	return func(ctx context.Context, cfg func() *config.Config, log func() *slog.Logger) {
		sender := func() *dmarcreport.Sender {
			now := cfg()
			s, err := state.Open(now)
			if !now.DMARCReport.Daily || err != nil {
				return nil
			}
			r := reporter(now, s, state.Resolver(now))
			r.Tell = func(domain, place string, err error) {
				if err != nil {
					log().Warn("a DMARC report was not sent", "domain", domain, "to", place, "error", err)
				}
			}
			return r
		}
		dmarcreport.Daily(ctx, cfg().Name(), sender, func(sum dmarcreport.Summary, err error) {
			if err != nil {
				log().Error("DMARC reports could not be sent", "error", err)
				return
			}
			log().Info("DMARC reports sent", "sent", sum.Sent, "not_taken", sum.Lost, "again", sum.Failed)
		})
	}
}
