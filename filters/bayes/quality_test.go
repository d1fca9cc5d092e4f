package bayes

import (
	"slices"
	"testing"

	"weir/scoring/bayes"
)

// TestQuality holds what docs/bayes.md says of the shipped classifier, on the halves of ../shared/peers/split.py: with
// some room, since which spam is missed at so little loss of ham hangs on two or three mails. make bayes measures more.
func TestQuality(t *testing.T) {
	for _, stripped := range []bool{false, true} {
		list := append(sharedMails(t, "spamassassin/ham", false, stripped), sharedMails(t, "spamassassin/spam", true, stripped)...)
		s := halves(list)
		got := run(shipped(), s)
		q := measure(got)
		t.Logf("%s: 1-AUC %.3f %%, missed %.1f %%", input(stripped), q.area, q.missed)
		if q.area > 0.03 || q.missed > 6 {
			t.Errorf("%s: 1-AUC %.3f %%, want 0.03 %% at most; missed %.1f %%, want 6 %% at most", input(stripped), q.area, q.missed)
		}
		hams, lost := count(got, func(j judged) bool { return !j.spam }), count(got, func(j judged) bool { return !j.spam && j.p() >= SpamFrom })
		if 1000*lost > hams {
			t.Errorf("%s: %d of %d wanted mails are called spam, want 0.1 %% at most", input(stripped), lost, hams)
		}
		notBold(t, list, stripped)
	}
}

// TestLearningInTheOrderOfDates holds that a gateway which learns as mail comes calls next to no wanted mail spam, though
// long stretches of the corpus are of one class and its kinds of mail change.
func TestLearningInTheOrderOfDates(t *testing.T) {
	for _, stripped := range []bool{false, true} {
		list := append(sharedMails(t, "spamassassin/ham", false, stripped), sharedMails(t, "spamassassin/spam", true, stripped)...)
		got := online(shipped(), list, 2*learnedAtOnce)
		hams := count(got, func(j judged) bool { return !j.spam })
		for _, c := range []struct{ from, most float64 }{{SpamFrom, 0.001}, {0.95, 0.005}} {
			lost := count(got, func(j judged) bool { return !j.spam && j.p() >= c.from })
			t.Logf("%s: %d of %d wanted mails are at %v or more", input(stripped), lost, hams, c.from)
			if float64(lost) > c.most*float64(hams) {
				t.Errorf("%s: %d of %d wanted mails are at %v or more, want %v of them at most", input(stripped), lost, hams, c.from, c.most)
			}
		}
	}
}

// notBold checks that a model that learned the corpus alone calls no wanted mail of other years spam, and is sure of
// few.
func notBold(t *testing.T, list []*mail, stripped bool) {
	for _, dir := range []string{"modern-ham", "bounces"} {
		got := run(shipped(), split{learn: list, judge: sharedMails(t, dir, false, stripped)})
		for _, j := range got {
			if j.p() >= SpamFrom {
				t.Errorf("%s: %s/%s is called spam: p=%.4f", input(stripped), dir, j.name, j.p())
			}
		}
		if n := count(got, func(j judged) bool { return j.p() >= 0.95 }); 10*n > len(got) {
			t.Errorf("%s: %d of %d mails of %s are at 0.95 or more, want one in ten at most", input(stripped), n, len(got), dir)
		}
	}
}

// TestProbabilitiesAreCalibrated compares each band with the share of spam in it.
func TestProbabilitiesAreCalibrated(t *testing.T) {
	list := append(sharedMails(t, "spamassassin/ham", false, false), sharedMails(t, "spamassassin/spam", true, false)...)
	got := run(shipped(), halves(list))
	for _, c := range []struct {
		from, to  float64
		low, high float64 // bounds of the share of spam
	}{
		{SpamFrom, 1, 0.99, 1}, {0.8, SpamFrom, 0.8, 1}, {0.2, 0.8, 0.2, 0.9}, {0, 0.05, 0, 0.02},
	} {
		in := slices.DeleteFunc(slices.Clone(got), func(j judged) bool { return j.p() < c.from || j.p() >= c.to })
		spam := float64(count(in, func(j judged) bool { return j.spam })) / float64(max(len(in), 1))
		if len(in) == 0 || spam < c.low || spam > c.high {
			t.Errorf("from %v to %v: %.3f of %d mails are spam, want %v to %v", c.from, c.to, spam, len(in), c.low, c.high)
		}
	}
}

func TestWithoutBothClassesNothingIsJudged(t *testing.T) {
	table := newCells()
	table.change(&mail{spam: true, slots: []uint32{1, 2, 3}}, 1)
	v := bayes.Model[cells]{Table: table}.Judge([]bayes.Token{{Hash: 1 << 60, Kind: bayes.Word}})
	if v.P != 0.5 || v.Learned != (bayes.Learned{Spam: 1}) {
		t.Errorf("p=%v, learned %+v; want 0.5 and one spam", v.P, v.Learned)
	}
}
