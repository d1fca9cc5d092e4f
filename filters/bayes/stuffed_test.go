package bayes

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"weir/scoring/bayes"
)

// stuffed adds words to the end of a mail of one part.
func stuffed(raw []byte, words []string) []byte {
	return append(append(bytes.TrimRight(raw, "\r\n"), "\n\n"...), strings.Join(words, " ")+"\n"...)
}

// isPlain tells whether the end of a mail is the end of its text.
func isPlain(raw []byte) bool {
	head, _, _ := bytes.Cut(bytes.ToLower(raw), []byte("\n\n"))
	return !bytes.Contains(head, []byte("multipart/")) && !bytes.Contains(head, []byte("base64"))
}

func TestStuffing(t *testing.T) {
	t.Run("F02_the_number_of_tokens_is_bounded", func(t *testing.T) {
		var text strings.Builder
		for n := range 300_000 {
			fmt.Fprintf(&text, "w%x ", n)
		}
		Tokens(load("From: a@example.org\r\nSubject: x\r\n\r\n"+text.String()+"\r\n"), func(tokens []bayes.Token) {
			var kinds [bayes.Kinds]int
			for _, k := range tokens {
				kinds[k.Kind]++
			}
			if kinds[bayes.Word] != maxWords || len(tokens) > maxTokens {
				t.Errorf("%d tokens, %d of them words; want %d at most, %d words", len(tokens), kinds[bayes.Word], maxTokens, maxWords)
			}
		})
	})
	t.Run("F02_three_hundred_ham_words_hide_a_part_of_the_spam", func(t *testing.T) { hideAndSeek(t, 300, 0.70) })
	t.Run("F02_a_thousand_ham_words_do_not_hide_all_of_it", func(t *testing.T) { hideAndSeek(t, 1000, 0.40) })
}

// hideAndSeek adds words of wanted mail to the spam of the corpus's second half, which the first half was learned of, and
// checks which share of what was called spam (0.95 or more) still is.
func hideAndSeek(t *testing.T, words int, least float64) {
	list := append(sharedMails(t, "spamassassin/ham", false, false), sharedMails(t, "spamassassin/spam", true, false)...)
	half := halves(list)
	c := shipped()
	run(c, split{learn: half.learn})
	pool, chance := hamWordsOf(t, half.learn), rand.New(rand.NewPCG(1, 2))
	before, after := 0, 0
	for _, m := range half.judge {
		raw := rawOf(t, m)
		if !m.spam || !isPlain(raw) || (judged{m, c.score(m)}).p() < 0.95 {
			continue
		}
		before++
		added := make([]string, words)
		for i := range added {
			added[i] = pool[chance.IntN(len(pool))]
		}
		got := readMail(m.name, stuffed(raw, added), true, false)
		if (judged{got, c.score(got)}).p() >= 0.95 {
			after++
		}
	}
	t.Logf("%d words added: %d of %d are still called spam (%.1f %%)", words, after, before, 100*float64(after)/float64(before))
	if before < 100 || float64(after) < least*float64(before) {
		t.Errorf("%d words added: %d of %d are still called spam, want %.0f %%", words, after, before, 100*least)
	}
}

// hamWordsOf gives the words of wanted mails, frequent ones more often.
func hamWordsOf(t *testing.T, list []*mail) (all []string) {
	for i, m := range list {
		if !m.spam && i%5 == 0 {
			all = append(all, strings.Fields(load(string(rawOf(t, m))).Text())...)
		}
	}
	return all
}
