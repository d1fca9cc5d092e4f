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

func TestC01_refused_server(t *testing.T) {
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

func TestC02_hanging_server(t *testing.T) {
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

func TestC03_readonly_after_failover(t *testing.T) {
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

func TestC03_sentinel_failover(t *testing.T) {
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

func TestC04_full_server(t *testing.T) {
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

func TestC05_scripts_flushed(t *testing.T) {
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

func TestC06_cluster_moves_and_loses_slots(t *testing.T) {
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

func TestC06_server_that_does_not_work_now(t *testing.T) {
	for name, reply := range map[string]string{
		"C06_loading":     "-LOADING Redis is loading the dataset in memory\r\n",
		"C06_masterdown":  "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
		"C06_busy":        "-BUSY Redis is busy running a script.\r\n",
		"C06_clusterdown": "-CLUSTERDOWN The cluster is down\r\n",
		"C06_crossslot":   "-CROSSSLOT Keys in request don't hash to the same slot\r\n",
		"C06_noauth":      "-NOAUTH Authentication required.\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for how, greets := range map[string]bool{"at once": false, "after a good greeting": true} {
				t.Run(how, func(t *testing.T) {
					err := illServer(t, []byte(reply), greets)
					if word, _, _ := strings.Cut(reply[1:], " "); reply[0] == '-' && !strings.Contains(err.Error(), word) {
						t.Errorf("the error does not say why: %v", err)
					}
				})
			}
		})
	}
}

func TestC07_garbage_replies(t *testing.T) {
	for name, reply := range map[string]string{
		"C07_not_RESP":           "HTTP/1.1 400 Bad Request\r\n\r\n",
		"C07_half_a_reply":       "$100\r\nabc",
		"C07_endless_bulk":       "$99999999999999\r\n",
		"C07_negative_length":    "*-7\r\n$-9\r\n",
		"C07_bytes":              "\x00\xff\x16\x03\x01\x02\x00",
		"C07_another_type":       ":5\r\n:5\r\n:5\r\n",
		"C07_deep_arrays":        strings.Repeat("*1\r\n", 5000),
		"C07_an_entry_too_short": "$2\r\nab\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for how, greets := range map[string]bool{"at once": false, "after a good greeting": true} {
				t.Run(how, func(t *testing.T) {
					err := illServer(t, []byte(reply), greets)
					if word, _, _ := strings.Cut(reply[1:], " "); reply[0] == '-' && !strings.Contains(err.Error(), word) {
						t.Errorf("the error does not say why: %v", err)
					}
				})
			}
		})
	}
}

func TestC07_answers_of_another_form(t *testing.T) {
	for name, value := range map[string]any{
		"C07_a_number": int64(5), "C07_a_text": "OK", "C07_nothing": nil, "C07_an_empty_list": []any{}, "C07_a_long_list": []any{nil, nil, nil},
		"C07_a_short_value": []any{"abc", nil}, "C07_a_number_for_a_value": []any{int64(1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(context.Background(), "evalsha")
			cmd.SetVal(value)
			a := asked{op: &filters.Sight{Mark: true}, write: true, cmd: cmd}
			if stored, refused, err := a.before(); !errors.Is(err, filters.ErrStoreDown) {
				t.Errorf("an entry: %q, %q, %v", stored, refused, err)
			}
			list, _ := value.([]any)
			l := filters.Learning{Table: &filters.Table{}}
			if err := (&Store{}).learned(&l, append([]any{value}, list...)); !errors.Is(err, filters.ErrStoreDown) || l.Applied {
				t.Errorf("a learning: %+v, %v", l, err)
			}
		})
	}
}

// illServer answers each command with the same bytes. Nothing may be known from it, and nothing may crash.
func illServer(t *testing.T, reply []byte, greets bool) (said error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	defer conns.Wait()
	defer l.Close()
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { answerAll(c, reply, greets) })
		}
	})
	s := open(t, Server{Addresses: []string{l.Addr().String()}, Budget: 100 * time.Millisecond}, nil)
	defer s.Close()
	tab := &filters.Table{Name: "ill", Cells: 100, Marks: filters.Family{TTL: time.Hour, Budget: 100}}
	for range 3 {
		var b filters.Batch
		r, w, l, p := b.Look(fam, name(1)), b.Seen(fam, name(1)), b.Learn(tab, nil, nil), b.Peek(tab, 0, 10)
		err := s.Do(context.Background(), &b)
		if err == nil || w.Err == nil || l.Err == nil || l.Applied || p.Err == nil {
			t.Fatalf("batch %v; look %+v; seen %v; learn %+v, peek %v", err, r, w.Err, l, p.Err)
		}
		if r.Err == nil {
			t.Fatalf("a look: %+v", r)
		}
		if said == nil {
			said = r.Err
		}
	}
	if st := s.Replica(*tab).State(); st.Known {
		t.Errorf("the table is known: %+v", st)
	}
	return said
}

func answerAll(c net.Conn, reply []byte, greets bool) {
	defer c.Close()
	buf := make([]byte, 64<<10)
	for {
		_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		answer := reply
		switch asked := strings.ToLower(string(buf[:n])); {
		case greets && strings.Contains(asked, "hello"):
			answer = []byte("-ERR unknown command 'hello'\r\n")
		case greets && strings.Contains(asked, "setname"):
			answer = []byte("+OK\r\n")
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

func TestC07_flushall_in_mid_run(t *testing.T) {
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
	recovers(t, equal)
	if got := ra.State().Version.Seq; got != 600 {
		t.Errorf("%d changes, want 600", got)
	}

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
	recovers(t, equal)
	var p filters.Batch
	peek := p.Peek(&tab, 0, tab.Cells)
	recovers(t, func() error { return a.Do(context.Background(), &p) })
	for i, v := range peek.Values {
		if got := ra.View().At(uint32(i)); got != v {
			t.Fatalf("cell %d: the replica says %d, Redis %d", i, got, v)
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
