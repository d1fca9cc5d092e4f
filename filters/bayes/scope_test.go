package bayes

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/gateway/store"
	"weir/gateway/store/redistest"
	"weir/message"
	"weir/scoring/bayes"
)

var letterWords = strings.Fields("newsletter coupon holiday discount shoes summer sale voucher unsubscribe members collection sandals beach season")

// newsletter makes a mail that one wants and the other doesn't.
func newsletter(n int) *message.Message {
	r := rand.New(rand.NewPCG(uint64(n), 99))
	var text strings.Builder
	for range 60 {
		text.WriteString(letterWords[r.IntN(len(letterWords))] + " ")
	}
	return load(fmt.Sprintf("From: shop <n%d@shop.example>\r\nMessage-ID: <%d@shop.example>\r\nSubject: %s %s\r\n\r\n%s\r\n",
		n, n, letterWords[n%len(letterWords)], letterWords[(n+3)%len(letterWords)], text.String()))
}

// to gives a mail its recipients.
func to(m *message.Message, rcpts ...string) *message.Message {
	out := message.New(message.Envelope{Rcpts: rcpts}, message.Options{})
	out.Load(m.Raw)
	return out
}

// users are a site some of whose users teach for themselves.
type users struct {
	*school
	f *filter
}

func newUsers(s *school, config string) *users {
	f := filtertest.New(s, Spec, config, filters.Env{Store: s.store, Clock: time.Now}).(*filter)
	s.Cleanup(func() { f.Close() })
	return &users{s, f}
}

// newsletterSite is a site where newsletters are taken for spam, and where joe teaches that he wants them.
func newsletterSite(s *school) *users {
	u := newUsers(s, "scopes = \"recipient\"")
	for n := range 40 {
		u.teach(Study(newsletter(n), filters.Spam))
	}
	u.teach(append(lessons(filters.Ham, 0, 40), lessons(filters.Spam, 0, 40)...)...)
	return u
}

func (u *users) joeWantsNewsletters() {
	u.Helper()
	for n := 100; n < 140; n++ {
		u.own("joe@example.org", newsletter(n), filters.Ham)
	}
	for n := 100; n < 140; n++ {
		u.own("joe@example.org", mailOf(true, n), filters.Spam)
	}
}

func (u *users) own(who string, m *message.Message, c filters.Class) {
	u.Helper()
	if _, err := u.of(who).Teach(context.Background(), "test", []filters.Lesson{Study(m, c)}); err != nil {
		u.Fatal(err)
	}
}

func (u *users) of(who string) filters.School {
	u.Helper()
	s, err := u.f.For(who)
	if err != nil {
		u.Fatal(err)
	}
	return s
}

// p is the probability for a mail; it waits until what was taught before is known.
func (u *users) p(m *message.Message, rcpts ...string) float64 {
	u.Helper()
	o := u.opinion(m, rcpts...)
	if o.P == nil {
		u.Fatalf("untrained: %+v", o)
	}
	return *o.P
}

func (u *users) opinion(m *message.Message, rcpts ...string) *filters.Opinion {
	u.Helper()
	for end := time.Now().Add(10 * time.Second); ; {
		r, err := u.f.Check(context.Background(), to(m, rcpts...), filters.Findings{})
		if err == nil && !r.Bayes.Stale {
			return r.Bayes
		}
		if time.Now().After(end) {
			u.Fatalf("still %+v, %v", r.Bayes, err)
		}
	}
}

// settled waits until the linear model is fitted to all that was taught.
func (u *users) settled() {
	u.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		u.opinion(newsletter(500), "nobody@example.org")
		state := u.f.memory.replica.State()
		u.f.memory.mu.Lock()
		ready := u.f.memory.fitted == state.Version
		u.f.memory.mu.Unlock()
		if ready && bayes.LearnedIn(u.f.memory.replica.View()).Fewer() >= 40 {
			return
		}
		if time.Now().After(end) {
			u.Fatal("the model is not fitted")
		}
	}
}

func TestAUserMayWantWhatOthersDoNot(t *testing.T) {
	onStores(t, func(t *testing.T, open func() *school) {
		u := newsletterSite(open())
		u.settled()
		m, joe, jim := newsletter(200), "joe@example.org", "jim@example.org"
		before := u.p(m, jim)
		if p := u.p(m, joe); p != before || p < 0.95 {
			t.Fatalf("before the lessons: p=%v for joe, %v for jim", p, before)
		}
		u.joeWantsNewsletters()
		// A gateway knows it within two seconds, also one that did not teach.
		await(t, "joe's lessons", 2*time.Second, func() error {
			if p := u.p(m, joe); p > 0.4 {
				return fmt.Errorf("p=%v for joe", p)
			}
			return nil
		})
		for name, c := range map[string]struct {
			mail  *message.Message
			rcpts []string
			same  bool
		}{
			"for him it is wanted":                        {m, []string{joe}, false},
			"in capitals he is the same":                  {m, []string{"Joe@EXAMPLE.org."}, false},
			"named twice he is one":                       {m, []string{joe, "joe@Example.org"}, false},
			"for another nothing changed":                 {m, []string{jim}, true},
			"mail to both is judged by what all taught":   {m, []string{joe, jim}, true},
			"in whatever order":                           {m, []string{jim, joe}, true},
			"mail to nobody is judged by what all taught": {m, nil, true},
			"a local part alone is nobody's":              {m, []string{"joe"}, true},
		} {
			t.Run(name, func(t *testing.T) {
				if p := u.p(c.mail, c.rcpts...); (p == before) != c.same {
					t.Errorf("p=%v, for the site it is %v", p, before)
				}
			})
		}
		t.Run("mail that his lessons know nothing of is judged by what all taught", func(t *testing.T) {
			strange := load("From: x@y.example\r\nMessage-ID: <q@y.example>\r\nSubject: kernel patch\r\n\r\nmeeting review agenda minutes compile branch\r\n")
			if a, b := u.p(strange, joe), u.p(strange, jim); a-b > 0.1 || b-a > 0.1 {
				t.Errorf("p=%v for joe, %v for jim", a, b)
			}
		})
		t.Run("the report says so", func(t *testing.T) {
			own := u.opinion(m, joe).Own
			if own == nil || own.Site == nil || *own.Site != before || own.Learned != (filters.LearnedCount{Ham: 40, Spam: 40}) {
				t.Errorf("%+v", own)
			}
			if own := u.opinion(m, jim).Own; own != nil {
				t.Errorf("for jim: %+v", own)
			}
		})
		t.Run("what the site learned is as it was", func(t *testing.T) {
			if got := bayes.LearnedIn(u.f.memory.replica.View()); got != (bayes.Learned{Ham: 40, Spam: 80}) {
				t.Errorf("%+v", got)
			}
		})
		t.Run("another teaches the opposite and joe's verdict stays", func(t *testing.T) {
			his := u.p(m, joe)
			for n := 100; n < 140; n++ {
				u.own(jim, newsletter(n), filters.Spam)
				u.own(jim, mailOf(false, n), filters.Ham)
			}
			time.Sleep(fresh)
			if p := u.p(m, joe); p != his {
				t.Errorf("p=%v for joe, before it was %v", p, his)
			}
		})
		t.Run("the journal is his own, and undo takes all back", func(t *testing.T) {
			past, full, err := u.of(joe).Journal(context.Background())
			if err != nil || len(past) != 80 || full {
				t.Fatalf("%d lines, full %v, %v", len(past), full, err)
			}
			if all, _, _ := u.f.Journal(context.Background()); len(all) != 120 {
				t.Errorf("%d lines for the site, want 120", len(all))
			}
			if n, err := u.of(joe).Undo(context.Background(), "undo", past); n != 80 || err != nil {
				t.Fatalf("%d taken back, %v", n, err)
			}
			time.Sleep(fresh)
			if p := u.p(m, joe); p != before {
				t.Errorf("p=%v, want %v", p, before)
			}
			if cells := u.cellsOf(joe); slices.ContainsFunc(cells, func(v int32) bool { return v != 0 }) {
				t.Error("something is counted still")
			}
		})
	})
}

// cellsOf reads what is counted for a scope.
func (u *users) cellsOf(who string) []int32 {
	u.Helper()
	var b filters.Batch
	p := b.Peek(&newScope(who).table, 0, bayes.ScopeCells)
	if err := u.store.Do(context.Background(), &b); err != nil {
		u.Fatal(err)
	}
	return p.Values
}

func TestOwnLessonsAreLearnedExactly(t *testing.T) {
	onStores(t, func(t *testing.T, open func() *school) {
		a, b := newUsers(open(), "scopes = \"recipient\""), newUsers(open(), "scopes = \"recipient\"")
		for n := range 30 {
			a.own("joe@example.org", mailOf(true, n), filters.Spam)
			a.own("joe@example.org", mailOf(true, n), filters.Spam)
			a.own("joe@example.org", mailOf(true, n), filters.Class(n%3)) // unlearned, ham or spam
			if n%3 > 0 {
				b.own("joe@example.org", mailOf(true, n), filters.Class(n%3))
			}
		}
		if diff := gocmp.Diff(b.cellsOf("joe@example.org"), a.cellsOf("joe@example.org")); diff != "" {
			t.Errorf("F09: learned otherwise and twice (-want +got):\n%.500s", diff)
		}
	})
}

func TestForgettingAPersonTakesHisLessons(t *testing.T) {
	for _, who := range []string{"joe@example.org", "example.org"} {
		t.Run(who, func(t *testing.T) {
			onStores(t, func(t *testing.T, open func() *school) {
				u := newUsers(open(), "scopes = \"recipient\"")
				u.own("joe@example.org", newsletter(1), filters.Ham)
				u.own("jim@example.com", newsletter(1), filters.Ham)
				before := u.stored("bayes-own")
				if _, err := u.store.(store.State).Forget(context.Background(), who); err != nil {
					t.Fatal(err)
				}
				past, _, err := u.of("joe@example.org").Journal(context.Background())
				if len(past) != 0 || err != nil || len(u.cellsOf("joe@example.org")) != 0 {
					t.Errorf("%d lines of his journal are left, %v, %d cells", len(past), err, len(u.cellsOf("joe@example.org")))
				}
				if left := u.stored("bayes-own"); left != before/2 {
					t.Errorf("%d tables, marks and journals are left of %d; half of them are his", left, before)
				}
				if past, _, _ := u.of("jim@example.com").Journal(context.Background()); len(past) != 1 || len(u.cellsOf("jim@example.com")) == 0 {
					t.Error("another's lessons are gone")
				}
			})
		})
	}
}

// stored counts the tables, marks and journals whose names begin so.
func (u *users) stored(prefix string) (n int) {
	u.Helper()
	stats, err := u.store.(store.State).Stats(context.Background())
	if err != nil {
		u.Fatal(err)
	}
	for _, s := range stats {
		if strings.HasPrefix(s.Name, prefix) {
			n++
		}
	}
	return n
}

func TestADomainsLessonsCountForAllItsRecipients(t *testing.T) {
	u := newUsers(newSchool(t), "scopes = \"domain\"\nleast = 10")
	for n := range 20 {
		u.own("example.org", newsletter(n), filters.Ham)
		u.own("example.org", mailOf(true, n), filters.Spam)
	}
	for name, c := range map[string]struct {
		rcpts []string
		own   bool
	}{
		"one of the domain": {[]string{"joe@example.org"}, true},
		"two of the domain": {[]string{"joe@example.org", "jim@EXAMPLE.ORG"}, true},
		"of another":        {[]string{"joe@example.com"}, false},
		"of two domains":    {[]string{"joe@example.org", "joe@example.com"}, false},
		"in another order":  {[]string{"joe@example.com", "joe@example.org"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := u.opinion(newsletter(300), c.rcpts...)
			if (o.Own != nil) != c.own || (o.P != nil) != c.own {
				t.Errorf("%+v", o)
			}
			if c.own && (*o.P > 0.4 || o.Own.Site != nil) {
				t.Errorf("p=%v, by all %v; for all nothing was learned", *o.P, o.Own.Site)
			}
		})
	}
	t.Run("outgoing mail has no recipients of ours", func(t *testing.T) {
		m := to(newsletter(300), "joe@example.org")
		m.Outgoing = true
		if got := u.f.scopeOf(m); got != "" {
			t.Errorf("judged by %q", got)
		}
	})
}

func TestTooFewOwnLessonsAreNotHeard(t *testing.T) {
	u := newsletterSite(newSchool(t))
	for n := 100; n < 119; n++ {
		u.own("joe@example.org", newsletter(n), filters.Ham)
		u.own("joe@example.org", mailOf(true, n), filters.Spam)
	}
	if o := u.opinion(newsletter(200), "joe@example.org"); o.Own != nil {
		t.Errorf("19 of each are enough: %+v", o.Own)
	}
}

func TestNamesOfScopes(t *testing.T) {
	s := newSchool(t)
	for _, c := range []struct{ scopes, name, want string }{
		{"recipient", "Joe@Example.ORG", "joe@example.org"},
		{"recipient", "joe@bücher.example", "joe@xn--bcher-kva.example"},
		{"recipient", "example.org", "is no address"},
		{"recipient", "@example.org", "is no address"},
		{"recipient", "joe@", "is no address"},
		{"recipient", "<joe@example.org>", "address or the domain alone"},
		{"domain", "Example.org.", "example.org"},
		{"domain", "joe@example.org", "is no domain"},
		{"domain", "", "is no domain"},
		{"site", "joe@example.org", "set filters.bayes.scopes"},
	} {
		t.Run(c.scopes+" "+c.name, func(t *testing.T) {
			u := newUsers(s, fmt.Sprintf("scopes = %q", c.scopes))
			got, err := u.f.scopeNamed(c.name)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// counting counts the batches that a store gets.
type counting struct {
	filters.Store
	n atomic.Int64
}

func (c *counting) Do(ctx context.Context, b *filters.Batch) error {
	c.n.Add(1)
	return c.Store.Do(ctx, b)
}

func TestJudgingAsksTheStoreSeldom(t *testing.T) {
	for _, c := range []struct {
		scopes string
		most   int64
	}{{"site", 0}, {"recipient", 10}} {
		t.Run(c.scopes, func(t *testing.T) {
			s := newSchool(t)
			u := newUsers(s, fmt.Sprintf("scopes = %q", c.scopes))
			u.teach(append(lessons(filters.Ham, 0, 40), lessons(filters.Spam, 0, 40)...)...)
			u.settled()
			store := &counting{Store: s.store}
			if u.f.own != nil {
				u.f.own.store = store
			}
			u.f.memory.store = store
			began := time.Now()
			for range 300 {
				u.p(newsletter(1), "joe@example.org")
			}
			if n, most := store.n.Load(), c.most*(1+int64(time.Since(began)/time.Second)); n > most {
				t.Errorf("%d batches for 300 messages, want %d at most", n, most)
			}
		})
	}
}

func TestManyScopesTakeLittleMemory(t *testing.T) {
	server := newSchool(t)
	u := newUsers(server, "scopes = \"recipient\"\nleast = 1")
	who := func(i int) string { return fmt.Sprintf("user%d@example.org", i) }
	const many = 300
	before := heap()
	for i := range many {
		u.own(who(i), newsletter(i), filters.Ham)
		u.own(who(i), mailOf(true, i), filters.Spam)
	}
	for i := range many {
		if o := u.opinion(newsletter(i), who(i)); o.Own == nil {
			t.Fatalf("user %d: %+v", i, o)
		}
	}
	held := u.f.own
	held.mu.Lock()
	bytes, kept := held.bytes, len(held.all)
	held.mu.Unlock()
	t.Logf("%d scopes, %d kept with %.1f MB; heap grew by %.1f MB", many, kept, float64(bytes)/(1<<20), float64(heap()-before)/(1<<20))
	if grown := heap() - before; bytes > scopesBytes || grown > 32<<20 {
		t.Errorf("%d bytes counted, heap grew by %d; want 22 and 32 MB at most", bytes, grown)
	}
	if kept == many {
		t.Error("none was let go")
	}
	if o := u.opinion(newsletter(0), who(0)); o.Own == nil || o.Own.Learned != (filters.LearnedCount{Ham: 1, Spam: 1}) {
		t.Errorf("one that was let go is not read again: %+v", o.Own)
	}
	t.Run("recipients who never taught anything", func(t *testing.T) {
		for i := range 100_000 {
			held.begin(fmt.Sprintf("nobody%d@example.org", i))
		}
		held.mu.Lock()
		defer held.mu.Unlock()
		if held.bytes > scopesBytes || held.asks > maxAsks {
			t.Errorf("%d bytes, %d questions on their way", held.bytes, held.asks)
		}
	})
}

func TestScopesAreReadWhileTheyChange(t *testing.T) {
	u := newsletterSite(newSchool(t))
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 30 {
				u.p(newsletter(200), "joe@example.org")
			}
		})
	}
	u.joeWantsNewsletters()
	readers.Wait()
}

func TestAStoreThatIsDownLeavesTheSitesVerdict(t *testing.T) {
	server := newSchool(t)
	u := newsletterSite(server)
	u.settled()
	u.joeWantsNewsletters()
	his, all := u.p(newsletter(200), "joe@example.org"), u.p(newsletter(200), "jim@example.org")
	u.f.own.store = down{}
	t.Run("C01_who_is_in_memory_is_judged_by_it_marked_stale", func(t *testing.T) {
		await(t, "stale", 5*time.Second, func() error {
			r, err := u.f.Check(context.Background(), to(newsletter(200), "joe@example.org"), filters.Findings{})
			if err != nil || !r.Bayes.Stale || *r.Bayes.P != his {
				return fmt.Errorf("%+v, %v", r.Bayes, err)
			}
			return nil
		})
	})
	t.Run("C01_another_is_judged_by_what_all_taught_marked_stale", func(t *testing.T) {
		r, err := u.f.Check(context.Background(), to(newsletter(200), "ann@example.org"), filters.Findings{})
		if err != nil || !r.Bayes.Stale || *r.Bayes.P != all {
			t.Errorf("%+v, %v", r.Bayes, err)
		}
	})
}

// down is a store that does not answer.
type down struct{ filters.Store }

func (down) Do(context.Context, *filters.Batch) error { return filters.ErrStoreDown }

// TestSizeOfAScope fills all that a scope may keep in a real Redis, and measures it.
func TestSizeOfAScope(t *testing.T) {
	server := redistest.Start(t)
	state := openRedis(t, server.Addr, "weir")
	r, b := rand.New(rand.NewPCG(1, 2)), newScope("joe@example.org")
	empty := used(t, server)
	for n := 0; n < 3000; n++ {
		c := filters.Class(1 + n%2)
		tokens := make([]bayes.Token, 520)
		for i := range tokens {
			tokens[i] = bayes.Token{Hash: r.Uint64(), Kind: []bayes.Kind{bayes.Word, bayes.Pair, bayes.Pair, bayes.Relay}[i%4]}
		}
		l := Lesson{ID: ID{byte(n), byte(n >> 8), 1}, Class: c, Vector: bayes.Pack(tokens)}
		if _, err := (&Teacher{Store: state, Who: "joe", into: b}).Teach(context.Background(), []Lesson{l}); err != nil {
			t.Fatal(err)
		}
		if n == 49 || n == 2999 {
			size := used(t, server) - empty
			t.Logf("after %d lessons: %.2f MB in Redis", n+1, float64(size)/(1<<20))
			if size > 1<<20 {
				t.Errorf("%d bytes, want 1 MB at most", size)
			}
		}
	}
}

func TestAnOpinionThatIsInUseDoesNotChange(t *testing.T) {
	onStores(t, func(t *testing.T, open func() *school) {
		u := newUsers(open(), "scopes = \"recipient\"")
		u.own("joe@example.org", newsletter(1), filters.Ham)
		o, table := u.f.own, &newScope("joe@example.org").table
		old, version, err := o.load(context.Background(), table)
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(old)
		u.own("joe@example.org", newsletter(2), filters.Ham)
		now, _, err := o.read(context.Background(), table, old, version, true)
		if err != nil || !slices.Equal(before, old) {
			t.Errorf("it changed, %v", err)
		}
		if all, _, _ := o.load(context.Background(), table); slices.Equal(now, old) || !slices.Equal(now, all) {
			t.Error("the new one is not what the store has")
		}
	})
}
