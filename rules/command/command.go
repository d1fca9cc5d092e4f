// Package command is what `weir rules check`, `weir rules list` and `weir explain` do. Each writes for a person and
// returns an error for the exit code; main's kong structs call them.
package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"weir/rules"
	"weir/scoring"
)

// ErrFound is returned by Check when there is an error: exit code 1. What is wrong has been written.
var ErrFound = errors.New("the rules files have errors")

// Check reads rules files and writes all that is wrong with them, and every line that is not run, with file, line and
// reason. table has the filters' symbols and is filled. It returns ErrFound where the files would be refused or a
// sample fails, and another error where a path can't be read.
func Check(w io.Writer, o rules.Options, table *scoring.Table) error {
	set, err := rules.Load(o)
	if set == nil {
		return err
	}
	problems := append(rules.Problems{}, set.Problems()...)
	problems = append(problems, set.Fill(table)...)
	failed, ran := set.CheckSamples()
	problems = append(problems, failed...)
	problems.Sort(set.Files())
	for _, p := range problems {
		fmt.Fprintf(w, "%s:%d: %s: %s\n", p.File, p.Line, p.Level, p.Text)
		if p.Hint != "" {
			fmt.Fprintf(w, "    %s\n", p.Hint)
		}
	}
	return summary(w, set, problems, ran)
}

func summary(w io.Writer, set *rules.Set, problems rules.Problems, ran int) error {
	var count [3]int
	for _, p := range problems {
		count[p.Level]++
	}
	scored, sub := 0, 0
	for _, r := range set.Rules() {
		switch {
		case r.NotRun != "":
		case r.Sub():
			sub++
		default:
			scored++
		}
	}
	fmt.Fprintf(w, "%s, %s and %s, %s run: %s, %s, %s not run\n", plural(len(set.Files()), "file"), plural(scored, "rule"),
		plural(sub, "sub-rule"), plural(ran, "sample"), plural(count[rules.Error], "error"), plural(count[rules.Warning], "warning"),
		plural(count[rules.NotRun], "line"))
	if count[rules.Error] > 0 {
		return ErrFound
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

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
