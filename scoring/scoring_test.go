package scoring

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testTable(t *testing.T) *Table {
	t.Helper()
	table := &Table{}
	for _, s := range []Symbol{{Name: "A", Score: 2}, {Name: "B", Score: 3.5}, {Name: "NICE", Score: -4}, {Name: "VIRUS"}, {Name: "TRUSTED"}, {Name: "QUIET", Score: 9}, {Name: "GREY", Grey: true}, {Name: "LIMIT", Decides: Defer}} {
		table.Declare(s, "filters/test", 0)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(table.Force("VIRUS", Reject, "local.cf", 1))
	must(table.Force("TRUSTED", Accept, "local.cf", 2))
	must(table.Shadow("QUIET", time.Time{}, "local.cf", 3))
	return table
}

func TestDecide(t *testing.T) {
	std := Policy{Name: "default", Thresholds: Thresholds{Tag: 5, Quarantine: 7, Reject: 15}}
	gentle, observe, grey := std, std, std
	grey.Thresholds.Greylist = 4
	gentle.Gentle, observe.Observe = true, true
	for _, c := range []struct {
		name     string
		hits     []Hit
		policy   Policy
		deferFor string
		want     Action
		why      string
	}{
		{"nothing found is accepted", nil, std, "", Accept, "below every threshold"},
		{"a score below the first threshold is accepted", []Hit{{Name: "A"}}, std, "", Accept, "score 2"},
		{"a score at the threshold reaches it", []Hit{{Name: "B"}, {Name: "A", Weight: 0.75}}, std, "", Tag, "tag threshold 5"},
		{"the most severe threshold wins", []Hit{{Name: "B", Weight: 5}}, std, "", Reject, "reject threshold 15"},
		{"nice symbols count", []Hit{{Name: "B"}, {Name: "A"}, {Name: "NICE"}}, std, "", Accept, "score 1.5"},
		{"a shadowed symbol scores nothing", []Hit{{Name: "QUIET"}}, std, "", Accept, "score 0"},
		{"a deciding symbol beats the score", []Hit{{Name: "VIRUS"}, {Name: "NICE"}}, std, "", Reject, "symbol VIRUS"},
		{"an accepting symbol beats the score", []Hit{{Name: "TRUSTED"}, {Name: "B", Weight: 9}}, std, "", Accept, "symbol TRUSTED"},
		{"an accepting symbol never beats a refusing one", []Hit{{Name: "TRUSTED"}, {Name: "VIRUS"}}, std, "", Reject, "symbol VIRUS"},
		{"a failure defers clean mail", nil, std, "clamav", Defer, "filter clamav could not tell"},
		{"a failure does not save mail that is rejected", []Hit{{Name: "VIRUS"}}, std, "clamav", Reject, "VIRUS"},
		{"a failure outranks an accepting symbol", []Hit{{Name: "TRUSTED"}}, std, "clamav", Defer, "clamav"},
		{"postmaster mail is tagged at worst by score", []Hit{{Name: "B", Weight: 9}}, gentle, "", Tag, "softened"},
		{"a virus to postmaster is refused", []Hit{{Name: "VIRUS"}}, gentle, "", Reject, "VIRUS"},
		{"greylisting needs a symbol that says the sender is new", []Hit{{Name: "A", Weight: 2}}, grey, "", Accept, "score 4 is below"},
		{"a new sender in the window is greylisted", []Hit{{Name: "A", Weight: 2}, {Name: "GREY"}}, grey, "", Greylist, "greylist threshold 4"},
		{"a new sender below the window is not", []Hit{{Name: "A"}, {Name: "GREY"}}, grey, "", Accept, "score 2"},
		{"a new sender above the window is tagged", []Hit{{Name: "B", Weight: 1.6}, {Name: "GREY"}}, grey, "", Tag, "tag threshold 5"},
		{"a symbol can decide from the start", []Hit{{Name: "LIMIT"}}, std, "", Defer, "symbol LIMIT"},
		{"observe mode lets all through", []Hit{{Name: "VIRUS"}}, observe, "", Accept, "observe mode"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := testTable(t)
			d := Decide(Evidence{Symbols: table.Score(c.hits), DeferFor: c.deferFor}, table, &c.policy)
			if d.Action != c.want || !strings.Contains(d.Why, c.why) {
				t.Errorf("got %s because %q, want %s because …%s…", d.Action, d.Why, c.want, c.why)
			}
		})
	}
}

func TestAShadowEndsOnItsDay(t *testing.T) {
	table, day := testTable(t), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	if err := table.Shadow("A", day, "local.cf", 4); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]float64{day.Add(-time.Second): 0, day: 2, day.AddDate(1, 0, 0): 2} {
		table.Clock = func() time.Time { return at }
		if got := table.Score([]Hit{{Name: "A"}}); got[0].Score != want {
			t.Errorf("at %v A scores %v, want %v", at, got[0].Score, want)
		}
	}
}

func TestObserveSaysWhatWouldHaveHappened(t *testing.T) {
	table := testTable(t)
	d := Decide(Evidence{Symbols: table.Score([]Hit{{Name: "VIRUS"}})}, table, &Policy{Observe: true})
	if d.Would == nil || *d.Would != Reject {
		t.Errorf("would: %v, want reject", d.Would)
	}
}

func TestAMailThatIsPutOffSaysWhenToComeBack(t *testing.T) {
	table := testTable(t)
	hits := table.Score([]Hit{{Name: "LIMIT", Retry: 90}, {Name: "GREY", Retry: 300}})
	if d := Decide(Evidence{Symbols: hits}, table, &Policy{}); d.Action != Defer || d.Retry != 300 {
		t.Errorf("%s in %d s, want defer in 300", d.Action, d.Retry)
	}
	if d := Decide(Evidence{Symbols: hits[1:]}, table, &Policy{}); d.Action != Accept || d.Retry != 0 {
		t.Errorf("%s in %d s, want accept", d.Action, d.Retry)
	}
}

func TestScoresOfUnknownSymbolsAreErrors(t *testing.T) {
	table := testTable(t)
	for _, err := range []error{
		table.Set("TYPO", 1, "local.cf", 7), table.Force("TYPO", Reject, "local.cf", 7),
		table.Shadow("TYPO", time.Time{}, "local.cf", 7), table.Describe("TYPO", "x", "local.cf", 7),
		table.Aside("TYPO", true, "local.cf", 7),
	} {
		if !errors.Is(err, ErrUnknownSymbol) || !strings.Contains(err.Error(), "local.cf:7") {
			t.Errorf("got %v, want ErrUnknownSymbol at local.cf:7", err)
		}
	}
}

func TestTheLastScoreWinsAndEveryOriginIsKept(t *testing.T) {
	table := testTable(t)
	if err := table.Set("A", 0.5, "stock/10.cf", 3); err != nil {
		t.Fatal(err)
	}
	if err := table.Set("A", 1.5, "local.cf", 9); err != nil {
		t.Fatal(err)
	}
	want := []Origin{{"filters/test", 0, 2}, {"stock/10.cf", 3, 0.5}, {"local.cf", 9, 1.5}}
	if diff := cmp.Diff(want, table.Entry("A").Origins); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
	if got := table.Score([]Hit{{Name: "A"}})[0].Score; got != 1.5 {
		t.Errorf("score %v, want 1.5", got)
	}
}

func TestSumsAreRoundedForPeople(t *testing.T) {
	if got := Sum([]Scored{{Score: 0.1}, {Score: 0.1}, {Score: 0.1}}); got != 0.3 {
		t.Errorf("got %v, want 0.3", got)
	}
	if got := Sum([]Scored{{Score: 1}, {Score: -1.0001}}); got != 0 {
		t.Errorf("got %v, want 0", got)
	}
}

func TestActionsReadBackByName(t *testing.T) {
	for a := Accept; a <= Defer; a++ {
		text, _ := a.MarshalText()
		var back Action
		if err := back.UnmarshalText(text); err != nil || back != a {
			t.Errorf("%s reads back as %s, %v", a, back, err)
		}
	}
	if err := new(Action).UnmarshalText([]byte("bin")); err == nil {
		t.Error(`"bin" was taken for an action`)
	}
}

func TestAWeightedScoreIsRoundedToAThousandth(t *testing.T) {
	table := &Table{}
	table.Declare(Symbol{Name: "A", Score: 0.4}, "test", 0)
	if got := table.Score([]Hit{{Name: "A", Weight: 0.4}})[0].Score; got != 0.16 {
		t.Errorf("got %v", got)
	}
}

func TestMalwareIsNeverOutranked(t *testing.T) {
	var table Table
	table.Declare(Symbol{Name: "VIRUS", Score: 20, Decides: Reject, Infected: true}, "x", 0)
	table.Declare(Symbol{Name: "ALLOWED", Score: -100, Decides: Accept}, "x", 0)
	table.Declare(Symbol{Name: "BLOCKED", Decides: Reject}, "x", 0)
	if err := table.Force("ALLOWED", Accept, "x", 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		policy  Policy
		symbols []string
		defers  string
		want    Action
	}{
		{"refused", Policy{}, []string{"VIRUS"}, "", Reject},
		{"an allow does not help", Policy{}, []string{"ALLOWED", "VIRUS"}, "", Reject},
		{"postmaster gets none either", Policy{Gentle: true}, []string{"VIRUS"}, "", Reject},
		{"a failure beside it does not put it off", Policy{}, []string{"VIRUS"}, "icap", Reject},
		{"a policy keeps it", Policy{Infected: Quarantine}, []string{"VIRUS"}, "", Quarantine},
		{"a policy keeps it, an allow does not help", Policy{Infected: Quarantine}, []string{"ALLOWED", "VIRUS"}, "", Quarantine},
		{"a policy delivers it marked", Policy{Infected: Tag, Thresholds: Thresholds{Reject: 15}}, []string{"VIRUS"}, "", Tag},
		{"what else is refused is refused", Policy{Infected: Quarantine}, []string{"BLOCKED", "VIRUS"}, "", Reject},
		{"a policy on malware says nothing of other mail", Policy{Infected: Quarantine}, []string{"BLOCKED"}, "", Reject},
	} {
		var hits []Hit
		for _, s := range c.symbols {
			hits = append(hits, Hit{Name: s})
		}
		if got := Decide(Evidence{Symbols: table.Score(hits), DeferFor: c.defers}, &table, &c.policy); got.Action != c.want {
			t.Errorf("%s: %s (%s)", c.name, got.Action, got.Why)
		}
	}
}

func TestWithoutASymbolTheOthersStay(t *testing.T) {
	table := &Table{}
	table.Declare(Symbol{Name: "A", Score: 4}, "x", 0)
	table.Declare(Symbol{Name: "B", Score: 2}, "x", 0)
	table.Declare(Symbol{Name: "C", Decides: Reject}, "x", 0)
	policy := &Policy{Thresholds: Thresholds{Tag: 5}}
	ev := Evidence{Symbols: table.Score([]Hit{{Name: "A"}, {Name: "B"}, {Name: "C"}})}
	for name, want := range map[string]Without{"A": {2, Reject}, "C": {6, Tag}, "NONE": {6, Reject}} {
		if got := *ev.Without(name, table, policy); got != want {
			t.Errorf("without %s: %+v, want %+v", name, got, want)
		}
	}
	policy.Observe = true
	if got := *ev.Without("C", table, policy); got.Action != Tag {
		t.Errorf("in observe mode: %v, want what would be", got.Action)
	}
	if len(ev.Symbols) != 3 {
		t.Error("the evidence changed")
	}
}
