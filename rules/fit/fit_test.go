package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

var (
	wanted   = &folder{path: "ham", middle: 3.6, weight: 15}
	unwanted = &folder{path: "spam", spam: true, middle: 5.3, weight: 1}
)

// sample is 40 mails of each kind: rule 0 hits the unwanted, rule 1 both, rule 2 the wanted, rule 3 one mail only.
func sample() []mail {
	var mails []mail
	for i := range 40 {
		mails = append(mails,
			mail{file: fmt.Sprint("ham", i), folder: wanted, hits: []hit{{1, 1}, {2, 1}}, group: 2 * i},
			mail{file: fmt.Sprint("spam", i), folder: unwanted, hits: []hit{{0, 1}, {1, 1}}, group: 2*i + 1})
	}
	mails[1].hits = append(mails[1].hits, hit{3, 1})
	return mails
}

func rulesOf(scores ...float64) (list []feature) {
	for i, s := range scores {
		low, high := bounds(s)
		list = append(list, feature{name: fmt.Sprint("RULE_", i), judged: s, low: low, high: high})
	}
	return list
}

func TestScoresGoWhereTheMailSaysAndStayInBounds(t *testing.T) {
	rules := rulesOf(2, 2, 2, 1.5)
	scores := fit(sample(), rules)
	if scores[0] <= 2 {
		t.Errorf("a rule that hits unwanted mail only: %.2f, want more than the judged 2", scores[0])
	}
	if scores[2] >= 1 {
		t.Errorf("a rule that hits wanted mail only: %.2f, want far less than the judged 2", scores[2])
	}
	if scores[3] != 1.5 {
		t.Errorf("a rule that hits one mail: %.2f, want its judged score", scores[3])
	}
	for i, f := range rules {
		if scores[i] < f.low || scores[i] > f.high {
			t.Errorf("%s: %.2f is not within %.2f and %.2f", f.name, scores[i], f.low, f.high)
		}
	}
}

func TestBoundsKeepTheSign(t *testing.T) {
	for judged, want := range map[float64][2]float64{1.5: {0.03, 3}, 3: {0.06, 4}, -1: {-2, -0.02}, 4.5: {0.09, 4.5}} {
		if low, high := bounds(judged); math.Abs(low-want[0]) > 1e-9 || math.Abs(high-want[1]) > 1e-9 {
			t.Errorf("judged %.1f: %.2f to %.2f, want %v", judged, low, high, want)
		}
	}
}

func TestFittingTwiceGivesTheSame(t *testing.T) {
	rules := rulesOf(2, 2, 2, 1.5)
	if a, b := fit(sample(), rules), fit(sample(), rules); !slices.Equal(a, b) {
		t.Errorf("%v and then %v", a, b)
	}
	if a, b := crossValidate(sample(), rules, 5), crossValidate(sample(), rules, 5); !slices.Equal(a, b) {
		t.Error("cross-validation is not the same the second time")
	}
}

func TestNearCopiesAreInOneFold(t *testing.T) {
	text := strings.Repeat("the quick brown fox jumps over the lazy dog while seven wizards look at boxes of liquor jugs ", 3)
	mails := []mail{
		{file: "a", sketch: newSketch([]byte("Subject: x\n\n" + text + "id 4711"))},
		{file: "b", sketch: newSketch([]byte("Subject: y\n\n" + text + "id 99"))},
		{file: "c", sketch: newSketch([]byte("Subject: x\n\nSomething else entirely, about the fence, the gate and the neighbour who paints them."))},
	}
	join(mails)
	if mails[0].group != mails[1].group || mails[0].group == mails[2].group {
		t.Errorf("groups %d, %d, %d: want the first two the same, the third another", mails[0].group, mails[1].group, mails[2].group)
	}
	fold := deal(mails, 2)
	if fold[0] != fold[1] {
		t.Errorf("near-copies are in folds %d and %d", fold[0], fold[1])
	}
}

func TestTheThresholdLosesNoMoreThanItsShare(t *testing.T) {
	var mails []mail
	var held []float64
	for i := range 2000 {
		mails, held = append(mails, mail{folder: wanted}), append(held, float64(i))
	}
	at, lost := lossless(mails, held, 0.001), 0
	for _, score := range held {
		lost += one(score > at)
	}
	if lost != 2 {
		t.Errorf("%d of 2000 above the threshold, want 2", lost)
	}
}

func TestStockRulesHaveAJudgementEach(t *testing.T) {
	_, features, err := judgement()
	if err != nil {
		t.Fatal(err)
	}
	if len(features) < 300 {
		t.Errorf("%d stock rules score, want 300 at least", len(features))
	}
	for _, f := range features {
		if math.Abs(f.judged) > most || f.low > f.judged || f.high < f.judged {
			t.Errorf("%s: judged %.1f, bounds %.2f to %.2f", f.name, f.judged, f.low, f.high)
		}
	}
}
