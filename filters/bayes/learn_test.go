package bayes

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/message"
	"weir/scoring/bayes"
)

// openStore opens an embedded store in a folder of the test's.
func openStore(tb testing.TB) store.State {
	s, err := store.Open(store.DefaultConfig(), tb.TempDir(), backend.Hooks{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

var (
	spamWords = strings.Fields("winner prize lottery claim casino pills cheap offer buy now free money million transfer urgent viagra refinance debt")
	hamWords  = strings.Fields("meeting kernel patch review agenda minutes compile branch lunch project deadline schedule colleague report draft thanks attached notes")
)

// mailOf makes a mail of a class, another one for each number.
func mailOf(spam bool, n int) *message.Message {
	r := rand.New(rand.NewPCG(uint64(n), uint64(class(spam))))
	words := hamWords
	if spam {
		words = spamWords
	}
	var text strings.Builder
	for range 60 {
		text.WriteString(words[r.IntN(len(words))] + " ")
	}
	return load(fmt.Sprintf("From: someone <a%d@example.org>\r\nMessage-ID: <%d.%v@example.org>\r\nSubject: %s %s\r\n\r\n%s\r\n",
		n, n, spam, words[n%len(words)], words[(n+3)%len(words)], text.String()))
}

func load(raw string) *message.Message {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(raw))
	return m
}

func lessons(c filters.Class, from, to int) (list []Lesson) {
	for n := from; n < to; n++ {
		list = append(list, Study(mailOf(c == filters.Spam, n), c))
	}
	return list
}

// school is a store to teach.
type school struct {
	testing.TB
	store filters.Store
}

func newSchool(tb testing.TB) *school { return &school{tb, openStore(tb)} }

func (s *school) teach(list ...Lesson) filters.Taught {
	s.Helper()
	t := Teacher{Store: s.store, Who: "test"}
	got, err := t.Teach(context.Background(), list)
	if err != nil {
		s.Fatal(err)
	}
	return got
}

// cells copies all that was counted.
func (s *school) cells() []int32 {
	view := s.store.Replica(site.table).View()
	out := make([]int32, len(view))
	copy(out, view)
	return out
}

func (s *school) learned() bayes.Learned { return bayes.LearnedIn(s.store.Replica(site.table).View()) }

func TestLearning(t *testing.T) {
	t.Run("F09_the_same_mail_twice_changes_nothing", func(t *testing.T) {
		s := newSchool(t)
		s.teach(lessons(filters.Spam, 0, 5)...)
		before := s.cells()
		got := s.teach(append(lessons(filters.Spam, 0, 5), lessons(filters.Spam, 0, 5)...)...)
		if diff := cmp.Diff(filters.Taught{Known: 10}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if !slices.Equal(before, s.cells()) {
			t.Error("the counts changed")
		}
	})
	t.Run("F09_twice_in_one_batch_counts_once", func(t *testing.T) {
		s := newSchool(t)
		if diff := cmp.Diff(filters.Taught{Learned: 1, Known: 1}, s.teach(append(lessons(filters.Ham, 1, 2), lessons(filters.Ham, 1, 2)...)...)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := s.learned(); got != (bayes.Learned{Ham: 1}) {
			t.Errorf("learned %+v, want one ham", got)
		}
	})
	t.Run("F09_unlearning_takes_away_what_learning_added", func(t *testing.T) {
		s := newSchool(t)
		s.teach(append(lessons(filters.Ham, 0, 5), lessons(filters.Spam, 0, 5)...)...)
		before := s.cells()
		s.teach(lessons(filters.Spam, 7, 40)...)
		list := lessons(filters.Spam, 7, 40)
		for i := range list {
			list[i].Class = filters.Unlearned
		}
		s.teach(list...)
		if !slices.Equal(before, s.cells()) {
			t.Error("the counts are not what they were")
		}
	})
	t.Run("F09_learned_as_ham_after_spam_is_as_if_ham_from_the_begin", func(t *testing.T) {
		s, o := newSchool(t), newSchool(t)
		list := lessons(filters.Spam, 0, 20)
		s.teach(list...)
		for i := range list {
			list[i].Class = filters.Ham
		}
		if diff := cmp.Diff(filters.Taught{Changed: 20}, s.teach(list...)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		o.teach(list...)
		if !slices.Equal(o.cells(), s.cells()) {
			t.Error("the counts differ")
		}
	})
	t.Run("F09_a_copy_that_came_another_way_takes_away_what_the_first_added", func(t *testing.T) {
		s := newSchool(t)
		s.teach(lessons(filters.Ham, 0, 3)...)
		before := s.cells()
		raw := "Message-ID: <1@example.org>\r\nFrom: a@example.org\r\nSubject: prize\r\n\r\nclaim your prize\r\n"
		s.teach(Study(load("List-Id: <list.example.org>\r\n"+raw), filters.Spam))
		s.teach(Study(load(strings.ReplaceAll(raw, "\r\n", "\n")), filters.Unlearned))
		if !slices.Equal(before, s.cells()) {
			t.Error("the counts are not what they were")
		}
	})
}

func TestTheJournalTellsWhoTaughtWhat(t *testing.T) {
	s := newSchool(t)
	list := lessons(filters.Spam, 0, 2)
	s.teach(list[0])
	s.teach(list[1])
	list[0].Class = filters.Ham
	s.teach(list[0])
	lines, err := (&Teacher{Store: s.store}).Journal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, fmt.Sprintf("%v: %s, was %s, by %s", l.ID == list[0].ID, l.Now, l.Before, l.Who))
	}
	want := []string{"true: ham, was spam, by test", "false: spam, was unlearned, by test", "true: spam, was unlearned, by test"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUndoTakesLessonsBack(t *testing.T) {
	s := newSchool(t)
	s.teach(append(lessons(filters.Ham, 0, 30), lessons(filters.Spam, 0, 30)...)...)
	before, kept := s.cells(), len(journal(s))
	turned := lessons(filters.Spam, 5, 10)
	for i := range turned {
		turned[i].Class = filters.Ham
	}
	s.teach(turned...)
	s.teach(lessons(filters.Spam, 50, 60)...)
	all := journal(s)
	teacher := Teacher{Store: s.store, Who: "undo"}
	if n, err := teacher.Undo(context.Background(), all[:len(all)-kept]); n != 15 || err != nil {
		t.Errorf("%d undone, %v; want 15", n, err)
	}
	if !slices.Equal(before, s.cells()) {
		t.Error("the counts are not what they were")
	}
	if n, err := teacher.Undo(context.Background(), all[:len(all)-kept]); n != 0 || err != nil {
		t.Errorf("a second time: %d undone, %v; want none", n, err)
	}
}

func journal(s *school) []Line {
	s.Helper()
	lines, err := (&Teacher{Store: s.store}).Journal(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	return lines
}
