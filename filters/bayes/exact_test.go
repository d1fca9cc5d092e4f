package bayes

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/message"
	"weir/scoring/bayes"
)

// onStores runs a test on the embedded store and on a real Redis.
func onStores(t *testing.T, test func(t *testing.T, open func() *school)) {
	t.Run("in a file", func(t *testing.T) {
		test(t, func() *school { return newSchool(t) })
	})
	t.Run("on Redis", func(t *testing.T) {
		server, n := redistest.Start(t), 0
		test(t, func() *school {
			n++
			return &school{t, openRedis(t, server.Addr, fmt.Sprint("s", n))}
		})
	})
}

// openRedis opens a store on a Redis, apart from others by its prefix.
func openRedis(tb testing.TB, addr, prefix string) store.State {
	tb.Helper()
	c := store.DefaultConfig()
	c.Redis, c.Prefix = []string{addr}, prefix
	return openConfig(tb, c)
}

func openConfig(tb testing.TB, c store.Config) store.State {
	tb.Helper()
	c.Secret = "a secret of this test"
	s, err := store.Open(c, tb.TempDir(), backend.Hooks{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// all is what a store holds of what was learned: the cells that are not 0, the marks, and what the linear model is
// fitted to.
type all struct {
	Cells  map[uint32]int32
	Marks  []string
	Sample []bayes.Sample
}

func (s *school) all(pool []*message.Message) (a all) {
	s.Helper()
	a.Cells = map[uint32]int32{}
	ctx := context.Background()
	var version filters.Version
	for from := uint32(0); from < site.table.Cells; from += 1 << 16 {
		var b filters.Batch
		p := b.Peek(&site.table, from, min(1<<16, site.table.Cells-from))
		if err := s.store.Do(ctx, &b); err != nil {
			s.Fatal(err)
		}
		version = p.Version
		for i, v := range p.Values {
			if v != 0 {
				a.Cells[from+uint32(i)] = v
			}
		}
	}
	marks, err := (&Teacher{Store: s.store}).marks(ctx, lessonsOf(pool))
	if err != nil {
		s.Fatal(err)
	}
	a.Marks = marks
	if a.Sample, err = new(sample).update(ctx, s.store, site, version); err != nil {
		s.Fatal(err)
	}
	slices.SortFunc(a.Sample, func(a, b bayes.Sample) int { return cmp.Compare(a.ID, b.ID) })
	return a
}

func lessonsOf(pool []*message.Message) (list []Lesson) {
	for _, m := range pool {
		list = append(list, Study(m, filters.Unlearned))
	}
	return list
}

// copies makes mails, and of each a copy that came another way: it has the same ID and other features.
func copies(n int) (pool []*message.Message) {
	for i := range n {
		m := mailOf(i%2 == 0, i)
		pool = append(pool, m, load("List-Id: <list.example.org>\r\n"+string(m.Raw)))
	}
	return pool
}

// TestLearningIsExact learns, learns otherwise, unlearns and undoes by chance, and compares with a store that learned
// only what holds in the end.
func TestLearningIsExact(t *testing.T) {
	pool := copies(40)
	onStores(t, func(t *testing.T, open func() *school) {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint("F09_any_order_of_lessons_comes_to_the_same ", seed), func(t *testing.T) {
				c := chance{Rand: rand.New(rand.NewPCG(seed, 1)), school: open(), pool: pool, is: map[ID]Lesson{}}
				for range 120 {
					c.step()
				}
				fresh := open()
				fresh.teach(slices.Collect(maps.Values(c.is))...)
				if diff := gocmp.Diff(fresh.all(pool), c.all(pool)); diff != "" {
					t.Errorf("(-learned at once +learned by chance):\n%.3000s", diff)
				}
			})
		}
	})
}

// chance does by chance what people may do. is holds what is learned now.
type chance struct {
	*rand.Rand
	*school
	pool  []*message.Message
	is    map[ID]Lesson
	saved map[ID]Lesson // what was learned when saved lines of the journal were written
	lines int
}

func (c *chance) step() {
	switch n := c.IntN(20); {
	case n == 0:
		c.saved, c.lines = maps.Clone(c.is), len(journal(c.school))
	case n == 1 && c.saved != nil:
		c.undo()
	default:
		c.lessons()
	}
}

// lessons teaches one to five lessons, the same message among them more than once at times.
func (c *chance) lessons() {
	var list []Lesson
	for range 1 + c.IntN(5) {
		l := Study(c.pool[c.IntN(len(c.pool))], filters.Class(c.IntN(3)))
		list = append(list, l)
		switch old, known := c.is[l.ID]; {
		case l.Class == filters.Unlearned:
			delete(c.is, l.ID)
		case !known || old.Class != l.Class:
			c.is[l.ID] = l
		}
	}
	c.teach(list...)
}

// undo takes back all since what was saved.
func (c *chance) undo() {
	all := journal(c.school)
	teacher := Teacher{Store: c.store, Who: "undo"}
	if _, err := teacher.Undo(context.Background(), all[:len(all)-c.lines]); err != nil {
		c.Fatal(err)
	}
	c.is = maps.Clone(c.saved)
	c.lines = len(journal(c.school))
}
