// Package command is what `weir rules check`, `weir rules list` and `weir explain` do. Each writes for a person and
// returns an error for the exit code; main's kong structs call them.
package command

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"weir/rules"
	"weir/scoring"
)

// List writes all rules with kind, score and where each was set, as a table or as one JSON object a line.
func List(w io.Writer, set *rules.Set, table *scoring.Table, asJSON bool) error {
	if asJSON {
		return listJSON(w, set, table)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tKIND\tSCORE\tRULE\tSCORE SET AT\tNOTES")
	for _, e := range set.Entries(table) {
		score, at := "-", "-"
		if e.Score != nil {
			score, at = number(*e.Score), "default"
		}
		if e.SetAt != nil {
			at = e.SetAt.String()
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", e.Name, e.Kind, score, e.Rule, at, notes(e))
	}
	return tw.Flush()
}

func listJSON(w io.Writer, set *rules.Set, table *scoring.Table) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, e := range set.Entries(table) {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

func notes(e rules.Entry) string {
	notes := e.Flags[:len(e.Flags):len(e.Flags)]
	if e.Action != "" {
		notes = append(notes, "action "+e.Action)
	}
	if e.Shadow {
		notes = append(notes, "shadow")
	}
	if e.NotRun != "" {
		notes = append(notes, "not run: "+e.NotRun)
	}
	return strings.Join(notes, ", ")
}

// number writes a score without needless digits.
func number(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", v), "0"), ".")
}
