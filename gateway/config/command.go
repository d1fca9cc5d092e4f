package config

import (
	"fmt"
	"io"
	"strings"

	"weir/filters"
)

// Check is `weir config check`: it loads a config with its rules and makes every enabled filter, without a network,
// so that what passes will also start. It writes one line to out, or returns all that is wrong.
func Check(out io.Writer, path string, specs []filters.Spec, flags ...Flag) error {
	c, err := Load(path, specs, flags...)
	if err != nil {
		return err
	}
	s, err := c.Snapshot(specs, offlineEnv())
	if err != nil {
		return err
	}
	closeAll(s.Filters)
	_, err = fmt.Fprintf(out, "%s: good. %s\n", orDefaults(path), c.summary(specs))
	return err
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
	return fmt.Sprintf("%s to %s; filters: %s; policies: %s; %s.",
		strings.Join(c.SMTP.Listen, ", "), c.destinations(), orNone(on), strings.Join(sortedKeys(c.Policies), ", "), mode)
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

// Command is the command line of weir config, as kong reads it. Its Run methods take the House that main binds.
type Command struct {
	Check    checkCommand    `cmd:"" help:"Check a config file: all that serve would complain about, and nothing is started."`
	Defaults defaultsCommand `cmd:"" help:"Write every setting with its default and meaning, as a config file."`
	Show     showCommand     `cmd:"" help:"Show what is in force, and where each value comes from."`
}

// House is what main lends the commands.
type House struct {
	Filters []filters.Spec
	Out     io.Writer
}

type checkCommand struct {
	File string `arg:"" optional:"" default:"weir.toml" help:"Config file (default weir.toml)."`
}

// Run checks a file.
func (c checkCommand) Run(h *House) error { return Check(h.Out, c.File, h.Filters) }

type defaultsCommand struct{}

// Run writes the defaults.
func (defaultsCommand) Run(h *House) error { return WriteDefaults(h.Out, h.Filters) }

type showCommand struct {
	File string `arg:"" optional:"" help:"Config file; without one the defaults are in force."`
}

// Run shows what is in force.
func (c showCommand) Run(h *House) error {
	conf, err := Load(c.File, h.Filters)
	if err != nil {
		return err
	}
	return conf.Show(h.Out, h.Filters)
}
