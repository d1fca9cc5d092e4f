package config

import (
	"weir/filters"
	"weir/scoring"
)

// declare adds the symbols that filters make of their settings (filters.Declarer), with the place in the config.
func (c *Config) declare(table *scoring.Table, specs []filters.Spec) {
	for i := range specs {
		f := c.Filters[specs[i].Name]
		if f == nil {
			continue
		}
		settings, _ := f.probe(&specs[i])
		if d, ok := settings.(filters.Declarer); ok {
			f.declare(table, d.Symbols())
		}
	}
}

func (f *Filter) declare(table *scoring.Table, symbols []scoring.Symbol) {
	at := f.doc.place(f.path)
	for _, s := range symbols {
		if e := table.Entry(s.Name); e == nil || e.Symbol != s {
			table.Declare(s, at.File, at.Line)
		}
	}
}
