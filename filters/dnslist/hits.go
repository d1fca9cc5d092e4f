package dnslist

import (
	"fmt"
	"slices"
	"strings"

	"weir/scoring"
)

// Hits makes symbols of listings. Lists of one operator are one witness, who has one word for the mail and one
// against it: the strongest; the others stand in its detail. What is left is bounded by Max and Least.
func (s *Set) Hits(listings []Listing) []scoring.Hit {
	var words []*word
	for i := range listings {
		words = hear(words, &listings[i])
	}
	hits := make([]scoring.Hit, len(words))
	up, down := s.share(words)
	for i, w := range words {
		hits[i] = scoring.Hit{Name: w.symbol, Detail: w.detail(), Weight: down}
		if len(w.about) > 1 {
			hits[i].Count = len(w.about)
		}
		if w.score > 0 {
			hits[i].Weight = up
		}
	}
	return hits
}

// word is what one operator says for or against the mail.
type word struct {
	operator string
	symbol   string
	score    float64
	about    []string // subjects with the answers, in order
	also     []string // weaker symbols
}

// hear adds a listing to what its operator says.
func hear(words []*word, l *Listing) []*word {
	at := slices.IndexFunc(words, func(w *word) bool {
		return w.operator == l.list.operator && (w.score < 0) == (l.Code.Score < 0)
	})
	if at < 0 {
		return append(words, &word{operator: l.list.operator, symbol: l.Symbol, score: l.Code.Score, about: []string{l.about()}})
	}
	switch w := words[at]; {
	case w.symbol == l.Symbol:
		w.about = append(w.about, l.about())
	case stronger(l.Code.Score, w.score):
		w.also = append(w.also, w.symbol)
		w.symbol, w.score, w.about = l.Symbol, l.Code.Score, []string{l.about()}
	default:
		w.also = append(w.also, l.Symbol)
	}
	return words
}

// about says who is listed, and how.
func (l *Listing) about() string {
	a := l.Answer
	return fmt.Sprintf("%s (%d.%d.%d.%d)", l.Subject.Text, a[0], a[1], a[2], a[3])
}

// maxAbout is how many subjects a detail names.
const maxAbout = 3

func (w *word) detail() string {
	text := strings.Join(w.about[:min(len(w.about), maxAbout)], ", ")
	if more := len(w.about) - maxAbout; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if len(w.also) > 0 {
		also := slices.Clone(w.also)
		slices.Sort(also)
		text += "; also " + strings.Join(slices.Compact(also), ", ")
	}
	return text
}

// share gives the weights that keep the sums within bounds; 0 is a weight of one.
func (s *Set) share(words []*word) (up, down float64) {
	var above, below float64
	for _, w := range words {
		above, below = above+max(w.score, 0), below+min(w.score, 0)
	}
	return bound(s.Max, above), bound(-s.Least, -below)
}

func bound(most, sum float64) float64 {
	if sum <= most {
		return 0
	}
	return max(most/sum, 1e-6) // a weight of 0 would be one of 1
}

// Against counts the operators that list subjects of a kind with a code above 0 that is not mild; 0 where one of them
// is on an allow list.
func Against(listings []Listing, kind Kind) (n int, operators string) {
	var names []string
	for i := range listings {
		l := &listings[i]
		switch {
		case l.Subject.Kind != kind:
		case l.Code.Score < 0:
			return 0, ""
		case l.Code.Score > 0 && !l.Code.Mild && !slices.Contains(names, l.list.operator):
			names = append(names, l.list.operator)
		}
	}
	return len(names), strings.Join(names, ", ")
}

// Mild tells whether a listing says little by itself.
func (l *Listing) Mild() bool { return l.Code.Mild }

// List is the name of the list.
func (l *Listing) List() string { return l.list.name }
