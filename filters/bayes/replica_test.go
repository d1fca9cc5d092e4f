package bayes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/gateway/store"
	"weir/gateway/store/redistest"
)

// gateway is a gateway of several on one Redis.
type gateway struct {
	*school
	f *filter
}

func newGateway(t *testing.T, addr string) *gateway { return gatewayOn(t, openRedis(t, addr, "weir")) }

func gatewayOn(t *testing.T, state store.State) *gateway {
	s := &school{t, state}
	f := &filter{Config: DefaultConfig(), memory: newMemory(s.store)}
	t.Cleanup(func() { f.Close() })
	return &gateway{s, f}
}

// says is what the gateway says of a mail.
func (g *gateway) says(n int) string {
	r, err := g.f.Check(context.Background(), mailOf(true, n), filters.Findings{})
	switch {
	case errors.Is(err, filters.ErrStoreDown):
		return "not known"
	case err != nil:
		g.Fatal(err)
	}
	text := r.Hits[0].Name
	if r.Bayes.Stale {
		text += " stale"
	}
	return text
}

// await waits until a condition holds, and tells how long that took.
func await(t *testing.T, what string, limit time.Duration, is func() error) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		err := is()
		if err == nil {
			return time.Since(began)
		}
		if time.Since(began) > limit {
			t.Fatalf("%s: after %s still: %v", what, limit, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (g *gateway) await(what, want string) time.Duration {
	g.Helper()
	n := 1000
	return await(g.TB.(*testing.T), what, 10*time.Second, func() error {
		n++
		if got := g.says(n); !strings.HasPrefix(got, want) || strings.HasSuffix(got, "stale") {
			return fmt.Errorf("it says %s", got)
		}
		return nil
	})
}

func (g *gateway) teachClasses(from, to int) {
	g.Helper()
	g.teach(append(lessons(filters.Ham, from, to), lessons(filters.Spam, from, to)...)...)
}

func TestGatewaysFollowTheStore(t *testing.T) {
	server := redistest.Start(t)
	a, b := newGateway(t, server.Addr), newGateway(t, server.Addr)
	a.await("nothing is learned", Untrained)
	b.await("nothing is learned", Untrained)
	t.Run("a lesson on one is known to the other", func(t *testing.T) {
		a.teachClasses(0, 40)
		t.Logf("known on the other after %s", b.await("b knows", "BAYES_9"))
	})
	t.Run("the store hangs: the old model serves, marked stale", func(t *testing.T) {
		server.Hang()
		await(t, "stale", 10*time.Second, func() error {
			if got := b.says(1); !strings.HasSuffix(got, "stale") || strings.HasPrefix(got, Untrained) {
				return errors.New(got)
			}
			return nil
		})
		server.Resume()
		b.await("b is fresh again", "BAYES_9")
	})
	t.Run("C07_all_is_flushed_and_both_say_untrained", func(t *testing.T) {
		server.Do("flushall")
		a.await("a knows", Untrained)
		b.await("b knows", Untrained)
	})
	t.Run("and learn anew", func(t *testing.T) {
		b.teachClasses(50, 90)
		a.await("a knows", "BAYES_9")
	})
}

func TestAGatewayThatNeverReachedTheStoreSaysSo(t *testing.T) {
	server := redistest.Start(t)
	newGateway(t, server.Addr).teachClasses(0, 40)
	server.Hang()
	defer server.Resume()
	if got := newGateway(t, server.Addr).says(1); got != "not known" {
		t.Errorf("it says %s, want that nothing is known", got)
	}
}

// same waits until two gateways hold the same: counts, version and sample of the linear model.
func same(t *testing.T, a, b *gateway) time.Duration {
	t.Helper()
	return await(t, "the gateways differ", 10*time.Second, func() error {
		if sa, sb := a.f.memory.replica.State(), b.f.memory.replica.State(); sa != sb || sa.Stale {
			return fmt.Errorf("%+v and %+v", sa, sb)
		}
		va, vb := a.f.memory.replica.View(), b.f.memory.replica.View()
		for i := range site.table.Cells {
			if va.At(i) != vb.At(i) {
				return fmt.Errorf("cell %d: %d and %d", i, va.At(i), vb.At(i))
			}
		}
		return nil
	})
}

func TestTwoGatewaysLearnAtOnce(t *testing.T) {
	server := redistest.Start(t)
	a, b := newGateway(t, server.Addr), newGateway(t, server.Addr)
	var both sync.WaitGroup
	for i, g := range []*gateway{a, b} {
		both.Go(func() {
			for n := range 60 { // each mail is taught on both, as another class on each
				l := Study(mailOf(n%2 == 0, n), filters.Class(1+(n+i)%2))
				if _, err := (&Teacher{Store: g.store, Who: "test"}).Teach(context.Background(), []Lesson{l}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	took := await(t, "a does not know all", 10*time.Second, func() error { // two that know nothing yet are the same as well
		if got := a.learned(); got.Ham+got.Spam != 60 {
			return fmt.Errorf("learned %+v, want 60 in all", got)
		}
		return nil
	})
	t.Logf("the same after %s", took+same(t, a, b))
	checkEqualJudges(t, a, b)
}

// checkEqualJudges looks whether both judge alike, to the last digit, once their linear models are fitted.
func checkEqualJudges(t *testing.T, a, b *gateway) {
	t.Helper()
	await(t, "they judge differently", 20*time.Second, func() error {
		for n := 200; n < 220; n++ {
			ra, errA := a.f.Check(context.Background(), mailOf(n%2 == 0, n), filters.Findings{})
			rb, errB := b.f.Check(context.Background(), mailOf(n%2 == 0, n), filters.Findings{})
			if errA != nil || errB != nil || gocmp.Diff(ra, rb) != "" {
				return fmt.Errorf("%v %v %s", errA, errB, gocmp.Diff(ra, rb))
			}
		}
		return nil
	})
}

// TestAFailoverThatLosesLessons cuts a replica off, lets the master learn more, and makes the replica the master.
func TestAFailoverThatLosesLessons(t *testing.T) {
	all := redistest.Sentinel(t)
	c := store.DefaultConfig()
	c.Redis, c.SentinelMaster = all.Addrs(), "weir"
	a, b := gatewayOn(t, openConfig(t, c)), gatewayOn(t, openConfig(t, c))
	a.teachClasses(0, 40)
	same(t, a, b)
	await(t, "the replica is behind", 10*time.Second, func() error {
		if m, r := fmt.Sprint(all.Master.Do("dbsize")), fmt.Sprint(all.Replica.Do("dbsize")); m != r {
			return fmt.Errorf("%s keys and %s", m, r)
		}
		return nil
	})
	all.Replica.Do("config", "set", "masterauth", "wrong") // what is learned from here on does not reach it
	all.Replica.Do("client", "kill", "type", "master")
	a.teachClasses(40, 60)
	same(t, a, b)
	all.Master.Kill()
	await(t, "the sentinels do not fail over", 40*time.Second, func() error {
		if role := fmt.Sprint(all.Replica.Do("role")); !strings.Contains(role, "master") {
			return errors.New(role)
		}
		return nil
	})
	await(t, "what was lost is still in memory", 15*time.Second, func() error {
		for _, g := range []*gateway{a, b} {
			if got := g.f.memory.replica.View().At(2 * (1 << 20)); got != 40 || g.f.memory.replica.State().Stale {
				return fmt.Errorf("%d wanted mails are known, want the 40 that the store has; %+v", got, g.f.memory.replica.State())
			}
		}
		return nil
	})
	b.teachClasses(60, 70)
	same(t, a, b)
	checkEqualJudges(t, a, b)
}
