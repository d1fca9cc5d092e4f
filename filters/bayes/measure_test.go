package bayes

import (
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"

	"weir/scoring/bayes"
)

var measuring = flag.Bool("measure", false, "measure all variants on the shared corpora and print docs/bayes.md's table")

// TestMeasure prints how well several classifiers do (make bayes).
func TestMeasure(t *testing.T) {
	if !*measuring {
		t.Skip("only with -measure")
	}
	for _, stripped := range []bool{false, true} {
		list := append(sharedMails(t, "spamassassin/ham", false, stripped), sharedMails(t, "spamassassin/spam", true, stripped)...)
		group(list)
		fmt.Printf("\nstripped %v: %d mails\n", stripped, len(list))
		for _, v := range variants {
			fmt.Println(row(v.name, v.make, list) + others(t, v.make(), list, stripped))
		}
	}
}

var variants = []struct {
	name string
	make func() classifier
}{
	{"chi-square, words", func() classifier { return &chiSquare{cells: newCells()} }},
	{"chi-square, words and pairs", func() classifier { return &chiSquare{cells: newCells(), pairs: true} }},
	{"pairs with confidence", func() classifier { return &confident{newCells()} }},
	{"linear model", func() classifier { return &linear{} }},
	{"counts by kinds", func() classifier { return &both{cells: newCells(), alone: true} }},
	{"counts and linear, tuned in fold", func() classifier { return &both{cells: newCells()} }},
	{"counts and linear, shipped", func() classifier { return &both{cells: newCells(), weights: &bayes.Shipped} }},
}

func row(name string, make func() classifier, list []*mail) string {
	var area, missed []float64
	var all []judged
	for _, s := range folds(list) {
		got := run(make(), s)
		q := measure(got)
		area, missed, all = append(area, q.area), append(missed, q.missed), append(all, got...)
	}
	half := measure(run(make(), halves(list)))
	pool := measure(all)
	return strings.Join([]string{"", name, interval(area, 3), interval(missed, 1), fmt.Sprintf("%.3f / %.1f", pool.area, pool.missed), fmt.Sprintf("%.3f / %.1f", half.area, half.missed), lost(all), ""}, " | ")
}

// others judges other mail by what was learned of the whole corpus.
func others(t *testing.T, c classifier, list []*mail, stripped bool) string {
	for _, m := range list {
		c.learn(m)
	}
	c.finish()
	out := ""
	for _, dir := range []string{"modern-ham", "bounces", "modern-spam"} {
		var all []judged
		top := -100.0
		for _, m := range sharedMails(t, dir, false, stripped) {
			all = append(all, judged{m, c.score(m)})
			top = max(top, all[len(all)-1].score)
		}
		out += " | " + dir
		for _, p := range []float64{0.5, 0.9, 0.95, 0.99} {
			out += fmt.Sprint(" ", count(all, func(j judged) bool { return j.score >= math.Log(p/(1-p)) }))
		}
		out += fmt.Sprintf(" top %.4f", 1/(1+math.Exp(-top)))
	}
	return out
}

func lost(all []judged) string {
	var out string
	for _, p := range []float64{0.5, 0.9, 0.95, 0.99} {
		at := math.Log(p / (1 - p))
		ham := count(all, func(j judged) bool { return !j.spam && j.score >= at })
		spam := count(all, func(j judged) bool { return j.spam && j.score < at })
		out += fmt.Sprintf(" %v:%d/%d", p, ham, spam)
	}
	return out
}

func run(c classifier, s split) []judged {
	for _, m := range s.learn {
		c.learn(m)
	}
	c.finish()
	out := make([]judged, len(s.judge))
	for i, m := range s.judge {
		out[i] = judged{m, c.score(m)}
	}
	return out
}

// TestWeights prints weights fitted to the whole corpus, for scoring/bayes/weights.go.
func TestWeights(t *testing.T) {
	if !*measuring {
		t.Skip("only with -measure")
	}
	for _, stripped := range []bool{false, true} {
		list := append(sharedMails(t, "spamassassin/ham", false, stripped), sharedMails(t, "spamassassin/spam", true, stripped)...)
		group(list)
		table := newCells()
		for _, m := range list {
			table.change(m, 1)
		}
		fmt.Printf("%#v\n", *tune(table, list))
	}
}
