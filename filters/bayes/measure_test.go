package bayes

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/scoring/bayes"
)

var measuring = flag.Bool("measure", false, "measure all variants on the shared corpora and print the tables of docs/bayes.md")

// variants are the ways to judge that are compared.
var variants = []struct {
	name string
	make func() classifier
}{
	{"chi-square, words", func() classifier { return &chiSquare{cells: newCells()} }},
	{"chi-square, words and pairs", func() classifier { return &chiSquare{cells: newCells(), pairs: true} }},
	{"Bayes with confidence", func() classifier { return &confident{newCells()} }},
	{"linear model", func() classifier { return &linear{} }},
	{"counts by kinds", func() classifier { return &both{cells: newCells(), alone: true} }},
	{"both, weights fitted in the fold", func() classifier { return &both{cells: newCells()} }},
	{"**both, as shipped**", shipped},
}

func shipped() classifier { return &both{cells: newCells(), weights: &bayes.Shipped} }

// wholeCorpus reads the corpus, near-copies grouped.
func wholeCorpus(tb testing.TB, stripped bool) []*mail {
	list := append(sharedMails(tb, "spamassassin/ham", false, stripped), sharedMails(tb, "spamassassin/spam", true, stripped)...)
	group(list)
	return list
}

// TestMeasure prints how well several classifiers do (make bayes).
func TestMeasure(t *testing.T) {
	if !*measuring {
		t.Skip("only with -measure (make bayes)")
	}
	for _, stripped := range []bool{false, true} {
		t.Run(input(stripped), func(t *testing.T) { tables(t, stripped) })
	}
}

// tables prints what is measured on one input.
func tables(t *testing.T, stripped bool) {
	list := wholeCorpus(t, stripped)
	fmt.Printf("\n%s: %d mails\n\n", input(stripped), len(list))
	fmt.Print("| | folds: 1-AUC % | folds: missed % | halves: 1-AUC % | missed % | online: 1-AUC % | missed % |\n|---|---|---|---|---|---|---|\n")
	for _, v := range variants {
		fmt.Println(row(v.name, v.make, list))
	}
	bands, lost := reliability(list)
	fmt.Printf("\n%s\n%s\nOnline:\n\n%s\n%s", bands, lost, thresholds(online(shipped(), list, learnedAtOnce)), others(t, list, stripped))
}

func input(stripped bool) string {
	if stripped {
		return "Without the fields of receivers, relays and lists"
	}
	return "As it is"
}

// row measures one variant on folds, on the halves, and learning online.
func row(name string, make func() classifier, list []*mail) string {
	var area, missed []float64
	for _, s := range folds(list, 7) {
		q := measure(run(make(), s))
		area, missed = append(area, q.area), append(missed, q.missed)
	}
	half, late := measure(run(make(), halves(list))), measure(online(make(), list, learnedAtOnce))
	return fmt.Sprintf("| %s | %s | %s | %.3f | %.1f | %.3f | %.1f |", name,
		interval(area, 3), interval(missed, 1), half.area, half.missed, late.area, late.missed)
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

// learnedAtOnce is the step of learning online.
const learnedAtOnce = 300

// byDate sorts mails by their dates. Those that say they are of before 1998 are left out.
func byDate(list []*mail) []*mail {
	list = slices.DeleteFunc(slices.Clone(list), func(m *mail) bool { return m.when.Year() < 1998 })
	slices.SortStableFunc(list, func(a, b *mail) int { return a.when.Compare(b.when) })
	return list
}

// online judges mails in the order of their dates, each lot by what was learned before it, from enough of both classes
// on.
func online(c classifier, list []*mail, atOnce int) (all []judged) {
	if l, ok := c.(interface{ inOrder() }); ok {
		l.inOrder()
	}
	var learned [2]int
	for lot := range slices.Chunk(byDate(list), atOnce) {
		if min(learned[0], learned[1]) >= bayes.Enough {
			all = append(all, run(c, split{judge: lot})...)
		}
		for _, m := range lot {
			c.learn(m)
			learned[class(m.spam)]++
		}
	}
	return all
}

// reliability tells what share of each band of probabilities is spam, in the folds of three foldings, and how many mails
// are misjudged at some thresholds in those of the first.
func reliability(list []*mail) (bandsTable, lost string) {
	var n, spam [16]int
	for seed := range uint64(3) {
		for _, s := range folds(list, 7+seed) {
			for _, j := range run(shipped(), s) {
				i := slices.IndexFunc(bands, func(b band) bool { return j.p() >= b.from })
				n[i]++
				if j.spam {
					spam[i]++
				}
			}
		}
	}
	var b strings.Builder
	b.WriteString("| symbol | mails | spam among them |\n|---|---|---|\n")
	for i := range bands {
		fmt.Fprintf(&b, "| %s | %d | %.1f %% |\n", bands[i].name, n[i], 100*float64(spam[i])/float64(max(n[i], 1)))
	}
	var all []judged
	for _, s := range folds(list, 7) {
		all = append(all, run(shipped(), s)...)
	}
	return b.String(), thresholds(all)
}

// thresholds tells what is misjudged at some probabilities.
func thresholds(all []judged) string {
	hams := count(all, func(j judged) bool { return !j.spam })
	var b strings.Builder
	b.WriteString("| spam from | ham lost | spam missed |\n|---|---|---|\n")
	for _, p := range []float64{0.5, 0.9, 0.95, SpamFrom, 0.999} {
		ham := count(all, func(j judged) bool { return !j.spam && j.p() >= p })
		spam := count(all, func(j judged) bool { return j.spam && j.p() < p })
		fmt.Fprintf(&b, "| %v | %d of %d (%.2f %%) | %d of %d (%.1f %%) |\n", p, ham, hams, 100*float64(ham)/float64(hams), spam, len(all)-hams, 100*float64(spam)/float64(len(all)-hams))
	}
	return b.String()
}

// others judges mail of other years and kinds by what was learned of the whole corpus, and of halves of their own.
func others(t *testing.T, list []*mail, stripped bool) string {
	var b strings.Builder
	b.WriteString("| learned | judged | mails | p ≥ 0.5 | ≥ 0.9 | ≥ 0.95 | ≥ 0.99 | highest |\n|---|---|---|---|---|---|---|---|\n")
	tell := func(learned, what string, all []judged) {
		fmt.Fprintf(&b, "| %s | %s | %d |", learned, what, len(all))
		top := 0.0
		for _, p := range []float64{0.5, 0.9, 0.95, 0.99} {
			fmt.Fprintf(&b, " %d |", count(all, func(j judged) bool { return j.p() >= p }))
		}
		for _, j := range all {
			top = max(top, j.p())
		}
		fmt.Fprintf(&b, " %.4f |\n", top)
	}
	for _, dir := range []string{"modern-ham", "bounces", "modern-spam"} {
		tell("corpus", dir, run(shipped(), split{learn: list, judge: sharedMails(t, dir, dir == "modern-spam", stripped)}))
	}
	dated := byDate(list)
	old, late := dated[:len(dated)/2], dated[len(dated)/2:]
	both := func(learned, what string, got []judged) {
		for _, class := range []string{"ham", "spam"} {
			tell(learned, what+" "+class, slices.DeleteFunc(slices.Clone(got), func(j judged) bool { return j.spam != (class == "spam") }))
		}
	}
	both("older half of the corpus", "newer half,", run(shipped(), split{learn: old, judge: late}))
	both("newer half of the corpus", "older half,", run(shipped(), split{learn: late, judge: old}))
	modern := append(sharedMails(t, "modern-ham", false, stripped), sharedMails(t, "modern-spam", true, stripped)...)
	group(modern)
	both("half of modern-ham, modern-spam", "their other half,", run(shipped(), twoHalves(modern)))
	both("modern-ham, modern-spam", "corpus,", run(shipped(), split{learn: modern, judge: list}))
	return b.String()
}

// TestWeights prints weights fitted to the whole corpus, for scoring/bayes/weights.go.
func TestWeights(t *testing.T) {
	if !*measuring {
		t.Skip("only with -measure")
	}
	for _, stripped := range []bool{false, true} {
		list := wholeCorpus(t, stripped)
		table := newCells()
		for _, m := range list {
			table.change(m, 1)
		}
		fmt.Printf("%s: %#v\n", input(stripped), *tune(table, list))
	}
}
