package redis

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/store/redistest"
)

func sentinelFailover(t *testing.T) {
	all := redistest.Sentinel(t)
	s := open(t, Server{Addresses: all.Addrs(), Master: "weir", Budget: 200 * time.Millisecond}, nil)
	recovers(t, writes(s))
	recovers(t, func() error { // replication is behind its answers
		if m, r := all.Master.Do("dbsize"), all.Replica.Do("dbsize"); m != r {
			return fmt.Errorf("the master has %v keys, the replica %v", m, r)
		}
		return nil
	})
	all.Master.Kill()
	start := time.Now()
	// The sentinels take a second to see it and some more to agree; the ten seconds count from the new master on.
	for end := time.Now().Add(30 * time.Second); !strings.Contains(fmt.Sprint(all.Replica.Do("role")), "master"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the sentinels do not fail over")
		}
	}
	t.Logf("failed over after %s", time.Since(start))
	recovers(t, writes(s))
	if r := must[*filters.Sight](t)(look(s, 1)); r.Times < 2 {
		t.Errorf("what was known before is lost: %+v", r)
	}
}

func flushallInMidRun(t *testing.T) {
	srv := redistest.Start(t)
	s := open(t, Server{Addresses: []string{srv.Addr}}, nil)
	tab := &filters.Table{Name: "bayes", Cells: 1000, Marks: filters.Family{TTL: time.Hour, Budget: 100}}
	var b filters.Batch
	b.Learn(tab, []filters.Mark{{Name: name(1), To: "spam"}}, []filters.Delta{{Index: 7, Add: 7}})
	if err := s.Do(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	replica := s.Replica(*tab)
	state := func(want string, is func() bool) {
		t.Helper()
		recovers(t, func() error {
			if is() {
				return nil
			}
			return fmt.Errorf("want %s: %+v, cell %d", want, replica.State(), replica.View().At(7))
		})
	}
	state("trained", func() bool { return replica.State().Trained() && replica.View().At(7) == 7 })
	srv.Do("flushall")
	state("untrained", func() bool {
		st := replica.State()
		return st.Known && !st.Trained() && !st.Stale && replica.View().At(7) == 0
	})
	b = filters.Batch{}
	l := b.Learn(tab, []filters.Mark{{Name: name(1), To: "spam"}}, []filters.Delta{{Index: 8, Add: 8}})
	if err := s.Do(context.Background(), &b); err != nil || !l.Applied {
		t.Fatalf("learned after the flush: %+v, %v", l, err)
	}
	state("trained anew", func() bool { return replica.State().Version == l.Version && replica.View().At(8) == 8 })
	srv.Hang()
	state("stale, but serving", func() bool { return replica.State().Stale && replica.View().At(8) == 8 && replica.State().Trained() })
	srv.Resume()
	state("fresh again", func() bool { return !replica.State().Stale })
}

func TestTwoGatewaysAgree(t *testing.T) {
	all := redistest.Sentinel(t)
	server := Server{Addresses: all.Addrs(), Master: "weir"}
	a, b := open(t, server, nil), open(t, server, nil)
	tab := filters.Table{Name: "bayes", Cells: 50_000, Marks: filters.Family{TTL: time.Hour, Budget: 10_000}}
	ra, rb := a.Replica(tab), b.Replica(tab)
	teach := func(s *Store, from, to int) error {
		for i := from; i < to; i++ {
			var batch filters.Batch
			deltas := []filters.Delta{{Index: uint32(i*31) % tab.Cells, Add: 1}, {Index: uint32(i*i) % tab.Cells, Add: 2}}
			batch.Learn(&tab, []filters.Mark{{Name: name(i), To: "spam"}}, deltas)
			if err := s.Do(context.Background(), &batch); err != nil {
				return err
			}
		}
		return nil
	}
	equal := func() error {
		if ra.State() != rb.State() || ra.State().Stale || !ra.State().Trained() {
			return fmt.Errorf("%+v and %+v", ra.State(), rb.State())
		}
		va, vb := ra.View(), rb.View()
		for i := range tab.Cells {
			if va.At(i) != vb.At(i) {
				return fmt.Errorf("cell %d: %d and %d", i, va.At(i), vb.At(i))
			}
		}
		return nil
	}
	var both sync.WaitGroup
	both.Go(func() {
		if err := teach(a, 0, 300); err != nil {
			t.Error(err)
		}
	})
	both.Go(func() {
		if err := teach(b, 300, 600); err != nil {
			t.Error(err)
		}
	})
	both.Wait()
	recovers(t, func() error { // they may be equal on the way as well
		if got := ra.State().Version.Seq; got != 600 {
			return fmt.Errorf("%d changes, want 600", got)
		}
		return equal()
	})

	// A failover that loses writes: the replica is cut off, the master learns more, then dies.
	all.Replica.Do("replicaof", "127.0.0.1", "1")
	if err := teach(a, 600, 650); err != nil {
		t.Fatal(err)
	}
	recovers(t, equal)
	all.Replica.Do("replicaof", "no", "one")
	for _, x := range all.Sentinels {
		x.Kill()
	}
	next := Server{Addresses: []string{all.Replica.Addr}}
	client := next.connect()
	for _, s := range []*Store{a, b} {
		s.server = next
		c := client
		if s == b {
			c = next.connect()
		}
		old := s.client.Swap(&c)
		_ = (*old).Close()
	}
	recovers(t, func() error { return teach(b, 700, 760) })
	recovers(t, func() error {
		var p filters.Batch
		peek := p.Peek(&tab, 0, tab.Cells)
		if err := a.Do(context.Background(), &p); err != nil {
			return err
		}
		for i, v := range peek.Values {
			if got := ra.View().At(uint32(i)); got != v {
				return fmt.Errorf("cell %d: the replica says %d, Redis %d", i, got, v)
			}
		}
		return equal()
	})
}
