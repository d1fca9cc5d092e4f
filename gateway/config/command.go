package config

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"weir/filters"
	"weir/scoring"
)

// Check is `weir config check`: it loads a config with its rules and makes every enabled filter, without a network,
// so that what passes will also start. It writes one line to out, or returns all that is wrong.
func Check(out io.Writer, path string, specs []filters.Spec, flags ...Flag) error {
	c, err := Load(path, specs, flags...)
	if err != nil {
		return err
	}
	if err := c.checkCertificate(); err != nil {
		return err
	}
	s, err := c.Snapshot(specs, OfflineEnv(nil))
	if err != nil {
		return err
	}
	closeAll(s.Filters)
	_, err = fmt.Fprintf(out, "%s: good. %s\n%s", orDefaults(path), c.summary(specs), c.idle(specs))
	return err
}

// idle names a filter that asks to put mail off while no policy does so: it is on, and has no effect.
func (c *Config) idle(specs []filters.Spec) string {
	for _, p := range c.Policies {
		if p.Greylist > 0 {
			return ""
		}
	}
	for i := range specs {
		f := c.Filters[specs[i].Name]
		if f != nil && f.Enabled && slices.ContainsFunc(specs[i].Symbols, func(s scoring.Symbol) bool { return s.Grey }) {
			return fmt.Sprintf("But filters.%s has no effect: no policy puts mail off. Set greylist = 2.5, or another score, in [policies.default].\n", specs[i].Name)
		}
	}
	return ""
}

func orDefaults(path string) string {
	if path == "" {
		return "the built-in defaults"
	}
	return path
}

// summary says in a line what a config does.
func (c *Config) summary(specs []filters.Spec) string {
	var on []string
	for i := range specs {
		if f := c.Filters[specs[i].Name]; f != nil && f.Enabled {
			on = append(on, specs[i].Name)
		}
	}
	mode := "decisions are carried out"
	if c.Mode == Observe {
		mode = "observe mode: all mail is delivered"
	}
	return fmt.Sprintf("%s; filters: %s; policies: %s; %s.",
		c.openDoors(), orNone(on), strings.Join(sortedKeys(c.Policies), ", "), mode)
}

// openDoors says where mail comes in, and where the SMTP proxy sends it on to.
func (c *Config) openDoors() string {
	var open []string
	for _, d := range c.listens() {
		switch {
		case len(d.list) == 0 || d.door == "metrics":
		case d.door == "smtp":
			open = append(open, fmt.Sprintf("smtp on %s to %s", strings.Join(d.list, ", "), c.destinations()))
		default:
			open = append(open, d.door+" on "+strings.Join(d.list, ", "))
		}
	}
	return strings.Join(open, "; ")
}

func (c *Config) destinations() string {
	var all []string
	for _, h := range c.NextHops {
		all = append(all, fmt.Sprintf("%s (%s)", strings.Join(h.Address, ", "), strings.Join(h.Domains, ", ")))
	}
	return strings.Join(all, ", ")
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
