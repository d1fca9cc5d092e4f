package bayes

import (
	"time"

	"weir/filters"
	"weir/scoring/bayes"
)

const year = 365 * 24 * time.Hour

// table holds the counts: 8 MB, and the marks of the messages that were learned last.
var table = filters.Table{
	Name:  "bayes",
	Cells: bayes.Cells,
	Marks: filters.Family{TTL: 2 * year, Budget: 50_000, Slide: true},
}

// remembered is how many messages of each class the journals keep: those that the linear model is fitted to, and whose
// learning can be undone.
const remembered = 2500

// journals, by class: one for each, so that much mail of one class does not push out that of the other.
var journals = [2]filters.Stream{
	{Name: "bayes-ham", Max: remembered, TTL: 2 * year, Of: &table},
	{Name: "bayes-spam", Max: remembered, TTL: 2 * year, Of: &table},
}

// class gives the index of a class into journals.
func class(spam bool) int {
	if spam {
		return 1
	}
	return 0
}
