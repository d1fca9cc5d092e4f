package bayes

import (
	"cmp"
	"math"
	"slices"

	"weir/scoring/bayes"
)

// classifier is a way to judge. Mails are learned in the order given: all ham, then all spam.
type classifier interface {
	learn(*mail)
	finish() // all is learned
	score(*mail) float64
}

// cells is a table in memory.
type cells []int32

func (c cells) At(i uint32) int32 { return c[i] }

func newCells() cells { return make(cells, bayes.Cells) }

func (c cells) change(m *mail, sign int32) {
	for _, d := range bayes.Changes(nil, m.slots, m.spam, sign) {
		c[d.Cell] += d.Add
	}
}

// chiSquare combines the probabilities of single features as Robinson and Fisher do.
type chiSquare struct {
	cells
	pairs bool
}

func (c *chiSquare) learn(m *mail) { c.change(m, 1) }
func (c *chiSquare) finish()       {}

func isPair(k bayes.Kind) bool { return k == bayes.Pair || k == bayes.TitlePair }

func (c *chiSquare) score(m *mail) float64 {
	learned := bayes.LearnedIn(c.cells)
	spam, ham, n := 0.0, 0.0, 0.0
	for _, t := range m.tokens {
		h, s := float64(c.At(2*t.Slot())), float64(c.At(2*t.Slot()+1))
		if h+s == 0 || isPair(t.Kind) && !c.pairs {
			continue
		}
		s /= float64(learned.Spam)
		p := (0.3*0.5 + (float64(c.At(2*t.Slot()))+float64(c.At(2*t.Slot()+1)))*s/(s+h/float64(learned.Ham))) / (0.3 + float64(c.At(2*t.Slot())) + float64(c.At(2*t.Slot()+1)))
		if math.Abs(p-0.5) >= 0.1 {
			ham, spam, n = ham-2*math.Log(p), spam-2*math.Log(1-p), n+1
		}
	}
	// Wilson and Hilferty's approximation of chi-square by the normal distribution keeps apart what rounds to 0 and 1.
	z := func(x float64) float64 {
		k := 2*n + 2
		return (math.Cbrt(x/k) - 1 + 2/(9*k)) / math.Sqrt(2/(9*k))
	}
	return 1 / (1 + math.Exp(z(ham)-z(spam)))
}

// confident adds up the logarithms of odds of words and pairs, each by how often it was seen.
type confident struct{ cells }

func (c *confident) learn(m *mail) { c.change(m, 1) }
func (c *confident) finish()       {}
func (c *confident) score(m *mail) float64 {
	var flat bayes.Weights
	flat.Kinds[bayes.Kinds] = 1
	f := bayes.FeaturesOf(c.cells, m.tokens)
	return flat.Odds(&f)
}

// linear is the linear model alone.
type linear struct {
	list  []bayes.Sample
	dated bool // in the order of time: of more than the journals keep, the newest stay; else some by chance
	model *bayes.Linear
}

func (l *linear) learn(m *mail) {
	l.list = append(l.list, bayes.Sample{ID: m.id, Spam: m.spam, Slots: m.vector})
}
func (l *linear) finish() {
	l.model = bayes.Fit(l.remember())
}

func (l *linear) inOrder() { l.dated = true }

// remember gives what the journals would keep.
func (l *linear) remember() []bayes.Sample {
	list := slices.Clone(l.list)
	if l.dated {
		slices.Reverse(list)
	} else {
		slices.SortFunc(list, func(a, b bayes.Sample) int { return cmp.Compare(a.ID, b.ID) })
	}
	var n [2]int
	return slices.DeleteFunc(list, func(s bayes.Sample) bool {
		n[class(s.Spam)]++
		return n[class(s.Spam)] > remembered
	})
}

func (l *linear) score(m *mail) float64 { return l.model.Odds(m.tokens) }

// both is what ships; with weights fitted to what it learns, or those that ship.
type both struct {
	linear
	cells
	learned []*mail
	weights *bayes.Weights // nil: fit them
	alone   bool           // the counts alone
}

func (b *both) learn(m *mail) {
	b.linear.learn(m)
	b.change(m, 1)
	b.learned = append(b.learned, m)
}

func (b *both) finish() {
	b.linear.finish()
	if b.weights == nil {
		b.weights = tune(b.cells, b.learned)
	}
}

func (b *both) score(m *mail) float64 { return b.verdict(m).Odds }

func (b *both) verdict(m *mail) bayes.Verdict {
	model := bayes.Model[cells]{Table: b.cells, Linear: b.model, Weights: b.weights}
	if b.alone {
		model.Linear = nil
	}
	return model.Judge(m.tokens)
}
