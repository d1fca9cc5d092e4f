package scoring

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// ErrUnknownSymbol is returned for a score of a symbol that nothing declares, so that a typo can't hide.
var ErrUnknownSymbol = errors.New("scoring: unknown symbol")

// Entry is all that the table knows of one symbol.
type Entry struct {
	Symbol
	Origins []Origin  // every place that set the score, in order: the last one wins; the first is the declaration
	Force   *Action   // a rule that decides ("action NAME reject"); nil: it only scores
	Shadow  bool      // counted, scores nothing ("shadow NAME")
	Until   time.Time // with Shadow: from then on it scores; zero: never
	Aside   bool      // scores, but no filter may learn by itself for this reason ("tflags NAME noautolearn")
}

// Table maps symbols to scores. It is built once and then only read. The zero value is empty and ready.
type Table struct {
	Clock func() time.Time // for shadows that end; nil: time.Now

	entries map[string]*Entry
}

// Declare adds a symbol with its default score. A second declaration of the same name replaces text and score and
// keeps the history, as a rules file that redefines a rule does.
func (t *Table) Declare(s Symbol, from string, line int) {
	if t.entries == nil {
		t.entries = make(map[string]*Entry)
	}
	e := t.entries[s.Name]
	if e == nil {
		e = &Entry{}
		t.entries[s.Name] = e
	}
	e.Symbol = s
	if s.Decides != Accept {
		e.Force = &s.Decides
	}
	e.Origins = append(e.Origins, Origin{File: from, Line: line, Score: s.Score})
}

// Set overrides a score. It fails with ErrUnknownSymbol, naming file and line, if nothing declares the symbol.
func (t *Table) Set(name string, score float64, file string, line int) error {
	e := t.entries[name]
	if e == nil {
		return fmt.Errorf("%s:%d: score %s: %w", file, line, name, ErrUnknownSymbol)
	}
	e.Score = score
	e.Origins = append(e.Origins, Origin{File: file, Line: line, Score: score})
	return nil
}

// Describe replaces a symbol's text; an unknown symbol is ErrUnknownSymbol.
func (t *Table) Describe(name, text, file string, line int) error {
	e := t.entries[name]
	if e == nil {
		return fmt.Errorf("%s:%d: describe %s: %w", file, line, name, ErrUnknownSymbol)
	}
	e.Text = text
	return nil
}

// Entry returns what is known of a symbol, nil for an unknown one. It must not be changed.
func (t *Table) Entry(name string) *Entry { return t.entries[name] }

// Force makes a symbol decide by itself; an unknown symbol is ErrUnknownSymbol.
func (t *Table) Force(name string, a Action, file string, line int) error {
	e := t.entries[name]
	if e == nil {
		return fmt.Errorf("%s:%d: action %s: %w", file, line, name, ErrUnknownSymbol)
	}
	e.Force = &a
	return nil
}

// Shadow makes a symbol count without scoring, up to a time; zero: for good. An unknown symbol is ErrUnknownSymbol.
func (t *Table) Shadow(name string, until time.Time, file string, line int) error {
	e := t.entries[name]
	if e == nil {
		return fmt.Errorf("%s:%d: shadow %s: %w", file, line, name, ErrUnknownSymbol)
	}
	e.Shadow, e.Until = true, until
	return nil
}

// Aside says whether filters that learn by themselves leave a symbol aside; an unknown symbol is ErrUnknownSymbol.
func (t *Table) Aside(name string, is bool, file string, line int) error {
	e := t.entries[name]
	if e == nil {
		return fmt.Errorf("%s:%d: tflags %s: %w", file, line, name, ErrUnknownSymbol)
	}
	e.Aside = is
	return nil
}

// Shadowed tells whether a symbol scores and decides nothing now.
func (t *Table) Shadowed(e *Entry) bool {
	if !e.Shadow || e.Until.IsZero() {
		return e.Shadow
	}
	now := time.Now
	if t.Clock != nil {
		now = t.Clock
	}
	return now().Before(e.Until)
}

// Names lists all declared symbols, sorted.
func (t *Table) Names() []string { return slices.Sorted(maps.Keys(t.entries)) }

// Score gives the hits their scores, in the order given. A hit of an undeclared symbol scores 0.
func (t *Table) Score(hits []Hit) []Scored {
	out := make([]Scored, 0, len(hits))
	for _, h := range hits {
		s := Scored{Name: h.Name, Count: max(h.Count, 1), Detail: h.Detail, Retry: h.Retry}
		if e := t.entries[h.Name]; e != nil && !t.Shadowed(e) {
			s.Score, s.Aside = e.Score, e.Aside
			if h.Weight != 0 {
				s.Score = Round(s.Score * h.Weight)
			}
		}
		out = append(out, s)
	}
	return out
}
