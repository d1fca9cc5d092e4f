package bayes

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

// Shipped are the weights in use. They were fitted to what is said of messages that were left out of what was learned
// (make bayes; docs/bayes.md), with the fields of relays and mailing lists and without them, and the mean was rounded.
// Kinds of weight 0 tell the counts nothing that others don't; the linear model looks at them all the same.
var Shipped = Weights{
	Kinds: Features{
		Word: 0.40, Pair: 0.33, Gapped: 0.19, Manner: 0.12, Title: 0.37, TitlePair: 0.27, Person: 0.32, Origin: 0.63,
		Value: 0.80, Site: 0.38, Path: 0.26, Relay: 0.45, Kinds: 0.29,
	},
	Bias: 0.37, Counts: 0.46, Linear: 0.31, Both: -0.42,
}

// fullyFamiliar is the share of familiar features from which on a verdict is believed as it is.
const fullyFamiliar = 0.5
