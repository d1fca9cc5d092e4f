package bayes

import "math"

// Weights say how far each kind of features, and each of the two judges, can be trusted. They do not say what is spam.
type Weights struct {
	Kinds  Features // of Features
	Bias   float64
	Counts float64 // of the counts' odds, where there is a linear model
	Linear float64 // of its odds
	Both   float64 // bias of the two together
}

// Odds gives the counts' logarithm of odds.
func (w *Weights) Odds(f *Features) float64 {
	odds := w.Bias
	for k := range f {
		odds += w.Kinds[k] * f[k]
	}
	return odds
}

// Bound keeps the odds of the counts within 4 and those of the linear model within 10, softly: one judge alone can't be
// so sure that the other does not count.
func Bound(counts, linear float64) (float64, float64) {
	return 4 * math.Tanh(counts/4), 10 * math.Tanh(linear/10)
}

// Shipped are the weights in use. Those of kinds were fitted to what is said of messages that were left out of what was
// learned (make bayes; docs/bayes.md), with the fields of relays and mailing lists and without them, and the mean was
// rounded. Kinds of weight 0 tell the counts nothing that others don't; the linear model looks at them all the same. The
// biases and shares are less bold than what fits the corpus best: mail of other years must not be called spam for being new.
var Shipped = Weights{
	Kinds: Features{
		Word: 0.28, Pair: 0.46, Manner: 0.10, Title: 0.34, TitlePair: 0.33, Person: 0.50, Origin: 0.75, Value: 0.86,
		Site: 0.36, Path: 0.03, Relay: 0.69, Kinds: 0.19,
	},
	Bias: -0.15, Counts: 0.73, Linear: 0.47, Both: -0.30,
}
