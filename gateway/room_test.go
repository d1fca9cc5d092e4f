package gateway

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/filters"
	"weir/message"
)

// crowd judges mails of one size at once, and tells how many were judged at the same time at most. Each is judged until
// as many are there as can be, or none has come for a while.
func crowd(t *testing.T, mails, size int, budget time.Duration) (most int64) {
	var now, top atomic.Int64
	h := newHouse()
	h.settings.Budget = budget
	slow := fake(func(ctx context.Context, _ *message.Message, _ filters.Findings) (r filters.Result, _ error) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := top.Load(); n > old && !top.CompareAndSwap(old, n); old = top.Load() {
		}
		for end := time.Now().Add(200 * time.Millisecond); now.Load() < int64(mails) && time.Now().Before(end); time.Sleep(time.Millisecond) {
		}
		return r, nil
	})
	h.add(filters.Spec{Name: "slow", Stage: filters.Data, Network: true}, slow, nil)
	g, l := h.open(t)
	raw := []byte(plain + strings.Repeat("At noon, they say, or later?\r\n", size/30))
	var all sync.WaitGroup
	for range mails {
		all.Go(func() {
			env := &message.Envelope{Client: client, HasFrom: true, From: "ann@example.org", Rcpts: []string{"a@example.com"}}
			g.Judge(t.Context(), env, raw, func(*Outcome) {})
		})
	}
	all.Wait()
	if len(l.reports) != mails {
		t.Errorf("%d of %d mails were judged", len(l.reports), mails)
	}
	return top.Load()
}

func TestLargeMailsAreJudgedInTurn(t *testing.T) {
	if n := crowd(t, 9, 20<<20, time.Minute); n > 2 {
		t.Errorf("%d mails of 20 MB were judged at once", n)
	}
	if n := crowd(t, 3, 200<<20, time.Minute); n != 1 {
		t.Errorf("%d mails of 200 MB were judged at once", n)
	}
}

func TestSmallMailsWaitForNobody(t *testing.T) {
	if n := crowd(t, 20, 6<<10, time.Minute); n < 2 {
		t.Errorf("%d small mails were judged at once", n)
	}
}

func TestALargeMailThatWaitedLongIsJudgedAllTheSame(t *testing.T) {
	r := newRoom()
	stay := r.enter(t.Context(), roomBytes, time.Minute)
	r.enter(t.Context(), 2*largeMail, time.Millisecond)() // and gives back nothing that it did not get
	stay()
	if !r.free.TryAcquire(roomBytes) {
		t.Error("room was lost")
	}
	r.free.Release(roomBytes)
}
