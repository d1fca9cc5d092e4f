package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// print writes the figures and the rules that differ most.
func (r *report) print(out io.Writer, e *engine, kind string, worst int) error {
	fmt.Fprintf(out, "%d messages, clock %s\n", len(r.answers), e.now.Format("2006-01-02T15:04:05Z07:00"))
	r.figures(out, "scored rules", r.sum(false))
	r.figures(out, "sub-rules", r.sum(true))
	list := r.differing(e, kind)
	if len(list) == 0 {
		return nil
	}
	if worst > 0 && len(list) > worst {
		fmt.Fprintf(out, "\nThe worst %d of %d rules that differ (-worst 0 lists all, -rule NAME shows messages):\n", worst, len(list))
		list = list[:worst]
	} else {
		fmt.Fprintf(out, "\n%d rules differ (-rule NAME shows messages):\n", len(list))
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "rule\tkind\texpected\tmissed\textra\tcount differs\tagree\tnot run because")
	for _, t := range list {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\t%.2f %%\t%s\n", t.name, e.kind(t.name), t.expected, len(t.missed), len(t.extra),
			len(t.counted), 100*float64(t.agree)/float64(max(t.pairs(), 1)), e.why(t.name))
	}
	return table.Flush()
}

func (r *report) figures(out io.Writer, what string, s sum) {
	fmt.Fprintf(out, "%-12s  %7d pairs, %.3f %% agree (missed %d, extra %d, count differs %d); of %d that hit, %d agree on every message; %d with 20 hits or more below 99 %%\n",
		what, s.pairs, 100*s.share(), s.missed, s.extra, s.count, s.rules, s.whole, s.low)
}

// differing lists the rules that differ, the worst first.
func (r *report) differing(e *engine, kind string) (list []*tally) {
	for name, t := range r.rules {
		if t.differ() > 0 && (kind == "" || strings.HasPrefix(e.kind(name), kind)) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *tally) int {
		return cmp.Or(cmp.Compare(b.differ(), a.differ()), strings.Compare(a.name, b.name))
	})
	return list
}

// printRule lists messages on which one rule differs.
func (r *report) printRule(out io.Writer, e *engine, name string, most int) error {
	t := r.rules[name]
	if t == nil || t.differ() == 0 {
		_, err := fmt.Fprintf(out, "%s: no message on which it differs (expected on %d)\n", name, expected(t))
		return err
	}
	if rule := e.set.Rule(name); rule != nil {
		fmt.Fprintf(out, "%s:%d: %s %s %s\n", rule.File, rule.Line, e.kind(name), name, rule.Text)
	}
	if why := e.why(name); why != "" {
		fmt.Fprintf(out, "not run: %s\n", why)
	}
	for _, side := range []struct {
		what string
		list []int
	}{{"missed", t.missed}, {"extra", t.extra}, {"count differs", t.counted}} {
		for n, i := range side.list {
			if n == most {
				fmt.Fprintf(out, "%s: %d more\n", side.what, len(side.list)-n)
				break
			}
			fmt.Fprintf(out, "%s: %s (expected %d, found %d)\n", side.what, r.answers[i].path, r.answers[i].hits[name], r.found[i][name])
		}
	}
	return nil
}

func expected(t *tally) int {
	if t == nil {
		return 0
	}
	return t.expected
}

// printMessages shows how messages differ.
func (r *report) printMessages(out io.Writer, part string, most int) error {
	shown := 0
	for i, a := range r.answers {
		if !strings.Contains(a.path, part) || shown == most {
			continue
		}
		shown++
		fmt.Fprintln(out, a.path)
		for _, name := range slices.Sorted(maps.Keys(r.rules)) {
			if want, got := a.hits[name], r.found[i][name]; want != got {
				fmt.Fprintf(out, "\t%s: expected %d, found %d\n", name, want, got)
			}
		}
	}
	return nil
}

// printTSV writes what Weir found in the form of hits.tsv, without the score.
func (r *report) printTSV(out io.Writer) error {
	for i, a := range r.answers {
		var scored, subs []string
		for _, name := range slices.Sorted(maps.Keys(r.found[i])) {
			word := name
			if n := r.found[i][name]; n > 1 {
				word = fmt.Sprintf("%s=%d", name, n)
			}
			if isSub(name) {
				subs = append(subs, word)
			} else {
				scored = append(scored, word)
			}
		}
		if _, err := fmt.Fprintf(out, "%s\t-\t%s\t%s\n", a.path, strings.Join(scored, ","), strings.Join(subs, ",")); err != nil {
			return err
		}
	}
	return nil
}
