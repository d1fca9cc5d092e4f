package bayes

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/scoring"
	"weir/scoring/bayes"
)

// watcher is a filter that watches mail pass by.
type watcher struct {
	*school
	f *filter
}

func newWatcher(tb testing.TB, config string) *watcher {
	s := newSchool(tb)
	f := filtertest.New(tb, Spec, config, filters.Env{Store: s.store, Clock: time.Now}).(*filter)
	tb.Cleanup(func() { f.Close() })
	return &watcher{s, f}
}

// pass lets a mail pass and tells what was learned of it.
func (w *watcher) pass(m *message.Message, found filters.Findings, v filters.Verdict) filters.Class {
	w.Helper()
	before := w.learned()
	filtertest.Observe(w.f, m, filtertest.Ask(w.f, m, found, w.store), v, w.store)
	switch now := w.learned(); now {
	case before:
		return filters.Unlearned
	case bayes.Learned{Ham: before.Ham + 1, Spam: before.Spam}:
		return filters.Ham
	case bayes.Learned{Ham: before.Ham, Spam: before.Spam + 1}:
		return filters.Spam
	default:
		w.Fatalf("learned %+v, then %+v", before, now)
		return filters.Unlearned
	}
}

// from gives a mail the client that it comes from.
func from(m *message.Message, addr string) *message.Message {
	out := message.New(message.Envelope{Client: message.Client{Addr: netip.MustParseAddr(addr)}}, message.Options{})
	out.Load(m.Raw)
	return out
}

// scored makes a verdict of "NAME=score" words; a name with a ! in front is left aside by what learns by itself.
func scored(words string) (v filters.Verdict) {
	v.Taken = true
	for _, w := range strings.Fields(words) {
		name, n, _ := strings.Cut(w, "=")
		s := scoring.Scored{Aside: strings.HasPrefix(name, "!"), Name: strings.TrimPrefix(name, "!")}
		fmt.Sscan(n, &s.Score)
		v.Symbols, v.Score = append(v.Symbols, s), v.Score+s.Score
	}
	return v
}

const (
	clearSpam = "A=5 B=5 C=4"
	clearHam  = "A=-1 B=-1"
)

func TestWhatIsLearnedByItself(t *testing.T) {
	for _, c := range []struct {
		name, config, verdict string
		change                func(*message.Message, *filters.Verdict)
		want                  filters.Class
	}{
		{name: "clear spam", verdict: clearSpam, want: filters.Spam},
		{name: "clearly wanted mail", verdict: clearHam, want: filters.Ham},
		{name: "what is not clear is not learned", verdict: "A=4 B=4 C=3"},
		{name: "F01_two_reasons_are_too_few_for_spam", verdict: "A=8 B=7"},
		{name: "F03_one_rule_that_decides_alone_teaches_nothing", verdict: "A=20 B=2 C=2"},
		{name: "F03_one_rule_that_is_wrong_about_wanted_mail_teaches_nothing", verdict: "A=-6 B=-0.5"},
		{name: "F03_a_farmed_name_is_one_reason", verdict: "REPUTATION_ADDRESS_GOOD=-0.8 REPUTATION_NETWORK_GOOD=-0.5 REPUTATION_DOMAIN_GOOD=-1"},
		{name: "a good name that somebody knows", verdict: "REPUTATION_ADDRESS_GOOD=-0.5 REPUTATION_DOMAIN_GOOD=-0.5 KNOWN_SENDER=-1", want: filters.Ham},
		{name: "F03_what_this_filter_says_does_not_count", verdict: "A=3 B=3 C=3 BAYES_99=4.5"},
		{name: "F03_nor_does_a_rule_made_of_it", verdict: "A=3 B=3 C=3 LOCAL_BAYES_AND_LINK=6"},
		{name: "F03_spam_for_all_but_this_filter_is_learned", verdict: clearSpam + " BAYES_00=-1.9", want: filters.Spam},
		{name: "F03_what_rules_say_with_noautolearn_does_not_count", verdict: "A=5 B=4 C=2 !D=3"},
		{name: "F03_nor_is_it_one_of_several_reasons", verdict: "A=7 B=7 !D=3"},
		{name: "F03_nor_does_it_keep_clear_spam_from_being_learned", verdict: clearSpam + " !D=-8", want: filters.Spam},
		{name: "F03_nor_does_it_make_mail_wanted", verdict: "A=-0.5 B=-0.5 !C=-5"},
		{name: "F03_frozen_by_the_config", verdict: clearSpam, config: "frozen = true\n"},
		{name: "switched off", verdict: clearSpam, config: "auto = false\n"},
		{name: "wanted mail that was not taken", verdict: clearHam, change: func(_ *message.Message, v *filters.Verdict) { v.Taken = false }},
		{name: "outgoing mail", verdict: clearHam, change: func(m *message.Message, _ *filters.Verdict) { m.Outgoing = true }},
		{name: "F01_mail_from_nowhere_known", verdict: clearSpam, change: func(m *message.Message, _ *filters.Verdict) { m.Client.Addr = netip.Addr{} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, v := from(mailOf(true, 1), "192.0.2.1"), scored(c.verdict)
			if c.change != nil {
				c.change(m, &v)
			}
			if got := newWatcher(t, c.config).pass(m, filters.Findings{}, v); got != c.want {
				t.Errorf("learned as %s, want %s", got, c.want)
			}
		})
	}
}

func TestThePersonsWordStands(t *testing.T) {
	w := newWatcher(t, "")
	w.teach(Study(mailOf(true, 1), filters.Ham))
	if got := w.pass(from(mailOf(true, 1), "192.0.2.1"), filters.Findings{}, scored(clearSpam)); got != filters.Unlearned {
		t.Errorf("what a person taught is learned as %s by itself", got)
	}
}

func TestABurstTeachesNoMoreThanItMay(t *testing.T) {
	w := newWatcher(t, "")
	t.Run("F01_forty_mails_at_once_from_one_network", func(t *testing.T) {
		var mails []*message.Message
		var views []filters.Findings
		for i := range 40 {
			m := from(mailOf(true, i), "192.0.2.1")
			mails, views = append(mails, m), append(views, filtertest.Ask(w.f, m, filters.Findings{}, w.store))
		}
		v := scored(clearSpam)
		for i, m := range mails {
			filtertest.Observe(w.f, m, views[i], v, w.store)
		}
		if got := w.learned().Spam; got != 5 {
			t.Errorf("%d mails were learned, want 5", got)
		}
	})
}

func TestCapsOfLearningByItself(t *testing.T) {
	proved := filters.NewFindings(nil, []filters.Auth{{Method: "dkim", Value: filters.Pass, Domain: "shop.example"}}, nil)
	for _, c := range []struct {
		name  string
		found filters.Findings
		addr  func(n int) string
		want  int
	}{
		{"F01_one_address_teaches_five_mails", filters.Findings{}, func(int) string { return "192.0.2.1" }, 5},
		{"F01_so_does_a_network", filters.Findings{}, func(n int) string { return fmt.Sprint("192.0.2.", n) }, 5},
		{"F01_so_does_a_network_of_IPv6", filters.Findings{}, func(n int) string { return fmt.Sprintf("2001:db8:1:1::%x", n) }, 5},
		{"F01_so_does_a_proved_domain_from_many_networks", proved, func(n int) string { return fmt.Sprintf("192.%d.2.1", n) }, 5},
		{"F01_a_thousand_networks_teach_what_all_may", filters.Findings{}, func(n int) string { return fmt.Sprintf("192.%d.2.1", n) }, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, n := newWatcher(t, "auto_most = 12\n"), 0
			for i := range 40 {
				if w.pass(from(mailOf(true, i), c.addr(i)), c.found, scored(clearSpam)) == filters.Spam {
					n++
				}
			}
			if n != c.want {
				t.Errorf("%d mails were learned, want %d", n, c.want)
			}
		})
	}
}

// TestABadRule lets three rules of ours call a new kind of wanted mail spam, from many places, day after day.
func TestABadRule(t *testing.T) {
	w := newWatcher(t, "auto_most = 30\n")
	w.teach(append(lessons(filters.Ham, 0, 60), lessons(filters.Spam, 0, 60)...)...)
	before, lines := w.cells(), len(journal(w.school))
	ctx := context.Background()
	news := func(n int) *message.Message {
		text := strings.Repeat(fmt.Sprintf("harbour weather ferry island timetable sailing tide%d ", n%7), 8)
		return from(load(fmt.Sprintf("From: Island News <news@island.example>\r\nMessage-ID: <news%d@island.example>\r\nSubject: ferry timetable %d\r\n\r\n%s\r\n", n, n, text)), fmt.Sprintf("198.%d.100.1", n%200))
	}
	judged := func() float64 {
		r, err := w.f.Check(ctx, news(999), filters.Findings{})
		if err != nil {
			t.Fatal(err)
		}
		return *r.Bayes.P
	}
	first := judged()
	pass := func(from, to int) (n int) {
		for i := from; i < to; i++ {
			if w.pass(news(i), filters.Findings{}, scored(clearSpam)) != filters.Unlearned {
				n++
			}
		}
		return n
	}
	t.Run("F03_known_wanted_mail_is_not_learned_as_spam", func(t *testing.T) {
		if got := w.pass(from(mailOf(false, 70), "203.0.113.9"), filters.Findings{}, scored(clearSpam)); got != filters.Unlearned {
			t.Errorf("learned as %s", got)
		}
	})
	t.Run("F03_a_new_kind_is_learned_wrongly_up_to_the_cap", func(t *testing.T) {
		if n := pass(0, 100); n != 30 || judged() <= first {
			t.Errorf("%d were learned, want 30; the verdict went from %v to %v", n, first, judged())
		}
	})
	t.Run("F03_frozen_nothing_more_is_learned", func(t *testing.T) {
		if err := w.f.Freeze(ctx, "ann", true); err != nil {
			t.Fatal(err)
		}
		var b filters.Batch
		b.Drop(autos, filters.Name{What: "all"}) // the cap is open again
		if err := w.store.Do(ctx, &b); err != nil {
			t.Fatal(err)
		}
		if n := pass(100, 140); n != 0 {
			t.Errorf("%d were learned", n)
		}
		if _, err := w.f.Teach(ctx, "bob", []filters.Lesson{Study(mailOf(true, 99), filters.Spam)}); err == nil {
			t.Error("a person may teach")
		}
	})
	t.Run("F03_rolled_back_all_is_as_before", func(t *testing.T) {
		past, _, err := w.f.Journal(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := w.f.Undo(ctx, "ann", past[:len(past)-lines]); n != 30 || err != nil {
			t.Errorf("%d taken back, %v; want 30", n, err)
		}
		if !slices.Equal(before, w.cells()) {
			t.Error("the counts are not what they were")
		}
		for end := time.Now().Add(20 * time.Second); math.Abs(judged()-first) > 1e-6; time.Sleep(50 * time.Millisecond) { // the linear model is fitted at times
			if time.Now().After(end) {
				t.Fatalf("it is judged %v, before it was %v", judged(), first)
			}
		}
	})
	t.Run("F03_thawed_it_learns_again", func(t *testing.T) {
		if err := w.f.Freeze(ctx, "ann", false); err != nil {
			t.Fatal(err)
		}
		if n := pass(140, 141); n != 1 {
			t.Errorf("%d were learned", n)
		}
	})
}
