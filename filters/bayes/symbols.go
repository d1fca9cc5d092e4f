package bayes

import (
	"strings"

	"weir/scoring"
)

// Untrained is the symbol of a mail that can't be judged yet.
const Untrained = "BAYES_UNTRAINED"

// SpamFrom is the probability from which this filter by itself calls a mail spam. The symbols from there on bring a mail
// near the threshold, and none of them beyond it.
const SpamFrom = 0.99

// band is a range of probabilities: from one up to that of the band before.
type band struct {
	from  float64
	name  string
	score float64
	text  string
}

// bands have a symbol each. What is doubtful scores nothing, and no band decides alone (the tag threshold is 5).
var bands = []band{
	{SpamFrom, "BAYES_99", 4.5, "spam for all that was learned: probability of spam of 99 % or more"},
	{0.95, "BAYES_95", 3, "probability of spam from 95 to 99 %"},
	{0.80, "BAYES_80", 1.5, "probability of spam from 80 to 95 %"},
	{0.60, "BAYES_60", 0.5, "probability of spam from 60 to 80 %"},
	{0.40, "BAYES_50", 0, "nothing can be told: probability of spam from 40 to 60 %"},
	{0.20, "BAYES_40", -0.2, "probability of spam from 20 to 40 %"},
	{0.05, "BAYES_20", -0.5, "probability of spam from 5 to 20 %"},
	{0.01, "BAYES_05", -1, "probability of spam from 1 to 5 %"},
	{0, "BAYES_00", -1.9, "wanted for all that was learned: probability of spam under 1 %"},
}

var symbols = func() []scoring.Symbol {
	list := make([]scoring.Symbol, 0, len(bands)+1)
	for _, b := range bands {
		list = append(list, scoring.Symbol{Name: b.name, Score: b.score, Text: b.text})
	}
	return append(list, scoring.Symbol{Name: Untrained, Text: "too little was learned to judge mail; weir learn teaches it"})
}()

// symbolOf gives the symbol of a probability.
func symbolOf(p float64) string {
	for _, b := range bands {
		if p >= b.from {
			return b.name
		}
	}
	return bands[len(bands)-1].name
}

// isAside tells whether a symbol is no reason to learn by itself: one of this filter's own, or one that the rules files say
// so of.
func isAside(s *scoring.Scored) bool { return s.Aside || isOwn(s.Name) }

// isOwn tells whether a symbol is one of this filter's, or a rule made of them, which by custom has its name in its own.
func isOwn(symbol string) bool { return strings.Contains(symbol, "BAYES") }
