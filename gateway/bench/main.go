// Command bench prints what Weir costs as an SMTP proxy, beside Postfix's own proxy filter, on this machine in one run.
//
// Each system under test takes mail from the same client and hands it to the same sink: directly (the sink alone), by
// Postfix's smtpd with smtpd_proxy_filter, by Weir without filters, and by Weir with filters/mime and filters/headers.
// The systems take turns, round after round, so that the machine's drift falls out of the ratios; each figure is the
// median of the rounds. Every mail must be accepted, and must arrive at the sink byte for byte but for the header
// fields that the system adds or removes; otherwise the run ends with an error.
//
// With -milter it prints instead how long a mail takes through Postfix with Weir as its milter, beside Rspamd.
//
// The client and the 1,000 messages are those of the shared folder's peers ($WEIR_SHARED or ../shared).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	rounds := flag.Int("rounds", 3, "how often each measurement is taken; the median counts")
	limit := flag.Int("messages", 1000, "how many of the bench messages")
	idle := flag.Int("idle", 2000, "idle sessions whose memory is measured; 0: none")
	milter := flag.Bool("milter", false, "measure Postfix with Weir and with Rspamd as its milter instead (root, Rspamd, Redis)")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := run(ctx, *rounds, *limit, *idle, *milter); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds, limit, idle int, milter bool) error {
	work, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	client, err := newClient(ctx, work, limit)
	if err != nil {
		return err
	}
	if milter {
		return runMilter(ctx, work, client, rounds)
	}
	systems, stop, err := startSystems(ctx, work, client.book)
	defer stop()
	if err != nil {
		return err
	}
	results, err := measure(ctx, client, systems, rounds)
	if err != nil {
		return err
	}
	printTable(os.Stdout, systems, results)
	if idle == 0 {
		return nil
	}
	return printIdle(os.Stdout, systems, idle)
}
