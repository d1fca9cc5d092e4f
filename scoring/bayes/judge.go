package bayes

import (
	"cmp"
	"math"
	"slices"
)

// Model is what was learned.
type Model[T Table] struct {
	Table   T
	Linear  *Linear  // nil: not enough samples, the counts judge alone
	Weights *Weights // nil: Shipped
}

func (m *Model[T]) weights() *Weights {
	if m.Weights != nil {
		return m.Weights
	}
	return &Shipped
}

// Verdict is the judgement of one message.
type Verdict struct {
	P        float64 // probability of spam, more than 0 and less than 1
	Odds     float64 // its logarithm of odds
	Familiar float64 // share of the message's pairs of words that were seen often before
	Learned  Learned
}

// Judge judges a message by its tokens, those of its text last and in the text's order. Where nothing was learned of a
// class the verdict is 0.5: Learned tells so.
//
// Of a long text its begin and its end are judged by themselves as well, each together with all that is not text, and
// the worst verdict counts, if by a margin: what stands in a mail is not undone by words of other mail that someone
// added to it.
func (m Model[T]) Judge(tokens []Token) Verdict {
	v := Verdict{P: 0.5, Learned: LearnedIn(m.Table)}
	if v.Learned.Fewer() == 0 {
		return v
	}
	v.Odds, v.Familiar = m.odds(tokens, v.Learned)
	if start := textStart(tokens); len(tokens)-start >= 2*passage {
		head, _ := m.odds(tokens[:start+passage], v.Learned)
		tail, _ := m.odds(slices.Concat(tokens[:start], tokens[len(tokens)-passage:]), v.Learned)
		v.Odds = max(v.Odds, max(head, tail)-margin)
	}
	v.P = logistic(v.Odds)
	return v
}

const (
	passage = 160 // features of a text's begin or end: some 70 words and their pairs
	margin  = 1.2 // by which a part's logarithm of odds must exceed that of the whole
)

// textStart finds the first token of the text.
func textStart(tokens []Token) int {
	for i := range tokens {
		if k := tokens[i].Kind; k == Word || k == Pair {
			return i
		}
	}
	return len(tokens)
}

// odds judges tokens as they are.
func (m Model[T]) odds(tokens []Token, l Learned) (odds, familiar float64) {
	s := count(m.Table, l, tokens)
	f := s.features()
	familiar = s.familiar()
	return cautious(m.weights().combine(&f, m.Linear, tokens), familiar, l), familiar
}

// combine puts both judges together.
func (w *Weights) combine(f *Features, l *Linear, tokens []Token) float64 {
	odds := w.Odds(f)
	if l == nil {
		return odds
	}
	odds, linear := Bound(odds, l.Odds(tokens))
	return w.Counts*odds + w.Linear*linear + w.Both
}

// The logarithm of odds of a message of which nothing is familiar stays within unknown, which is a probability of 98 %;
// for one that is familiar as a whole it may grow by known.
const (
	unknown = 4.0
	known   = 12.0
)

// cautious draws a verdict towards "don't know": softly into bounds where few of the message's pairs of words were
// seen before, and as a whole where few messages were learned.
func cautious(odds, familiar float64, l Learned) float64 {
	bound, few := unknown+known*familiar, float64(l.Fewer())
	return bound * math.Tanh(odds/bound) * few / (few + 10)
}

// Clue is a feature that counted in a verdict.
type Clue struct {
	Token
	Weight float64 // what it adds to the logarithm of odds; above 0 for spam
}

// Clues gives the features that counted most, at most n, the weightiest first.
func (m Model[T]) Clues(tokens []Token, n int) []Clue {
	learned := LearnedIn(m.Table)
	if learned.Fewer() == 0 {
		return nil
	}
	weights := m.weights()
	c, s := newCounted(learned), count(m.Table, learned, tokens)
	length := 1.0
	if m.Linear != nil {
		_, length = m.Linear.sum(tokens)
	}
	all := make([]Clue, 0, len(tokens))
	for _, t := range tokens {
		slot := t.Slot()
		w := c.evidence(m.Table.At(2*slot), m.Table.At(2*slot+1)) * weights.Kinds[t.Kind] / math.Pow(s.known[t.Kind]+1, growth)
		if m.Linear != nil {
			w = weights.Counts*w + weights.Linear*m.Linear.weight(t, length)
		}
		if w != 0 {
			all = append(all, Clue{Token: t, Weight: w})
		}
	}
	slices.SortStableFunc(all, func(a, b Clue) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return all[:min(n, len(all))]
}
