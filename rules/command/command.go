// Package command is what `weir rules check`, `weir rules list` and `weir explain` do. Each writes for a person and
// returns an error for the exit code; main's kong structs call them.
package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"weir/rules"
	"weir/scoring"
)

// Listing says how rules are listed.
type Listing struct {
	JSON   bool     // one object a line
	Colour bool     // for a terminal
	Names  []string // patterns with * and ?; none: all rules
}

// ErrNone is returned by List where no rule has such a name.
var ErrNone = errors.New("no rule has such a name")

// List writes rules with kind, score and where each was set, as a table or as one JSON object a line.
func List(w io.Writer, set *rules.Set, table *scoring.Table, l Listing) error {
	var list []rules.Entry
	for _, e := range set.Entries(table) {
		if len(l.Names) == 0 || slices.ContainsFunc(l.Names, func(pattern string) bool { return matches(pattern, e.Name) }) {
			list = append(list, e)
		}
	}
	switch {
	case len(list) == 0 && len(l.Names) > 0:
		return fmt.Errorf("%w: %s", ErrNone, strings.Join(l.Names, " "))
	case l.JSON:
		return listJSON(w, list)
	}
	return listTable(w, list, l.Colour)
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func listTable(w io.Writer, list []rules.Entry, colour bool) error {
	var text bytes.Buffer
	tw := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tKIND\tSCORE\tRULE\tSCORE SET AT\tNOTES")
	for _, e := range list {
		score, at := "-", "-"
		if e.Score != nil {
			score, at = number(*e.Score), "default"
		}
		if e.SetAt != nil {
			at = e.SetAt.String()
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", e.Name, e.Kind, score, e.Rule, at, notes(e))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	n := -1 // the first line names the columns
	for line := range strings.Lines(text.String()) {
		line = strings.TrimRight(line, " \n")
		if colour {
			line = painted(line, n, list)
		}
		n++
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// painted gives a line of the table in the colour of its rule: what is not run is faint, what speaks for spam red, for ham green.
func painted(line string, n int, list []rules.Entry) string {
	colour := "1"
	switch {
	case n < 0:
	case list[n].Score == nil:
		colour = "2"
	case *list[n].Score > 0:
		colour = "31"
	case *list[n].Score < 0:
		colour = "32"
	default:
		return line
	}
	name, rest, _ := strings.Cut(line, " ")
	return "\x1b[" + colour + "m" + name + "\x1b[0m " + rest
}

func listJSON(w io.Writer, list []rules.Entry) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, e := range list {
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
