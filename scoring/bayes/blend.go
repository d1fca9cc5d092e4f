package bayes

// A domain or a person may have a table beside the site's. It is small: features fall together 16 to a slot, and pairs of
// words are left out, since from a few hundred messages they tell little that their words don't.
const (
	scopeCut   = 4
	scopeSlots = (Slots - 9*Slots/16) >> scopeCut

	// ScopeCells is the number of cells of such a table.
	ScopeCells = 2*scopeSlots + 16
)

// scopeSlot finds a slot's place in a small table; false: it has none there.
func scopeSlot(slot uint32) (uint32, bool) {
	if slot < words.from {
		return 0, false
	}
	return (slot - words.from) >> scopeCut, true
}

// ScopeChanges is Changes for the table of a domain or a person.
func ScopeChanges(list []Change, slots []uint32, spam bool, sign int32) []Change {
	last := uint32(scopeSlots)
	for _, s := range slots {
		if place, ok := scopeSlot(s); ok && place != last {
			list = append(list, Change{Cell(place, spam), sign})
			last = place
		}
	}
	return append(list, Change{Total(spam) - 2*Slots + 2*scopeSlots, sign})
}

// Scope reads the table of a domain or a person as if it were the site's.
type Scope[T Table] struct{ Table T }

// At gives the cell in which the site's cell is counted.
func (s Scope[T]) At(cell uint32) int32 {
	if cell >= 2*Slots {
		return s.Table.At(cell - 2*Slots + 2*scopeSlots)
	}
	if place, ok := scopeSlot(cell >> 1); ok {
		return s.Table.At(2*place + cell&1)
	}
	return 0
}

// Odds is what the small table says of a message: a logarithm of odds within 4; 0 where it knows nothing of it.
func (s Scope[T]) Odds(tokens []Token) float64 {
	learned := LearnedIn(s)
	if learned.Fewer() == 0 {
		return 0
	}
	sums := count(s, learned, tokens)
	f := sums.features()
	odds, _ := Bound(Shipped.Odds(&f)-Shipped.Bias, 0)
	return odds
}

// Blend puts the site's verdict and the logarithm of odds of a domain or a person together, as their mean in which the
// latter has the weight
//
//	w = n/(n+doubtful) * own²/(own²+1)
//
// where n is the number of messages that were learned for it, of the class of which there are fewer. So it counts the
// more, the more it learned and the surer it is: mail that it knows nothing of has own = 0, and is left to the site. A
// mean is never bolder than both.
func (v Verdict) Blend(own float64, l Learned) Verdict {
	n := float64(l.Fewer())
	w := n / (n + doubtful) * own * own / (own*own + 1)
	v.Odds += w * (own - v.Odds)
	v.P = logistic(v.Odds)
	return v
}

// doubtful is the number of messages of each class at which own lessons have half of their weight.
const doubtful = 10.0
