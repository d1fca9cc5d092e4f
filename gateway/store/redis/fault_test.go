package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/store/key"
	"weir/gateway/store/redistest"
)

var fam = &filters.Family{Name: "fault", TTL: time.Hour, Budget: 1000}

func name(i int) filters.Name { return filters.Name{What: fmt.Sprint(i)} }

// look asks for one entry.
func look(s *Store, i int) (*filters.Sight, error) {
	var b filters.Batch
	r := b.Look(fam, name(i))
	return r, s.Do(context.Background(), &b)
}

func see(s *Store, i int) (*filters.Sight, error) {
	var b filters.Batch
	r := b.Seen(fam, name(i))
	return r, s.Do(context.Background(), &b)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// recovers waits until the store works again; ten seconds are what it may take.
func recovers(t *testing.T, works func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = works(); err == nil {
			return
		}
	}
	t.Fatalf("after ten seconds still: %v", err)
}

func writes(s *Store) func() error {
	return func() error { _, err := see(s, 1); return err }
}

// down expects the error that means "not known", in the batch and in the result.
func down(t *testing.T, r *filters.Sight, err error) {
	t.Helper()
	if !errors.Is(err, filters.ErrStoreDown) || !errors.Is(r.Err, filters.ErrStoreDown) || errors.Is(err, filters.ErrNotKept) {
		t.Fatalf("batch: %v; result: %v; want %v", err, r.Err, filters.ErrStoreDown)
	}
}

// storm runs batches from many goroutines while the server is ill, and reports how many goroutines there were at most
// beyond those of before.
func storm(s *Store, rounds int) (worst int, all []error) {
	before := runtime.NumGoroutine()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for g := range 40 {
		wg.Go(func() {
			for i := range rounds {
				_, err := see(s, g*rounds+i)
				mu.Lock()
				worst, all = max(worst, runtime.NumGoroutine()-before), append(all, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return worst, all
}

func refusedServer(t *testing.T) {
	srv := redistest.Start(t)
	srv.Kill()
	s := open(t, Server{Addresses: []string{srv.Addr}, Budget: 200 * time.Millisecond}, nil) // a gateway starts without Redis
	r, err := see(s, 1)
	down(t, r, err)
	worst, all := storm(s, 50)
	for _, err := range all {
		if !errors.Is(err, filters.ErrStoreDown) {
			t.Fatalf("while refused: %v", err)
		}
	}
	if worst > 40+50 {
		t.Errorf("%d more goroutines", worst)
	}
	srv.Run()
	recovers(t, writes(s))
	srv.Kill()
	r, err = look(s, 1)
	down(t, r, err)
	srv.Run()
	recovers(t, writes(s))
}

func hangingServer(t *testing.T) {
	srv := redistest.Start(t)
	s := open(t, Server{Addresses: []string{srv.Addr}, Budget: 200 * time.Millisecond}, nil)
	recovers(t, writes(s))
	srv.Hang()
	for range tolerance {
		start := time.Now()
		r, err := look(s, 1)
		down(t, r, err)
		if took := time.Since(start); took > 2*time.Second { // the budget is 200 ms; this is a guard against 5 s
			t.Fatalf("a batch took %s", took)
		}
	}
	start := time.Now()
	worst, all := storm(s, 100)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("4,000 batches against a hanging server took %s: the breaker does not work", took)
	}
	spared := 0
	for _, err := range all {
		if !errors.Is(err, filters.ErrStoreDown) {
			t.Fatalf("while hanging: %v", err)
		}
		if strings.Contains(err.Error(), "for a while") {
			spared++
		}
	}
	if spared < len(all)*9/10 {
		t.Errorf("the hanging server was asked %d times in %d batches", len(all)-spared, len(all))
	}
	if worst > 40+50 {
		t.Errorf("%d more goroutines", worst)
	}
	srv.Resume()
	recovers(t, writes(s))
}

// front is an address that leads to one server or another, as a name in the DNS does.
type front struct {
	net.Listener
	mu sync.Mutex
	to string
}

func newFront(t *testing.T, to string) *front {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{Listener: l, to: to}
	var conns sync.WaitGroup
	t.Cleanup(func() { l.Close(); conns.Wait() })
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { f.serve(c) })
		}
	})
	return f
}

func (f *front) lead(to string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.to = to
}

func (f *front) serve(c net.Conn) {
	defer c.Close()
	f.mu.Lock()
	to := f.to
	f.mu.Unlock()
	up, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer up.Close()
	go func() {
		_, _ = io.Copy(up, c)
		_ = up.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, up)
}

func readonlyAfterFailover(t *testing.T) {
	old, next := redistest.Start(t), redistest.Start(t)
	f := newFront(t, old.Addr)
	s := open(t, Server{Addresses: []string{f.Addr().String()}}, nil)
	crowd := func() error { // over many connections
		var all sync.WaitGroup
		var mu sync.Mutex
		var first error
		for i := range 12 {
			all.Go(func() {
				if _, err := see(s, i); err != nil {
					mu.Lock()
					defer mu.Unlock()
					first = err
				}
			})
		}
		all.Wait()
		return first
	}
	recovers(t, crowd)
	old.Do("replicaof", "127.0.0.1", "1") // the old master is a replica now, and keeps its connections
	r, err := see(s, 1)
	if !errors.Is(err, filters.ErrNotKept) || r.Times < 2 || r.New {
		t.Fatalf("writing on a replica: %+v, %v; want what was known, and %v", r, err, filters.ErrNotKept)
	}
	if r, err := look(s, 1); err != nil || r.Times == 0 {
		t.Fatalf("reading from a replica: %+v, %v", r, err)
	}
	f.lead(next.Addr)          // and now the name leads to the new one
	recovers(t, func() error { // until none of the connections leads to the old one
		var err error
		for range 20 {
			err = errors.Join(err, crowd())
		}
		return err
	})
	if got := next.Do("dbsize").(int64); got == 0 {
		t.Error("the new master holds nothing")
	}
}

func fullServer(t *testing.T) {
	srv := redistest.Start(t)
	var trouble []string
	var mu sync.Mutex
	s := open(t, Server{Addresses: []string{srv.Addr}}, nil, func(o *Options) {
		o.Hooks.Trouble = func(kind string, err error) {
			mu.Lock()
			defer mu.Unlock()
			trouble = append(trouble, fmt.Sprint(kind, " ", err == nil))
		}
	})
	tab := &filters.Table{Name: "full", Cells: 100, Marks: filters.Family{TTL: time.Hour, Budget: 100}}
	must[*filters.Sight](t)(see(s, 1))
	srv.Do("config", "set", "maxmemory", "1")
	for range 5 {
		r, err := look(s, 1)
		if err != nil || r.Times != 1 {
			t.Fatalf("reading on a full server: %+v, %v", r, err)
		}
		w, err := see(s, 1)
		if !errors.Is(err, filters.ErrNotKept) || w.Times != 2 || w.New {
			t.Fatalf("writing on a full server: %+v, %v; want what was known, and %v", w, err, filters.ErrNotKept)
		}
		var b filters.Batch
		l := b.Learn(tab, nil, []filters.Delta{{Index: 1, Add: 1}})
		if err := s.Do(context.Background(), &b); !errors.Is(err, filters.ErrNotKept) || l.Applied {
			t.Fatalf("learning on a full server: %+v, %v", l, err)
		}
	}
	srv.Do("config", "set", "maxmemory", "0")
	if r := must[*filters.Sight](t)(see(s, 1)); r.Times != 2 {
		t.Errorf("afterwards: %+v; the refused changes are in it", r)
	}
	mu.Lock()
	defer mu.Unlock()
	if got := fmt.Sprint(trouble); got != "[full false full true]" {
		t.Errorf("told: %s; want the alarm once, and its end", got)
	}
}

func scriptsFlushed(t *testing.T) {
	srv := redistest.Start(t)
	s := open(t, Server{Addresses: []string{srv.Addr}}, nil)
	tab := &filters.Table{Name: "script", Cells: 100, Marks: filters.Family{TTL: time.Hour, Budget: 100}}
	for i := range 3 {
		srv.Do("script", "flush")
		srv.Do("config", "resetstat")
		var b filters.Batch
		first, second, r := b.Seen(fam, name(1)), b.Seen(fam, name(1)), b.Look(fam, name(1))
		if err := s.Do(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		if first.Times != 2*i+1 || second.Times != 2*i+2 || r.Times != 2*i+2 {
			t.Fatalf("round %d: %d, %d, %d", i, first.Times, second.Times, r.Times)
		}
		if stats := fmt.Sprint(srv.Do("info", "commandstats")); !strings.Contains(stats, "cmdstat_evalsha:calls=2,") || !strings.Contains(stats, "cmdstat_eval:calls=2,") {
			t.Errorf("not loaded again once:\n%s", stats)
		}
		b = filters.Batch{}
		b.Learn(tab, nil, []filters.Delta{{Index: 1, Add: 1}})
		p := b.Peek(tab, 1, 1)
		if err := s.Do(context.Background(), &b); err != nil || p.Values[0] != int32(i+1) {
			t.Fatalf("learning, round %d: %v, %v", i, p.Values, err)
		}
	}
}

func TestAnotherSecretIsRefused(t *testing.T) {
	srv := redistest.Start(t)
	open(t, Server{Addresses: []string{srv.Addr}}, nil)
	s, err := Open(Options{Server: Server{Addresses: []string{srv.Addr}}, Keys: key.New([]byte("other"))})
	if !errors.Is(err, ErrSecret) || s != nil {
		t.Fatalf("%v, %v", s, err)
	}
}
