package bayes

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// judged is a mail and what a classifier says of it.
type judged struct {
	*mail
	score float64
}

// p is the probability that a score, if it is a logarithm of odds, stands for.
func (j judged) p() float64 { return 1 / (1 + math.Exp(-j.score)) }

// quality is how well scores tell the classes apart, in percent.
type quality struct {
	area   float64 // 1-AUC: the share of pairs in which ham scores above spam
	missed float64 // spam not above the lowest threshold with at most 0.1 % of the ham above it
}

// measure is what ../shared/peers/eval.py measures.
func measure(list []judged) quality {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b judged) int { return cmp.Compare(a.score, b.score) })
	var ham []float64
	spam, ranks := 0, 0.0
	for i := 0; i < len(sorted); {
		j, n := i, 0
		for ; j < len(sorted) && sorted[j].score == sorted[i].score; j++ {
			if sorted[j].spam {
				n++
			} else {
				ham = append(ham, sorted[j].score)
			}
		}
		ranks += float64(i+1+j) / 2 * float64(n)
		spam, i = spam+n, j
	}
	s, h := float64(spam), float64(len(ham))
	limit := ham[len(ham)-1-int(h*0.001)]
	missed := count(list, func(j judged) bool { return j.spam && j.score <= limit })
	return quality{area: 100 * (1 - (ranks-s*(s+1)/2)/(s*h)), missed: 100 * float64(missed) / s}
}

func count[T any](list []T, is func(T) bool) (n int) {
	for _, x := range list {
		if is(x) {
			n++
		}
	}
	return n
}

// mean gives the mean of five values, with half of its 95 % interval.
func mean(values []float64) (m, half float64) {
	for _, v := range values {
		m += v / float64(len(values))
	}
	for _, v := range values {
		half += (v - m) * (v - m)
	}
	return m, 2.776 * math.Sqrt(half/float64(len(values)*(len(values)-1)))
}

func interval(values []float64, digits int) string {
	m, half := mean(values)
	return fmt.Sprintf("%.*f ± %.*f", digits, m, digits, half)
}
