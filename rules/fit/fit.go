package main

import (
	"math"
	"slices"
)

// How the fit weighs things. rounds is far more than it takes to settle; prior is how hard judgement pulls; steep is how
// many log-odds a point of score is; least is how many mails a rule must hit for its score to be moved at all.
const (
	rounds = 60
	prior  = 4.0
	steep  = 1.3
	least  = 4
)

// fit gives each feature the score, within its bounds, that makes the cost smallest: the logistic loss of all mails,
// and how far scores are from judgement. The cost is convex, so the order of the steps does not matter; each step moves
// one score (coordinate descent with Newton's step).
func fit(mails []mail, features []feature) []float64 {
	scores := make([]float64, len(features))
	for i, f := range features {
		scores[i] = f.judged
	}
	found := index(mails, len(features))
	sums := make([]float64, len(mails))
	for i := range mails {
		sums[i] = mails[i].score(scores)
	}
	for range rounds {
		for i := range features {
			if len(found[i]) >= least {
				step(mails, &features[i], &scores[i], found[i], sums)
			}
		}
	}
	return scores
}

// found is a mail in which a feature was found.
type foundIn struct {
	mail  int
	count float64
}

func index(mails []mail, features int) [][]foundIn {
	found := make([][]foundIn, features)
	for i := range mails {
		for _, h := range mails[i].hits {
			found[h.feature] = append(found[h.feature], foundIn{i, h.count})
		}
	}
	return found
}

// step moves one score to where the cost is smaller, and brings the sums of its mails up to date.
func step(mails []mail, f *feature, score *float64, found []foundIn, sums []float64) {
	pull := prior / (f.judged * f.judged)
	slope, bend := pull*(*score-f.judged), pull
	for _, in := range found {
		d, dd := mails[in.mail].folder.loss(sums[in.mail])
		slope += d * in.count
		bend += dd * in.count * in.count
	}
	to := min(max(*score-slope/bend, f.low), f.high)
	if move := to - *score; move != 0 {
		for _, in := range found {
			sums[in.mail] += move * in.count
		}
		*score = to
	}
}

// loss is the slope of the logistic loss at a score, and how the slope changes.
func (f *folder) loss(score float64) (slope, bend float64) {
	p := 1 / (1 + math.Exp(-steep*(score-f.middle))) // how much this looks like spam
	bend = f.weight * steep * steep * p * (1 - p)
	if f.spam {
		return -f.weight * steep * (1 - p), max(bend, 1e-6)
	}
	return f.weight * steep * p, max(bend, 1e-6)
}

// crossValidate gives each mail the score that a fit says which has not seen it, nor any of its near-copies.
func crossValidate(mails []mail, features []feature, folds int) []float64 {
	fold := deal(mails, folds)
	held := make([]float64, len(mails))
	for k := range folds {
		var learn []mail
		for i := range mails {
			if fold[i] != k {
				learn = append(learn, mails[i])
			}
		}
		scores := fit(learn, features)
		for i := range mails {
			if fold[i] == k {
				held[i] = mails[i].score(scores)
			}
		}
	}
	return held
}

// deal puts each mail into a fold: by its group, in an order that is mixed and always the same.
func deal(mails []mail, folds int) []int {
	var groups []int
	for i := range mails {
		if mails[i].group == i {
			groups = append(groups, i)
		}
	}
	slices.SortFunc(groups, func(a, b int) int {
		x, y := hash([]byte(mails[a].file[max(0, len(mails[a].file)-24):])), hash([]byte(mails[b].file[max(0, len(mails[b].file)-24):]))
		if x < y {
			return -1
		}
		return 1
	})
	of := map[int]int{}
	for n, g := range groups {
		of[g] = n % folds
	}
	out := make([]int, len(mails))
	for i := range mails {
		out[i] = of[mails[i].group]
	}
	return out
}
