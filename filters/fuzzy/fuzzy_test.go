package fuzzy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

const letter = `Dear friend, your mailbox was drawn in our great international lottery of the year and you have won a new car and
a large sum of money. To claim your prize please answer this mail within three days with your full name, your postal address and
a copy of your passport, and our agent in Madrid will call you to arrange payment. This offer is confidential, so please do not
tell anybody of it before the money is in your account. We congratulate you once more and remain faithfully yours, the board.`

func mail(text string) *message.Message {
	m := message.New(message.Envelope{Time: filtertest.Now, Rcpts: []string{"bob@example.net"}}, message.Options{})
	m.Load([]byte("From: a@b.example\r\nSubject: x\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"))
	return m
}

// look gives the symbol of a mail and how alike it is.
func look(t *testing.T, s filters.Store, text string) (string, float64) {
	t.Helper()
	f := filtertest.New(t, Spec, "", filters.Env{Store: s})
	m := mail(text)
	r, err := f.Check(context.Background(), m, filtertest.Ask(f, m, filters.Findings{}, s))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Hits) == 0 {
		return "", 0
	}
	return r.Hits[0].Name, r.Hits[0].Weight
}

func tell(t *testing.T, s filters.Store, text string, spam bool) bool {
	t.Helper()
	ok, err := Report(context.Background(), s, mail(text), spam, filtertest.Now)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func newStore() *filtertest.Store {
	return &filtertest.Store{Now: filtertest.Clock(filtertest.Now)}
}

// swap replaces every n-th word.
func swap(text string, n int) string {
	words := strings.Fields(text)
	for i := n - 1; i < len(words); i += n {
		words[i] = fmt.Sprintf("w%cx", 'a'+i%26)
	}
	return strings.Join(words, " ")
}

func TestWhatIsKnownAgain(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       string
	}{
		{"the same text", letter, Spam},
		{"other numbers, case, punctuation and lines", strings.ToUpper(strings.NewReplacer("\n", "  ", ",", " ,,, ", ".", " 12345 !").Replace(letter)), Spam},
		{"a word of twenty-five replaced", swap(letter, 25), Spam},
		{"a greeting by name and a random word at the end", "Hello Bob Miller!\n\n" + letter + "\n\nqzxv wvut", Spam},
		{"half of the text replaced", letter[:len(letter)/2] + strings.Repeat(" and now for something that is completely different from all before", 3), ""},
		{"every third word replaced", swap(letter, 3), ""},
		{"another text", "The meeting of our gardening club will be on Friday at seven in the town hall. Please bring your tools, your own cup, and the list of seeds that you would like to order together this spring.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore()
			if !tell(t, s, letter, true) {
				t.Fatal("the letter was not noted")
			}
			if got, weight := look(t, s, c.text); got != c.want {
				t.Errorf("got %q (%v), want %q", got, weight, c.want)
			}
		})
	}
}

func TestTheLastReportCounts(t *testing.T) {
	s := newStore()
	tell(t, s, letter, true)
	tell(t, s, letter, true)
	tell(t, s, letter, false)
	if got, _ := look(t, s, letter); got != Ham {
		t.Errorf("got %q, want %s", got, Ham)
	}
	tell(t, s, letter, true)
	if got, _ := look(t, s, letter); got != Spam {
		t.Errorf("got %q, want %s", got, Spam)
	}
}

func TestPeopleTeachIt(t *testing.T) {
	s, ctx := newStore(), context.Background()
	l := filtertest.New(t, Spec, "", filters.Env{Store: s, Clock: s.Now}).(filters.Learner)
	if err := l.Learn(ctx, mail(letter), true); err != nil {
		t.Fatal(err)
	}
	if got, _ := look(t, s, letter); got != Spam {
		t.Errorf("got %q, want %s", got, Spam)
	}
	s.Err = filters.ErrStoreDown
	if err := l.Learn(ctx, mail(letter), false); !errors.Is(err, filters.ErrStoreDown) {
		t.Errorf("a store that is down: %v", err)
	}
	alone := filtertest.New(t, Spec, "", filters.Env{Clock: s.Now}).(filters.Learner)
	if err := alone.Learn(ctx, mail(letter), true); err == nil {
		t.Error("without a store it learned")
	}
}

func TestAShortTextIsNotNoted(t *testing.T) {
	s := newStore()
	if tell(t, s, "Yes, see you at noon.", true) || s.Len("") != 0 {
		t.Errorf("%d entries", s.Len(""))
	}
}

func TestWhatIsStoredWrongIsAsIfItWereNotThere(t *testing.T) {
	for _, data := range [][]byte{nil, {1}, make([]byte, reportSize), append([]byte{2, 's'}, make([]byte, reportSize-2)...)} {
		if _, ok := parse(data); ok {
			t.Errorf("%v was read", data)
		}
	}
}

// TestCorpus reports every second spam of a corpus, and counts which other mail looks like it.
func TestCorpus(t *testing.T) {
	s := newStore()
	spam := texts(t, "spamassassin/spam*", "modern-spam")
	ham := texts(t, "spamassassin/*ham*", "modern-ham")
	for i := 0; i < len(spam); i += 2 {
		tell(t, s, spam[i], true)
	}
	known, wrong := 0, 0
	for i := 1; i < len(spam); i += 2 {
		if got, _ := look(t, s, spam[i]); got == Spam {
			known++
		}
	}
	for _, text := range ham {
		if got, weight := look(t, s, text); got == Spam {
			wrong++
			t.Logf("ham like spam (%v): %.100q", weight, text)
		}
	}
	t.Logf("%d of %d other spams are known again, %d of %d hams look like spam", known, len(spam)/2, wrong, len(ham))
	if len(ham) < 1000 || len(spam) < 500 || known == 0 || wrong*2000 > len(ham) {
		t.Errorf("want some of the spam, and at most one ham of 2000")
	}
}

// texts reads the visible texts of mails in folders of the shared corpora.
func texts(t *testing.T, folders ...string) (list []string) {
	t.Helper()
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	if _, err := os.Stat(filepath.Join(root, "corpora")); err != nil {
		t.Skip("SHARED SUITE NOT RUN: no folder corpora in ", root)
	}
	for _, pattern := range folders {
		dirs, _ := filepath.Glob(filepath.Join(root, "corpora", pattern))
		for _, dir := range dirs {
			_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				raw, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				m := message.New(message.Envelope{}, message.Options{})
				m.Load(raw)
				list = append(list, m.Text())
				return nil
			})
		}
	}
	return list
}

func FuzzSketch(f *testing.F) {
	f.Add(letter)
	f.Add("a\xff b\xc3 ü İ \u2028 x")
	f.Fuzz(func(t *testing.T, text string) {
		a, b := newSketch(text), newSketch(strings.ToUpper(text)+" . ")
		if a.tells() {
			for n := range numBands {
				a.band(n)
			}
			x := a.short()
			if likeness(&x, &x) != 1 {
				t.Error("a text is not like itself")
			}
		}
		_ = b
		if r, ok := parse([]byte(text)); ok && string(r.bytes()) != text {
			t.Error("a report does not read back")
		}
	})
}

func BenchmarkSketch(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for text.Len() < 5000 {
		fmt.Fprintf(&text, "%c%c%c%c%c ", 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26))
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		_ = newSketch(text.String())
	}
}
