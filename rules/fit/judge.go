package main

import (
	"slices"
	"strings"

	"weir/rules"
	"weir/scoring"
)

// scoresFile is written by -write: results, not judgement. filtersFile has scores of what filters report, which are
// not run here.
const (
	scoresFile  = "99_scores.cf"
	filtersFile = "90_filters.cf"
)

// feature is a rule whose score may be fitted.
type feature struct {
	name      string
	judged    float64 // the score by judgement
	low, high float64 // where the fitted score must stay
}

// Judgement may err by a factor, not by its sign, and nothing that a stock rule says is worth more than most.
const (
	weakest   = 0.02 // of the judged score
	strongest = 2.0
	most      = 4.0
)

// bounds says between what a score may be fitted.
func bounds(judged float64) (low, high float64) {
	if judged < 0 {
		low, high = bounds(-judged)
		return -high, -low
	}
	return judged * weakest, max(judged, min(judged*strongest, most))
}

// judgement compiles the stock rules without the fitted scores and lists those that score, in the order of names.
func judgement() (*rules.Set, []feature, error) {
	files := slices.DeleteFunc(rules.Stock(), func(f rules.File) bool {
		return strings.HasSuffix(f.Name, scoresFile) || strings.HasSuffix(f.Name, filtersFile)
	})
	set, err := rules.Compile(rules.Options{}, files...)
	if err != nil {
		return nil, nil, err
	}
	table := &scoring.Table{}
	if err := set.Fill(table).Err(); err != nil {
		return nil, nil, err
	}
	var list []feature
	for _, r := range set.Rules() {
		if e := table.Entry(r.Name); e != nil && !r.Sub() && e.Score != 0 {
			low, high := bounds(e.Score)
			list = append(list, feature{name: r.Name, judged: e.Score, low: low, high: high})
		}
	}
	return set, list, nil
}
