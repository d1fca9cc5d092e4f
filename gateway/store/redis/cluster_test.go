package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/store/redistest"
)

func clusterMovesAndLosesSlots(t *testing.T) {
	masters := redistest.Cluster(t)
	s := open(t, Server{Addresses: []string{masters[0].Addr}, Cluster: true}, nil)
	var b filters.Batch
	for i := range 64 {
		b.Seen(&filters.Family{Name: "spread", TTL: time.Hour, Budget: 100_000}, name(i))
	}
	if err := s.Do(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	for i, m := range masters {
		if m.Do("dbsize").(int64) < 5 {
			t.Errorf("master %d holds %d keys: they are not spread", i, m.Do("dbsize"))
		}
	}
	t.Run("C06_moved_and_asked", func(t *testing.T) { moveSlot(t, s, masters) })
	t.Run("C06_one_master_dead", func(t *testing.T) { loseMaster(t, s, masters) })
}

// moveSlot moves the slot of an entry to another master, with the entry asked for at each step.
func moveSlot(t *testing.T, s *Store, masters []*redistest.Server) {
	l, err := s.families.Layout(fam)
	if err != nil {
		t.Fatal(err)
	}
	k := s.keys.Key(fam.Name, name(1))
	bucket := s.bucketKey(l, l.Bucket(k))
	n := int(slot(bucket))
	if got := masters[0].Do("cluster", "keyslot", bucket).(int64); int(got) != n {
		t.Fatalf("the slot of %q: %d, Redis says %d", bucket, n, got)
	}
	must[*filters.Sight](t)(see(s, 1))
	from := n * 3 / 16384
	to := (from + 1) % 3
	ids := []any{masters[from].Do("cluster", "myid"), masters[to].Do("cluster", "myid")}
	masters[to].Do("cluster", "setslot", n, "importing", ids[0])
	masters[from].Do("cluster", "setslot", n, "migrating", ids[1])
	host, port, _ := strings.Cut(masters[to].Addr, ":")
	for _, key := range masters[from].Do("cluster", "getkeysinslot", n, 1000).([]any) {
		masters[from].Do("migrate", host, port, key, 0, 5000)
	}
	if r := must[*filters.Sight](t)(see(s, 1)); r.Times != 2 { // ASK
		t.Errorf("while the slot is moved: %+v", r)
	}
	for _, i := range []int{to, from} {
		masters[i].Do("cluster", "setslot", n, "node", ids[1])
	}
	if r := must[*filters.Sight](t)(see(s, 1)); r.Times != 3 { // MOVED
		t.Errorf("after the slot was moved: %+v", r)
	}
}

func loseMaster(t *testing.T, s *Store, masters []*redistest.Server) {
	spread := &filters.Family{Name: "spread", TTL: time.Hour, Budget: 100_000}
	count := func() (known, unknown, failed int) {
		for i := range 64 {
			var b filters.Batch
			r := b.Look(spread, name(i))
			switch err := s.Do(context.Background(), &b); {
			case errors.Is(err, filters.ErrStoreDown):
				failed++
			case r.Times > 0:
				known++
			default:
				unknown++
			}
		}
		return known, unknown, failed
	}
	masters[2].Kill()
	count()
	known, unknown, failed := count()
	if known < 20 || unknown != 0 || failed < 5 {
		t.Errorf("one of three masters dead: %d known, %d not, %d failed", known, unknown, failed)
	}
	masters[2].Run()
	recovers(t, func() error {
		if _, _, failed := count(); failed > 0 {
			return fmt.Errorf("%d fail", failed)
		}
		return nil
	})
}
