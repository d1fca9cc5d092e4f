package bayes

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"weir/scoring/bayes"
)

// own is the small table of a domain or a person.
type own struct{ cells }

func (o *own) learn(m *mail) {
	for _, d := range bayes.ScopeChanges(nil, m.slots, m.spam, 1) {
		o.cells[d.Cell] += d.Add
	}
}
func (o *own) finish()               {}
func (o *own) score(m *mail) float64 { return bayes.Scope[cells]{Table: o.cells}.Odds(m.tokens) }

// TestMeasureScopes prints how well a small table judges by itself, beside one of the site's size.
func TestMeasureScopes(t *testing.T) {
	if !*measuring {
		t.Skip("only with -measure (make bayes)")
	}
	list := wholeCorpus(t, false)
	for _, n := range []int{20, 50, 200, 1000} {
		var small, large, sep []float64
		for seed := range uint64(5) {
			s := few(list, n, seed)
			q := measure(run(&own{make(cells, bayes.ScopeCells)}, s))
			l := measure(run(&both{cells: newCells(), weights: &bayes.Shipped, alone: true}, s))
			small, large, sep = append(small, q.area), append(large, l.area), append(sep, q.missed)
		}
		fmt.Printf("| %d of each | %s | %s | %s |\n", n, interval(small, 3), interval(large, 3), interval(sep, 1))
	}
}

// few learns n mails of each class by chance, and judges those that are no copies of them.
func few(list []*mail, n int, seed uint64) (s split) {
	r := rand.New(rand.NewPCG(seed, 7))
	var left [2]int
	left[0], left[1] = n, n
	learned := map[int]bool{}
	for _, i := range r.Perm(len(list)) {
		if m := list[i]; left[class(m.spam)] > 0 {
			left[class(m.spam)]--
			s.learn = append(s.learn, m)
			learned[m.like] = true
		}
	}
	for _, m := range list {
		if !learned[m.like] {
			s.judge = append(s.judge, m)
		}
	}
	return s
}

// TestOwnLessonsDoNoHarm teaches the site a half of the corpus, and a user some of the same kind by himself: his verdicts
// must be about as good as the site's, though what he taught is so little.
func TestOwnLessonsDoNoHarm(t *testing.T) {
	list := append(sharedMails(t, "spamassassin/ham", false, false), sharedMails(t, "spamassassin/spam", true, false)...)
	s := halves(list)
	site := &both{cells: newCells(), weights: &bayes.Shipped}
	alone := run(site, s)
	for _, n := range []int{20, 100, 500} {
		mine := &own{make(cells, bayes.ScopeCells)}
		for _, m := range few(s.learn, n, 1).learn {
			mine.learn(m)
		}
		learned, with := bayes.Learned{Ham: n, Spam: n}, make([]judged, len(alone))
		for i, m := range s.judge {
			with[i] = judged{m, site.verdict(m).Blend(mine.score(m), learned).Odds}
		}
		before, after := measure(alone), measure(with)
		lost := count(with, func(j judged) bool { return !j.spam && j.p() >= SpamFrom })
		t.Logf("%d of each: 1-AUC %.3f %%, missed %.1f %%; by the site alone %.3f %% and %.1f %%; ham called spam: %d", n, after.area, after.missed, before.area, before.missed, lost)
		if after.area > before.area+0.05 || 1000*lost > len(with) {
			t.Errorf("%d lessons of each class: 1-AUC %.3f %%, without them %.3f %%; %d ham called spam", n, after.area, before.area, lost)
		}
	}
}

func BenchmarkOwnOdds(b *testing.B) {
	list := sharedMails(b, "spamassassin/ham", false, false)[:500]
	mine := &own{newCells()[:bayes.ScopeCells]}
	for i, m := range list {
		m.spam = i%2 == 0
		mine.learn(m)
	}
	held := make(small, bayes.ScopeCells)
	for i, v := range mine.cells {
		held.set(uint32(i), v)
	}
	o, i := opinion{cells: held}, 0
	b.ReportAllocs()
	for b.Loop() {
		o.odds(list[i%len(list)].tokens)
		i++
	}
}
