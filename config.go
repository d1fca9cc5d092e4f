package main

import (
	"os"

	"weir/filters/all"
	"weir/gateway/config"
)

// configCmd is weir config.
type configCmd struct {
	Check    configCheckCmd    `cmd:"" help:"Check a config file and all that it names."`
	Defaults configDefaultsCmd `cmd:"" help:"Write every setting with its default, as a config file to start from."`
	Show     configShowCmd     `cmd:"" help:"Show what is in force and where each setting comes from."`
}

// configCheckCmd is weir config check.
type configCheckCmd struct {
	File string `arg:"" optional:"" type:"path" default:"weir.toml" help:"Config file (default weir.toml)."`
}

// Run checks; what is wrong is the error.
func (c *configCheckCmd) Run() error { return config.Check(os.Stdout, c.File, all.Filters) }

// configDefaultsCmd is weir config defaults.
type configDefaultsCmd struct{}

// Run writes the defaults.
func (c *configDefaultsCmd) Run() error { return config.WriteDefaults(os.Stdout, all.Filters) }

// configShowCmd is weir config show.
type configShowCmd struct {
	Config string `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
}

// Run shows.
func (c *configShowCmd) Run() error {
	cfg, err := config.Load(c.Config, all.Filters)
	if err != nil {
		return err
	}
	return cfg.Show(os.Stdout, all.Filters)
}
