package bayes

import (
	"cmp"
	"time"

	"weir/filters"
	"weir/scoring/bayes"
)

const year = 365 * 24 * time.Hour

// remembered is how many messages of each class the linear model is fitted to, and kept how many lines of each class the
// journal keeps, by which learning can be undone. There are more lines, so that undoing many lessons, which is noted
// as well, does not push out those that are to stay.
const (
	remembered = 2500
	kept       = 3000
)

// sampleBytes bounds the features of the messages that the linear model is fitted to, of each class: of long messages it
// takes fewer. Mail has 800 bytes of them in the mean.
const sampleBytes = 2_200_000

// book is what is learned for all, or for one domain or person: the counts with the marks of the messages that were
// learned last, and by class a journal of them, so that much mail of one class does not push out that of the other.
type book struct {
	table    filters.Table
	journals [2]filters.Stream
	changes  func(list []bayes.Change, slots []uint32, spam bool, sign int32) []bayes.Change // what learning does to the cells
}

// site is the book for all: 8 MB of counts.
var site = newBook(filters.Table{
	Name:  "bayes",
	Cells: bayes.Cells,
	Marks: filters.Family{TTL: 2 * year, Budget: 50_000, Slide: true},
}, kept, bayes.Changes)

func newBook(t filters.Table, lines int, changes func([]bayes.Change, []uint32, bool, int32) []bayes.Change) *book {
	b := &book{table: t, changes: changes}
	for c, name := range [...]string{"bayes-ham", "bayes-spam"} {
		b.journals[c] = filters.Stream{Name: name, Max: lines, TTL: cmp.Or(t.TTL, 2*year), Of: &b.table}
	}
	return b
}

// class gives the index of a class into journals.
func class(spam bool) int {
	if spam {
		return 1
	}
	return 0
}
