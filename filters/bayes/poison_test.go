package bayes

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/filters"
	"weir/message"
)

// TestDictionaryPoisoning sends mail that any filter takes for spam, and that holds the words of wanted mail (Nelson et
// al., 2008): who learns it as spam soon takes wanted mail for spam as well. It is 1 % of what people taught.
func TestDictionaryPoisoning(t *testing.T) {
	ham, spam := corpus(t, "spamassassin/ham"), corpus(t, "spamassassin/spam")
	others := every(4, ham[2:])
	ham, spam = every(4, ham), every(4, spam)
	w := newWatcher(t, "")
	teach := func(list []*message.Message, c filters.Class) {
		var all []Lesson
		for _, m := range list {
			all = append(all, Study(m, c))
		}
		w.teach(all...)
	}
	teach(ham, filters.Ham)
	teach(spam, filters.Spam)
	attack := dictionary(ham, (len(ham)+len(spam))/100)
	lost := func() float64 { return w.called(others, 0.8) }
	clean := lost()
	t.Run("F01_one_percent_of_dictionaries_is_hardly_learned_and_costs_no_wanted_mail", func(t *testing.T) {
		n := 0
		for _, m := range attack {
			if w.pass(from(m, "192.0.2.1"), filters.Findings{}, scored(clearSpam)) == filters.Spam {
				n++
			}
		}
		guarded := lost()
		teach(attack, filters.Spam)
		t.Logf("wanted mail with p of 0.8 and more: %.2f %%; after %d of %d dictionaries, which were learned by themselves, %.2f %%; if a person had taught all of them, %.2f %%",
			clean, n, len(attack), guarded, lost())
		if n > w.f.AutoSame || guarded > clean+0.2 {
			t.Errorf("%d were learned, want %d at most; %.2f %% of the wanted mail is lost, before it was %.2f %%", n, w.f.AutoSame, guarded, clean)
		}
	})
}

func every(n int, list []*message.Message) (out []*message.Message) {
	for i := 0; i < len(list); i += n {
		out = append(out, list[i])
	}
	return out
}

// called gives the share of mail in percent that has a probability of p or more.
func (w *watcher) called(list []*message.Message, p float64) float64 {
	n := 0
	for _, m := range list {
		r, err := w.f.Check(w.Context(), m, filters.Findings{})
		if err != nil {
			w.Fatal(err)
		}
		if *r.Bayes.P >= p {
			n++
		}
	}
	return 100 * float64(n) / float64(len(list))
}

// dictionary makes n mails that hold the most frequent words of others, in another order each.
func dictionary(list []*message.Message, n int) (out []*message.Message) {
	times := map[string]int{}
	for _, m := range list {
		for _, word := range strings.Fields(m.Text()) {
			if len(word) > 3 && len(word) < 15 {
				times[strings.ToLower(word)]++
			}
		}
	}
	var words []string
	for word := range times {
		words = append(words, word)
	}
	slices.SortFunc(words, func(a, b string) int { return times[b]*1000 - times[a]*1000 + strings.Compare(a, b) })
	words = words[:min(len(words), 1400)]
	for i := range n {
		turned := append(slices.Clone(words[i*7%len(words):]), words[:i*7%len(words)]...)
		out = append(out, load(fmt.Sprintf("From: a%d@offers%d.example\r\nMessage-ID: <%d@offers.example>\r\nSubject: %s\r\n\r\n%s\r\n", i, i, i, turned[0], strings.Join(turned, " "))))
	}
	return out
}
