package all

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
)

// wire stands between a client and a server, and counts how often the client speaks after the server did: round trips.
type wire struct {
	net.Listener
	to    string
	turns atomic.Int64
	done  sync.WaitGroup
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, to: to}
	w.done.Go(w.serve)
	t.Cleanup(func() {
		_ = l.Close()
		w.done.Wait()
	})
	return w
}

func (w *wire) serve() {
	for {
		client, err := w.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		var answered atomic.Bool
		answered.Store(true)
		w.done.Go(func() { pass(server, client, func() { answered.Store(true) }) })
		w.done.Go(func() {
			pass(client, server, func() {
				if answered.Swap(false) {
					w.turns.Add(1)
				}
			})
		})
	}
}

// pass copies until one side ends, and tells of each piece before it is passed on.
func pass(from, to net.Conn, tell func()) {
	defer from.Close()
	defer to.Close()
	b := make([]byte, 256<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			tell()
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// TestAMessageIsOneRoundTripOnTheWire looks at what goes to a real Redis: one pipeline a message for all the filters
// that remember, with what was noted of the message before.
func TestAMessageIsOneRoundTripOnTheWire(t *testing.T) {
	w := newWire(t, redistest.Start(t).Addr)
	c := store.DefaultConfig()
	c.Redis = []string{w.Addr().String()}
	s, err := store.Open(c, t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	g := remembering(t, s, time.Now)
	for n := range 20 { // the connection is greeted, and scripts are loaded
		judge(t, g, n)
	}
	const mails = 300
	before, began := w.turns.Load(), time.Now()
	for n := range mails {
		if r := judge(t, g, 100+n).Report; len(r.Failed) > 0 {
			t.Fatalf("message %d: failed %v", n, r.Failed)
		}
	}
	// The store asks for the time now and then, and Redis may begin to answer before it has read a whole pipeline.
	turns, own := w.turns.Load()-before, int64(3*time.Since(began).Seconds())+mails/10
	if turns < mails || turns > mails+own {
		t.Errorf("%d round trips for %d messages", turns, mails)
	}
	t.Logf("%d round trips for %d messages", turns, mails)
}
