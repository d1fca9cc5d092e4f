package all

import (
	"context"
	"slices"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters/reputation"
	"weir/gateway"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/scoring"
)

// TestC01_mail_flows_while_redis_is_gone_and_it_recovers ends a real Redis in the middle, and starts it again.
func TestC01_mail_flows_while_redis_is_gone_and_it_recovers(t *testing.T) {
	srv := redistest.Start(t)
	c := store.DefaultConfig()
	c.Redis = []string{srv.Addr}
	s, err := store.Open(c, t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := remembering(t, s, time.Now)
	n := 0
	failed := func() int {
		n++
		o := judge(t, g, n)
		if a := o.Groups[0].Decision.Action; a != scoring.Accept {
			t.Fatalf("mail %d: %s", n, a)
		}
		for _, f := range o.Report.Failed {
			if name := gateway.FailedSymbol(f.Name); !slices.ContainsFunc(o.Report.Symbols, func(s scoring.Scored) bool { return s.Name == name }) {
				t.Errorf("%s failed, and no symbol says so", f.Name)
			}
		}
		return len(o.Report.Failed)
	}
	if f := failed(); f != 0 {
		t.Fatalf("%d filters fail with a working Redis", f)
	}
	srv.Kill()
	for range 20 {
		if f := failed(); f == 0 {
			t.Fatal("no filter says that it could not ask")
		}
	}
	srv.Run()
	for end := time.Now().Add(10 * time.Second); failed() > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("ten seconds after Redis came back it is not asked yet")
		}
	}
	client := goredis.NewClient(&goredis.Options{Addr: srv.Addr})
	defer client.Close()
	if err := client.FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		failed() // C07: an empty Redis is one that knows nobody
	}
}

// TestForgettingADomainLeavesNothingOfIt looks behind `weir forget` in a real file.
func TestForgettingADomainLeavesNothingOfIt(t *testing.T) {
	ctx := context.Background()
	s, err := store.Open(store.DefaultConfig(), t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := remembering(t, s, time.Now)
	for n := range 20 {
		judge(t, g, n)
	}
	g.Close()
	known := func() bool {
		list, err := reputation.Lookup(ctx, s, "shop.example", reputation.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Known
	}
	if !known() {
		t.Fatal("nothing was noted")
	}
	if n, err := s.Forget(ctx, "joe@elsewhere.example"); n != 0 || err != nil {
		t.Errorf("%d entries of a stranger, %v", n, err)
	}
	if n, err := s.Forget(ctx, "shop.example"); n < 3 || err != nil {
		t.Errorf("%d entries forgotten, %v", n, err)
	}
	if n, err := s.Forget(ctx, "shop.example"); n != 0 || err != nil || known() {
		t.Errorf("%d entries left, %v", n, err)
	}
}
