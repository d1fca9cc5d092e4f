package serve

import (
	"fmt"
	"io"
	"net"
	"strings"

	"weir/filters"
	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/relay"
	"weir/scoring"
)

// tell says in plain words what runs now and how to change it.
func tell(out io.Writer, cfg *config.Config, open openings, antivirus string) {
	fmt.Fprintf(out, "Weir is running as %s.\n", cfg.Name())
	for _, o := range open {
		a := o.listener.Addr()
		verb, text := o.words(a)
		fmt.Fprintf(out, "  %-10s %s%s\n", verb, text, reach(a))
	}
	relays := len(cfg.SMTP.Listen) > 0
	for i := 0; relays && i < len(cfg.NextHops); i++ {
		fmt.Fprintf(out, "  delivers   %s\n", destination(cfg.NextHops[i].WithDefaults()))
	}
	p := cfg.Policies[config.DefaultPolicy].Scoring(config.DefaultPolicy, cfg.Mode)
	fmt.Fprintf(out, "  decides    %s\n", decisions(p))
	fmt.Fprintf(out, "  antivirus  %s\n", antivirus)
	if cfg.Metrics.Listen != "" {
		fmt.Fprintf(out, "  health     http://%s/ready, /live, /metrics\n", cfg.Metrics.Listen)
	}
	if relays && cfg.NextHops[0].Protocol == relay.Maildir {
		fmt.Fprintln(out, "To put it in front of your mail server: weir serve --next-hop 127.0.0.1:25 --domain example.com")
	}
	fmt.Fprintln(out, "To change more: weir config defaults > weir.toml, edit it, weir serve --config weir.toml. Ctrl-C stops.")
}

// antivirus says who scans mail for malware, or that nobody does, and why.
func antivirus(g *gateway.Gateway) string {
	var on, off []string
	g.Scanners(func(_ string, s filters.Scanner) {
		yes, text := s.Scanning()
		if yes {
			on = append(on, text)
		} else {
			off = append(off, text)
		}
	})
	switch {
	case len(on) > 0:
		return strings.Join(on, "; ")
	case len(off) == 0:
		return "off: no scanner is switched on"
	}
	return "off: " + strings.Join(off, "; ")
}

// reach tells who can connect.
func reach(a net.Addr) string {
	if tcp, ok := a.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		return " (from this machine only)"
	}
	return ""
}

func destination(hop relay.HopConfig) string {
	domains := strings.Join(hop.Domains, ", ")
	if domains == "*" {
		domains = "any domain"
	}
	if hop.Protocol == relay.Maildir {
		return fmt.Sprintf("mail for %s into the Maildir %s", domains, hop.Address[0])
	}
	return fmt.Sprintf("mail for %s to %s (%s)", domains, strings.Join(hop.Address, ", else "), hop.Protocol)
}

// decisions puts a policy into words.
func decisions(p *scoring.Policy) string {
	t := p.Thresholds
	var list []string
	for _, step := range []struct {
		at   float64
		what string
	}{{t.Greylist, "put off"}, {t.Tag, "marked as spam"}, {t.Quarantine, "kept in the quarantine"}, {t.Discard, "thrown away"}, {t.Reject, "refused"}} {
		if step.at > 0 {
			list = append(list, fmt.Sprintf("%s from a score of %g", step.what, step.at))
		}
	}
	text := "mail is " + strings.Join(list, ", ")
	if len(list) == 0 {
		text = "all mail is delivered"
	}
	if p.Observe {
		return "observe mode: everything is delivered, headers and log say what would have happened (" + text + ")"
	}
	return text
}
