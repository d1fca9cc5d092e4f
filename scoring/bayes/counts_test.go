package bayes

import "testing"

func TestEvidenceOfAFeature(t *testing.T) {
	for _, c := range []struct {
		name      string
		learned   Learned
		ham, spam int32
		low, high float64
	}{
		{"that was never seen is none", Learned{50, 550}, 0, 0, 0, 0},
		{"that all mail has alike is next to none", Learned{50, 550}, 5, 55, -0.1, 0.1},
		{"that was in none of few wanted mails is weak", Learned{50, 550}, 0, 20, 1, 2},
		{"that was in none of many wanted mails is strong", Learned{5000, 550}, 0, 20, 5, 10},
		{"that was in none of few spam mails is as weak", Learned{550, 50}, 20, 0, -2, -1},
		{"that was seen once is weak", Learned{5000, 5000}, 0, 1, 0.5, 2},
		{"whose counts are damaged is none", Learned{50, 50}, -3, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			judge := newCounted(c.learned)
			if got := judge.evidence(c.ham, c.spam); got < c.low || got > c.high {
				t.Errorf("%v, want %v to %v", got, c.low, c.high)
			}
		})
	}
}
