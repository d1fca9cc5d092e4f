package realtest

import (
	"strings"
	"sync"
	"testing"
)

// arrivals is a sink's memory.
type arrivals struct {
	*Sink
	mu    sync.Mutex
	mails []Mail
}

// newArrivals starts a sink that keeps what it gets.
func newArrivals(t *testing.T) *arrivals {
	t.Helper()
	a := &arrivals{}
	var err error
	a.Sink, err = NewSink(func(m Mail) {
		a.mu.Lock()
		defer a.mu.Unlock()
		m.Data = append([]byte(nil), m.Data...)
		a.mails = append(a.mails, m)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// with lists the mails that came so far and whose text contains a mark.
func (a *arrivals) with(mark string) (list []Mail) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.mails {
		if strings.Contains(string(m.Data), mark) {
			list = append(list, m)
		}
	}
	return list
}

func TestSendmail(t *testing.T) {
	t.Parallel()
	got := newArrivals(t)
	s := NewSendmail(t, SendmailOptions{Hop: got.Addr})
	o := dial(t, s.Addr).Send("ann@example.org", []string{alice}, plain)
	if !o.Accepted {
		t.Fatalf("outcome %+v", o)
	}
	eventually(t, "delivery by Sendmail", func() bool { return len(got.with("Shall we?\r\n.\r\n..and dots\r\n")) == 1 && s.Queued() == 0 })
	t.Run("a mistake in sendmail.mc is found at start", func(t *testing.T) {
		if _, err := StartSendmail(t.Context(), SendmailOptions{Hop: got.Addr, MC: "FEATURE(`no such feature')"}); err == nil {
			t.Error("it started")
		}
	})
}
