package bayes

import (
	"math"

	"weir/scoring/bayes"
)

// tune fits weights to what the counts and the linear model say of mails that are left out of what they learned.
func tune(t cells, list []*mail) *bayes.Weights {
	var w bayes.Weights
	features := make([][]float64, len(list))
	for i, m := range list {
		t.change(m, -1)
		f := bayes.FeaturesOf(t, m.tokens)
		t.change(m, 1)
		features[i] = f[:]
	}
	var kinds []float64
	kinds, w.Bias = regress(features, list, 60)
	copy(w.Kinds[:], kinds)
	pairs := make([][]float64, len(list))
	for i, odds := range leftOut(list) {
		var f bayes.Features
		copy(f[:], features[i])
		c, l := bayes.Bound(w.Odds(&f), odds)
		pairs[i] = []float64{c, l}
	}
	two, bias := regress(pairs, list, 60)
	w.Counts, w.Linear, w.Both = two[0], two[1], bias
	return &w
}

// leftOut gives the linear model's odds for each mail, by four models that have each not seen a quarter of them.
func leftOut(list []*mail) []float64 {
	out := make([]float64, len(list))
	for k := range 4 {
		var l linear
		for _, m := range list {
			if m.like%4 != k {
				l.learn(m)
			}
		}
		l.finish()
		for i, m := range list {
			if m.like%4 == k {
				out[i] = l.score(m)
			}
		}
	}
	return out
}

// regress is logistic regression on a few features, over all of them several times. Weights below 0 are not allowed:
// they would mean that what looks like spam speaks for ham.
func regress(features [][]float64, list []*mail, rounds int) (weights []float64, bias float64) {
	n := len(features[0])
	size, weights, steps := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, f := range features {
		for j, v := range f {
			size[j] += v * v
		}
	}
	for j := range size {
		size[j] = math.Sqrt(size[j]/float64(len(features))) + 1e-9
	}
	for range rounds {
		for at := range features {
			i := at * 7919 % len(features) // ham and spam mixed: the number is prime
			f, z := features[i], bias
			for j, v := range f {
				z += weights[j] * v / size[j]
			}
			wrong := float64(class(list[i].spam)) - 1/(1+math.Exp(-z))
			bias += 0.05 * wrong
			for j, v := range f {
				step := wrong*v/size[j] - 1e-4*weights[j]
				steps[j] += step * step
				weights[j] += 0.3 * step / math.Sqrt(steps[j]+1)
				weights[j] = max(weights[j], 0)
			}
		}
	}
	for j := range weights {
		weights[j] /= size[j]
	}
	return weights, bias
}
