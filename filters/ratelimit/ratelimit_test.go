package ratelimit

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

func TestRatesAreReadAndWritten(t *testing.T) {
	for _, c := range []struct {
		text string
		want Rate
		back string
	}{
		{"600/1h", Rate{600, time.Hour}, "600/1h"},
		{" 5 / h", Rate{5, time.Hour}, "5/1h"},
		{"10/30s", Rate{10, 30 * time.Second}, "10/30s"},
		{"5000/1d", Rate{5000, 24 * time.Hour}, "5000/24h"},
		{"", Rate{}, ""},
	} {
		var r Rate
		if err := r.UnmarshalText([]byte(c.text)); err != nil || r != c.want {
			t.Errorf("%q: %+v, %v; want %+v", c.text, r, err, c.want)
		}
		if back, err := r.MarshalText(); err != nil || string(back) != c.back {
			t.Errorf("%+v is written %q, %v; want %q", r, back, err, c.back)
		}
	}
	for _, text := range []string{"5", "/h", "0/1h", "-1/1h", "5/0s", "5/8d", "5/100ms", "5/x", "99999999999999999999/1h"} {
		if err := new(Rate).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// stand is a filter with its store and clock.
type stand struct {
	t   *testing.T
	f   filters.Filter
	s   *filtertest.Store
	now time.Time
}

func newStand(t *testing.T, config string) *stand {
	st := &stand{t: t, now: filtertest.Now}
	clock := func() time.Time { return st.now }
	st.s = &filtertest.Store{Now: clock}
	st.f = filtertest.New(t, Spec, config, filters.Env{Clock: clock, Store: st.s})
	return st
}

func (s *stand) send(env message.Envelope) filters.Result {
	s.t.Helper()
	m := message.New(env, message.Options{})
	r, err := s.f.Check(context.Background(), m, filtertest.Ask(s.f, m, filters.Findings{}, s.s))
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *stand) gate(stage filters.Stage, env message.Envelope) time.Duration {
	return s.f.(filters.Gate).Gate(stage, &env)
}

func envelope(addr string) message.Envelope {
	return message.Envelope{HasFrom: true, From: "ann@shop.example", Rcpts: []string{"bob@example.net"}, Client: message.Client{Addr: netip.MustParseAddr(addr)}}
}

func TestWhatIsUsedUpIsPutOffWithoutTheStore(t *testing.T) {
	s := newStand(t, "address = \"2/1h\"\nsender = \"2/1h\"\nrecipient = \"2/1h\"")
	here, there := envelope("192.0.2.1"), envelope("203.0.113.1")
	for range 2 {
		if r := s.send(here); len(r.Hits) != 0 {
			t.Fatalf("within the limit: %+v", r)
		}
		if w := s.gate(filters.Connect, here); w != 0 {
			t.Fatalf("put off within the limit, for %s", w)
		}
	}
	if r := s.send(here); len(r.Hits) != 3 || r.Hits[0].Retry != 1800 {
		t.Fatalf("over the limit: %+v", r)
	}
	trips := s.s.Trips
	for _, stage := range []filters.Stage{filters.Connect, filters.Sender, filters.Recipient} {
		if w := s.gate(stage, here); w != 30*time.Minute {
			t.Errorf("%s: put off for %s, want 30m", stage, w)
		}
	}
	if s.gate(filters.Connect, there) != 0 || s.gate(filters.Sender, there) != 0 {
		t.Error("another network is put off")
	}
	if s.gate(filters.Recipient, there) == 0 {
		t.Error("the recipient is full for everybody, and yet is not")
	}
	if s.s.Trips != trips {
		t.Error("a gate asked the store")
	}
	outgoing := here
	outgoing.Outgoing = true
	if s.gate(filters.Connect, outgoing) != 0 || s.gate(filters.Recipient, outgoing) != 0 {
		t.Error("our own network is put off")
	}
	s.now = s.now.Add(31 * time.Minute)
	if w := s.gate(filters.Connect, here); w != 0 {
		t.Errorf("still put off for %s after the time", w)
	}
	if r := s.send(here); len(r.Hits) != 0 {
		t.Errorf("after the time: %+v", r)
	}
}

func TestF10_a_clock_set_back_a_day_keeps_nobody_out(t *testing.T) {
	s := newStand(t, `address = "1/1h"`)
	s.send(envelope("192.0.2.1"))
	s.send(envelope("192.0.2.1"))
	if s.gate(filters.Connect, envelope("192.0.2.1")) == 0 {
		t.Fatal("the bucket is not empty")
	}
	s.now = s.now.AddDate(0, 0, -1)
	if w := s.gate(filters.Connect, envelope("192.0.2.1")); w != 0 {
		t.Errorf("put off for %s", w)
	}
}

func TestTheMemoryOfEmptyBucketsIsBounded(t *testing.T) {
	var b blocked
	now := filtertest.Now
	for i := range 3 * maxBlocked {
		b.add(fmt.Sprint(i), now, time.Minute)
	}
	if len(b.until) != maxBlocked {
		t.Errorf("%d are remembered, want %d", len(b.until), maxBlocked)
	}
	now = now.Add(2 * time.Minute)
	b.add("new", now, time.Minute)
	if len(b.until) != 1 || b.left("new", now, time.Hour) != time.Minute {
		t.Errorf("%d are remembered after all have ended but one", len(b.until))
	}
	b.add(string(make([]byte, 500)), now, time.Minute)
	if len(b.until) != 1 {
		t.Error("a key of any length is remembered")
	}
}

func FuzzRate(f *testing.F) {
	f.Add("600/1h")
	f.Add("1/1.5d")
	f.Fuzz(func(t *testing.T, text string) {
		var r, again Rate
		if r.UnmarshalText([]byte(text)) != nil || r.Count == 0 {
			return
		}
		back, err := r.MarshalText()
		if err != nil || again.UnmarshalText(back) != nil || again != r {
			t.Errorf("%q is read as %+v, written as %q, and read as %+v", text, r, back, again)
		}
	})
}
