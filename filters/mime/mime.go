// Package mime reports what is odd about a message's form (RFC 5322, 2045 to 2047, 2231).
//
// Package message reads a malformed or ambiguous message in every way that a mail program might, notes each oddity as
// an anomaly, and goes on. This filter gives every anomaly a symbol and a score. Oddities that real programs produce
// score next to nothing; those that only make sense as a way round a scanner score enough to matter, but never enough
// to condemn a mail by themselves. Whatever could not be scanned has a symbol too (invariant I3).
package mime

import (
	"context"

	"weir/filters"
	"weir/message"
	"weir/message/anomaly"
	"weir/scoring"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "mime",
	Text:    "reports malformed, ambiguous and unscannable messages",
	Stage:   filters.Data,
	Symbols: symbols(),
	New: func(decode func(into any) error, _ filters.Env) (filters.Filter, error) {
		return filter{}, decode(&struct{}{})
	},
}

type filter struct{}

// Check turns anomalies into hits, in the order of the table.
func (filter) Check(_ context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	notes := m.Anomalies()
	if len(notes) == 0 {
		return filters.Result{}, nil
	}
	var found [256]*anomaly.Note
	for i := range notes {
		found[notes[i].Kind] = &notes[i]
	}
	hits := make([]scoring.Hit, 0, len(notes))
	for i := range rows {
		if n := found[rows[i].kind]; n != nil {
			hits = append(hits, scoring.Hit{Name: rows[i].symbol, Count: n.Count, Detail: n.Detail})
		}
	}
	return filters.Result{Hits: hits}, nil
}

// symbols lists what the filter may report, for the score table.
func symbols() []scoring.Symbol {
	list := make([]scoring.Symbol, len(rows))
	for i, r := range rows {
		list[i] = scoring.Symbol{Name: r.symbol, Score: r.score, Text: r.text}
	}
	return list
}
