package bayes

import "math"

// Table is what was learned, as cells that count. Cells may be read while they change.
type Table interface {
	At(cell uint32) int32 // 0 for a cell that is not there
}

// Learned is how many messages were learned.
type Learned struct {
	Ham  int `json:"ham"`
	Spam int `json:"spam"`
}

// LearnedIn reads the numbers of messages from a table. They are never negative.
func LearnedIn[T Table](t T) Learned {
	return Learned{Ham: int(max(t.At(hamCell), 0)), Spam: int(max(t.At(spamCell), 0))}
}

// Fewer gives the smaller of the two numbers.
func (l Learned) Fewer() int { return min(l.Ham, l.Spam) }

// Cell gives the cell that counts a slot's messages of a class.
func Cell(slot uint32, spam bool) uint32 {
	if spam {
		return 2*slot + 1
	}
	return 2 * slot
}

// Total gives the cell that counts all messages of a class.
func Total(spam bool) uint32 {
	if spam {
		return spamCell
	}
	return hamCell
}

// The evidence of a feature that was in s of S unwanted and h of H wanted messages is
//
//	log((s+x)/(S+pooled)) - log((h+x)/(H+pooled)), times n/(n+doubt) with n = s+h,
//	x = least + pooled*n/(S+H).
//
// That is as if each class had another pooled messages with as many of the feature as all mail has. So where few
// messages of a class are known, that the feature was in none of them says little: a new gateway that got much spam and
// little else must not take all that is new for spam. The values were chosen on the corpus by folds (docs/bayes.md).
const (
	pooled = 10.0
	least  = 0.02
	doubt  = 2.5
)

// counted judges features by their counts.
type counted struct {
	share float64 // pooled of one message's part in all
	base  float64 // (H+pooled)/(S+pooled)
}

func newCounted(l Learned) counted {
	ham, spam := float64(l.Ham), float64(l.Spam)
	return counted{share: pooled / max(ham+spam, 1), base: (ham + pooled) / (spam + pooled)}
}

// evidence weighs a feature that was in h wanted and s unwanted messages; 0 for one that nothing is known of.
func (c *counted) evidence(h, s int32) float64 {
	h, s = max(h, 0), max(s, 0)
	if h == 0 && s == 0 {
		return 0
	}
	n := float64(h) + float64(s)
	x := least + c.share*n
	return math.Log((float64(s)+x)/(float64(h)+x)*c.base) * n / (n + doubt)
}

// sums is the evidence of a message by kinds.
type sums struct {
	evidence [Kinds]float64
	known    [Kinds]float64 // features that were seen before
	pairs    float64        // pairs of words
	common   float64        // those that were seen often
}

// often is the number of messages from which on a pair of words counts as seen often. Seldom ones may be known by
// chance: their place in the table is another's.
const often = 3

// count sums up a message's tokens.
func count[T Table](t T, l Learned, tokens []Token) (s sums) {
	c := newCounted(l)
	for i := range tokens {
		slot, k := tokens[i].Slot(), tokens[i].Kind
		h, spam := t.At(2*slot), t.At(2*slot+1)
		if e := c.evidence(h, spam); e != 0 {
			s.evidence[k] += e
			s.known[k]++
		}
		if k == Pair {
			s.pairs++
			if h+spam >= often {
				s.common++
			}
		}
	}
	return s
}

// growth is the power of the number of features by which their sum is divided.
const growth = 0.7

// Features is what the counts say of a message, by kinds, and last of all together.
type Features [Kinds + 1]float64

// features divides each sum by a power of its length.
func (s *sums) features() (f Features) {
	sum, n := 0.0, 0.0
	for k := range s.evidence {
		f[k] = s.evidence[k] / math.Pow(s.known[k]+1, growth)
		sum, n = sum+s.evidence[k], n+s.known[k]
	}
	f[Kinds] = sum / math.Pow(n+1, 0.8)
	return f
}

// FeaturesOf gives what the counts say of a message.
func FeaturesOf[T Table](t T, tokens []Token) Features {
	s := count(t, LearnedIn(t), tokens)
	return s.features()
}

// familiar tells which share of a message's pairs of words was seen often, from 0 to 1. A message in another language,
// or of another kind than all that was learned, has few such. One without text is half familiar.
func (s *sums) familiar() float64 { return (s.common + 2) / (s.pairs + 4) }
