package command

import (
	"fmt"
	"io"
	"strings"
	"time"

	"weir/rules"
	"weir/scoring"
)

// Explain writes all that is known of a symbol, a rule's or a filter's: what it means, its rule, every place that set
// its score, and which metas use it. The error tells of an unknown symbol and names the nearest.
func Explain(w io.Writer, set *rules.Set, table *scoring.Table, symbol string) error {
	if err := set.Resolve(table, symbol); err != nil {
		return err
	}
	e, r := table.Entry(symbol), set.Rule(symbol)
	explainHead(w, symbol, e, r)
	if r != nil {
		explainRule(w, set, table, r)
	}
	if e != nil {
		explainScore(w, e)
	}
	if users := set.UsedBy(symbol); len(users) > 0 {
		fmt.Fprintf(w, "\nUsed by: %s\n", strings.Join(scored(table, users), " "))
	}
	return nil
}

// scored writes names with what each scores: TOP (2.5).
func scored(table *scoring.Table, names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		if list[i] = name; table.Entry(name) != nil {
			list[i] = fmt.Sprintf("%s (%s)", name, number(table.Entry(name).Score))
		}
	}
	return list
}

func explainHead(w io.Writer, symbol string, e *scoring.Entry, r *rules.Rule) {
	switch {
	case e != nil && e.Shadow && !e.Until.IsZero():
		fmt.Fprintf(w, "%s  scores nothing until %s, then %s (shadow)\n", symbol, e.Until.Format(time.DateOnly), number(e.Score))
	case e != nil && e.Shadow:
		fmt.Fprintf(w, "%s  scores nothing (shadow)\n", symbol)
	case e != nil:
		fmt.Fprintf(w, "%s  score %s\n", symbol, number(e.Score))
	case r.Sub():
		fmt.Fprintf(w, "%s  a sub-rule: for metas, without a score\n", symbol)
	default:
		fmt.Fprintln(w, symbol)
	}
	if e != nil && e.Text != "" {
		fmt.Fprintf(w, "  %s\n", e.Text)
	}
	if e != nil && e.Force != nil {
		fmt.Fprintf(w, "  Decides by itself: %s\n", e.Force)
	}
	if r == nil {
		fmt.Fprintf(w, "\nReported by %s\n", e.Origins[0].File)
	}
}

func explainRule(w io.Writer, set *rules.Set, table *scoring.Table, r *rules.Rule) {
	fmt.Fprintf(w, "\nRule at %s:%d\n  %s %s %s\n", r.File, r.Line, r.Kind, r.Name, r.Text)
	for _, old := range r.Replaced() {
		fmt.Fprintf(w, "  It replaces the rule at %s\n", old)
	}
	if len(r.Flags) > 0 {
		fmt.Fprintf(w, "  tflags %s %s\n", r.Name, strings.Join(r.Flags, " "))
	}
	if r.NotRun != "" {
		fmt.Fprintf(w, "  It is not run: %s\n", r.NotRun)
	}
	for _, name := range r.Uses() {
		fmt.Fprintf(w, "  uses %s\n", used(set, table, name))
	}
	for _, s := range r.Samples() {
		verdict := "hits"
		if !s.Hit {
			verdict = "spares"
		}
		fmt.Fprintf(w, "  %s %q\n", verdict, s.Text)
	}
}

// used tells what a name in a meta is.
func used(set *rules.Set, table *scoring.Table, name string) string {
	u, e := set.Rule(name), table.Entry(name)
	switch {
	case u != nil && u.NotRun != "":
		return fmt.Sprintf("%s, which is not run and counts 0: %s (%s:%d)", name, u.NotRun, u.File, u.Line)
	case u != nil:
		return fmt.Sprintf("%s: %s %s (%s:%d)", scored(table, []string{name})[0], u.Kind, u.Text, u.File, u.Line)
	case e != nil:
		return fmt.Sprintf("%s: reported by %s. %s", scored(table, []string{name})[0], e.Origins[0].File, e.Text)
	case strings.HasSuffix(name, ")"):
		return name
	}
	return name + ", which nothing defines and counts 0"
}

func explainScore(w io.Writer, e *scoring.Entry) {
	fmt.Fprintln(w, "\nScore set at (the last one counts)")
	for i, o := range e.Origins {
		note := ""
		if i == 0 {
			note = "  (default)"
		}
		fmt.Fprintf(w, "  %s  %s%s\n", rules.Place{File: o.File, Line: o.Line}, number(o.Score), note)
	}
}
