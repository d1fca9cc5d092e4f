package config

import (
	"testing"

	"weir/filters"
	"weir/scoring"
)

// lists are settings that make symbols.
type lists struct {
	Names []string `toml:"names"`
}

func (l *lists) Symbols() (all []scoring.Symbol) {
	for _, n := range l.Names {
		all = append(all, scoring.Symbol{Name: "LISTS_" + n, Score: 2, Text: "listed"})
	}
	return all
}

func TestSettingsThatMakeSymbolsAreInTheScoreTable(t *testing.T) {
	spec := filters.Spec{Name: "lists", Symbols: []scoring.Symbol{{Name: "LISTS_OLD", Score: 2, Text: "listed"}},
		New: func(decode func(any) error, _ filters.Env) (filters.Filter, error) {
			return nothing{}, decode(&lists{Names: []string{"OLD"}})
		}}
	dir := t.TempDir()
	write(t, dir, "own.cf", "score LISTS_NEW 5\n")
	c, err := Parse("weir.toml", []byte("stock_rules = false\n\n[filters.lists]\nnames = [\"OLD\", \"NEW\"]\n"), []filters.Spec{spec}, Flag{"--rules", "rules", []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	_, table, err := c.Scores([]filters.Spec{spec}, true)
	if err != nil {
		t.Fatal(err)
	}
	e := table.Entry("LISTS_NEW")
	if e == nil || e.Score != 5 || len(e.Origins) != 2 || e.Origins[0].File != "weir.toml" || e.Origins[0].Line != 3 {
		t.Errorf("LISTS_NEW is %+v", e)
	}
	if e := table.Entry("LISTS_OLD"); e == nil || len(e.Origins) != 1 {
		t.Errorf("LISTS_OLD is %+v", e)
	}
}
