package main

import (
	"errors"
	"os"

	"golang.org/x/term"

	"weir/filters/all"
	"weir/gateway/config"
	"weir/rules"
	"weir/rules/command"
	"weir/scoring"
)

// rulesCmd is weir rules.
type rulesCmd struct {
	Check rulesCheckCmd `cmd:"" help:"Say what is wrong in rules files, what of them is not run, and run their samples."`
	List  rulesListCmd  `cmd:"" help:"List all rules with their scores."`
}

// rulesCheckCmd is weir rules check.
type rulesCheckCmd struct {
	Config string   `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	All    bool     `help:"Show notes too: what is replaced, needless or found twice."`
	Paths  []string `arg:"" optional:"" name:"path" help:"Rules files or folders (default: those of the config, with the stock rules)."`
}

// Run checks; it fails with exit code 1 where the files would be refused or a sample fails.
func (c *rulesCheckCmd) Run() error {
	o, err := ruleOptions(c.Config, c.Paths)
	if err != nil {
		return err
	}
	err = command.Check(os.Stdout, o, config.Symbols(all.Filters), c.All)
	if errors.Is(err, command.ErrFound) {
		return exitCode(1)
	}
	return err
}

// rulesListCmd is weir rules list.
type rulesListCmd struct {
	Config string   `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	JSON   bool     `name:"json" help:"Write one JSON object a line."`
	Colour string   `name:"color" enum:"auto,always,never" default:"auto" help:"Colours: auto on a terminal."`
	Rules  []string `placeholder:"PATH" sep:"none" help:"Rules file or folder instead of the stock rules (repeatable)."`
	Names  []string `arg:"" optional:"" name:"name" help:"Names of rules; * stands for any letters (default: all)."`
}

// Run lists.
func (c *rulesListCmd) Run() error {
	set, table, err := scores(c.Config, c.Rules)
	if err != nil {
		return err
	}
	colour := c.Colour == "always" || c.Colour == "auto" && term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == ""
	return command.List(os.Stdout, set, table, command.Listing{JSON: c.JSON, Colour: colour, Names: c.Names})
}

// explainCmd is weir explain.
type explainCmd struct {
	Symbol string   `arg:"" help:"Name of a rule or of a filter's symbol."`
	Config string   `short:"c" type:"path" placeholder:"FILE" help:"Config file; without one the defaults hold."`
	Rules  []string `placeholder:"PATH" sep:"none" help:"Rules file or folder instead of the stock rules (repeatable)."`
}

// Run explains.
func (c *explainCmd) Run() error {
	set, table, err := scores(c.Config, c.Rules)
	if err != nil {
		return err
	}
	return command.Explain(os.Stdout, set, table, c.Symbol)
}

// scores reads a config with its rules, or paths instead of those, and makes the score table.
func scores(path string, paths []string) (*rules.Set, *scoring.Table, error) {
	cfg, err := loadWithRules(path, paths)
	if err != nil {
		return nil, nil, err
	}
	return cfg.Scores(all.Filters, false)
}

// loadWithRules reads a config; paths replace its rules and the stock rules.
func loadWithRules(path string, paths []string) (*config.Config, error) {
	var flags []config.Flag
	if len(paths) > 0 {
		flags = []config.Flag{{Name: "--rules", Key: "rules", Value: paths}, {Name: "--rules", Key: "stock_rules", Value: false}}
	}
	return config.Load(path, all.Filters, flags...)
}

// ruleOptions are what to load: paths, or what the config says.
func ruleOptions(path string, paths []string) (rules.Options, error) {
	cfg, err := loadWithRules(path, paths)
	if err != nil {
		return rules.Options{}, err
	}
	return rules.Options{Stock: cfg.StockRules, Paths: cfg.Rules}, nil
}
