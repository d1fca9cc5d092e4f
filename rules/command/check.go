package command

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"weir/rules"
	"weir/scoring"
)

// ErrFound is returned by Check when there is an error: exit code 1. What is wrong has been written.
var ErrFound = errors.New("the rules files have errors")

// Check reads rules files and writes all that is wrong with them, and every line that is not run, with file, line and
// reason; notes too if all is wanted, which tell what is needless. table has the filters' symbols and is filled. It returns
// ErrFound where the files would be refused or a sample fails, and another error where a path can't be read.
func Check(w io.Writer, o rules.Options, table *scoring.Table, all bool) error {
	set, err := rules.Load(o)
	if set == nil {
		return err
	}
	problems := append(rules.Problems{}, set.Problems()...)
	problems = append(problems, set.Fill(table)...)
	problems = append(problems, set.Lint(table)...)
	failed, ran := set.CheckSamples()
	problems = append(problems, failed...)
	problems.Sort(set.Files())
	for _, g := range grouped(problems) {
		if all || g.Level != rules.Note {
			g.write(w)
		}
	}
	return summary(w, set, problems, ran, all)
}

// group is problems of one kind in one file: the first, and the lines and subjects of all.
type group struct {
	rules.Problem
	lines    []int
	subjects []string
	named    map[string]bool // subjects
	rest     string
}

// grouped puts what is said of several lines of a file in the same words together, but for errors.
func grouped(problems rules.Problems) (list []*group) {
	type key struct {
		file       string
		level      rules.Level
		rest, hint string
	}
	known := map[key]*group{}
	for _, p := range problems {
		subject, rest, cut := strings.Cut(p.Text, ": ")
		k := key{p.File, p.Level, rest, p.Hint}
		g := known[k]
		if g == nil || p.Level == rules.Error || !cut {
			g = &group{Problem: p, named: map[string]bool{}, rest: rest}
			list, known[k] = append(list, g), g
		}
		if g.lines = append(g.lines, p.Line); !g.named[subject] {
			g.named[subject] = true
			g.subjects = append(g.subjects, subject)
		}
	}
	return list
}

// write writes file, lines, level and what is wrong; the hint in a line of its own.
func (g *group) write(w io.Writer) {
	text := g.Text
	if len(g.subjects) > 1 {
		text = strings.Join(g.subjects, ", ") + ": " + g.rest
	}
	fmt.Fprintf(w, "%s:%s: %s: %s\n", g.File, ranges(g.lines), g.Level, text)
	if g.Hint != "" {
		fmt.Fprintf(w, "    %s\n", g.Hint)
	}
}

// ranges writes line numbers in their order, those that follow each other as 3-7.
func ranges(lines []int) string {
	var b strings.Builder
	for i := 0; i < len(lines); {
		j := i
		for j+1 < len(lines) && lines[j+1]-lines[j] <= 1 {
			j++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		if fmt.Fprint(&b, lines[i]); lines[j] > lines[i] {
			fmt.Fprintf(&b, "-%d", lines[j])
		}
		i = j + 1
	}
	return b.String()
}

func summary(w io.Writer, set *rules.Set, problems rules.Problems, ran int, all bool) error {
	var count [4]int
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
	fmt.Fprintf(w, "%s, %s and %s, %s run: %s, %s, %s not run", plural(len(set.Files()), "file"), plural(scored, "rule"),
		plural(sub, "sub-rule"), plural(ran, "sample"), plural(count[rules.Error], "error"), plural(count[rules.Warning], "warning"),
		plural(count[rules.NotRun], "line"))
	if n := count[rules.Note]; n > 0 {
		fmt.Fprintf(w, ", %s", plural(n, "note"))
		if !all {
			fmt.Fprint(w, " (--all shows them)")
		}
	}
	fmt.Fprintln(w)
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
