package dnslist

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quick = pace{fresh: 20 * time.Millisecond, stale: 40 * time.Millisecond, idle: 50 * time.Millisecond, retry: 10 * time.Millisecond,
	longer: 20 * time.Millisecond, limit: time.Second, quiet: time.Millisecond}

// kinds of the tests.
var testKinds = []Kind{Client, Relay, Domain}

// open makes a Set of zones, each of which counts 127.0.0.2 as 1.5.
func open(t testing.TB, d *fakeDNS, p pace, zones ...string) *Set {
	t.Helper()
	c := Config{Filter: "dnsbl", Kinds: testKinds, Budget: time.Second, Max: 8, Least: -3, Zones: Zones{}}
	for _, z := range zones {
		name, _, _ := strings.Cut(z, ".")
		c.Zones[name] = Zone{Enabled: true, Zone: z, Ask: []Kind{Client}, Codes: Codes("127.0.0.2 - 1.5")}
		d.set(z, nil, 0)
	}
	s, err := New(c, filters.Env{Resolver: d})
	if err != nil {
		t.Fatal(err)
	}
	s.pace = p
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func subject(addr string) []Subject {
	return []Subject{{Kind: Client, Text: addr, Addr: netip.MustParseAddr(addr)}}
}

// symbolsOf lists what was found.
func symbolsOf(o Outcome) (all []string) {
	for _, l := range o.Listings {
		all = append(all, l.Symbol)
	}
	return all
}

// until waits for a condition, with a generous guard.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func kindOf(s *Set) string {
	var all []string
	for _, t := range s.Troubles() {
		all = append(all, t.Subject+" "+t.Kind)
	}
	return strings.Join(all, ", ")
}

func TestAListedAddressIsFoundOnEachList(t *testing.T) {
	d := newDNS()
	d.list("one.example", "7.2.0.192 127.0.0.2")
	d.list("two.example", "7.2.0.192 127.0.0.3")
	s := open(t, d, usual, "one.example", "two.example")
	out := s.Ask(context.Background(), subject("192.0.2.7"))
	if !slices.Equal(symbolsOf(out), []string{"DNSBL_ONE"}) || len(out.Missing) != 0 || out.Answered != 2 {
		t.Errorf("%+v", out)
	}
	if out = s.Ask(context.Background(), subject("192.0.2.8")); len(out.Listings) != 0 || out.Answered != 2 {
		t.Errorf("%+v", out)
	}
	var counted []string
	for _, c := range s.Counts() {
		if c.N > 0 {
			counted = append(counted, fmt.Sprint(c.Subject, " ", c.Kind, " ", c.N))
		}
	}
	if want := []string{"one listed 1", "one clean 1", "two clean 1", "two unknown_code 1"}; !slices.Equal(counted, want) {
		t.Errorf("counted %q", counted)
	}
}

// sick lists what a list that is not in order answers, and what it is called.
var sick = []struct {
	name, kind string
	says       func(name string) (string, error)
}{
	{"C19_a_list_that_lists_everything", "lists_everything", func(string) (string, error) { return "127.0.0.2", nil }},
	{"C20_a_list_that_was_emptied", "empty", func(string) (string, error) { return "", nil }},
	{"C21_a_list_that_refuses_public_resolvers", "refuses", func(string) (string, error) { return "127.255.255.254", nil }},
	{"C21_a_list_that_refuses_after_too_many_questions", "refuses", func(string) (string, error) { return "127.255.255.255", nil }},
	{"C21_a_list_that_refuses_with_127_0_0_1", "refuses", func(string) (string, error) { return "127.0.0.1", nil }},
	{"C21_a_list_whose_domain_was_sold", "strange", func(string) (string, error) { return "198.51.100.1", nil }},
	{"C16_a_list_that_fails", "silent", func(name string) (string, error) {
		return "", &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}},
}

func TestAListThatIsSickNeverCountsAndComesBackByItself(t *testing.T) {
	for _, c := range sick {
		t.Run(c.name, func(t *testing.T) {
			d := newDNS()
			d.list("bl.example", "7.2.0.192 127.0.0.2")
			s := open(t, d, quick, "bl.example")
			d.set("bl.example", c.says, 0)
			if out := s.Ask(context.Background(), subject("192.0.2.7")); len(out.Listings) != 0 {
				t.Errorf("it counted: %+v", out)
			}
			until(t, "the list is off as "+c.kind, func() bool { return kindOf(s) == "bl "+c.kind })
			if out := s.Ask(context.Background(), subject("192.0.2.7")); len(out.Listings) != 0 || !slices.Equal(out.Missing, []string{"bl"}) {
				t.Errorf("while it is off: %+v", out)
			}
			if text := s.Troubles()[0].Text; !strings.Contains(text, "bl.example") || len(text) < 60 {
				t.Errorf("the administrator is told %q", text)
			}
			d.set("bl.example", nil, 0)
			until(t, "the list is back", func() bool { return kindOf(s) == "" })
			if out := s.Ask(context.Background(), subject("192.0.2.7")); len(out.Listings) != 1 {
				t.Errorf("after it is back: %+v", out)
			}
		})
	}
}

func TestAListThatGoesBadLaterIsOffBeforeItCountsForLong(t *testing.T) {
	for _, c := range sick[:1] {
		t.Run(c.name, func(t *testing.T) {
			d := newDNS()
			d.list("bl.example", "7.2.0.192 127.0.0.2")
			s := open(t, d, quick, "bl.example")
			if out := s.Ask(context.Background(), subject("192.0.2.7")); len(out.Listings) != 1 {
				t.Fatalf("while it is well: %+v", out)
			}
			d.set("bl.example", c.says, 0)
			time.Sleep(quick.stale)
			if out := s.Ask(context.Background(), subject("192.0.2.8")); len(out.Listings) != 0 {
				t.Errorf("a listing counted though the last good probe is old: %+v", out)
			}
			until(t, "it is off", func() bool { return kindOf(s) == "bl "+c.kind })
		})
	}
}

func TestAListInUseIsProbedWithoutAListing(t *testing.T) {
	t.Run("C20_a_list_that_is_emptied_while_nobody_is_listed", func(t *testing.T) {
		d := newDNS()
		d.list("bl.example")
		s := open(t, d, quick, "bl.example")
		s.Ask(context.Background(), subject("192.0.2.7"))
		until(t, "the first probe", func() bool { return d.count("bl.example") >= 3 })
		d.set("bl.example", func(string) (string, error) { return "", nil }, 0)
		until(t, "it is off", func() bool {
			s.Ask(context.Background(), subject("192.0.2.7"))
			return kindOf(s) == "bl empty"
		})
	})
	t.Run("a list that nobody uses is left alone", func(t *testing.T) {
		d := newDNS()
		d.list("bl.example")
		s := open(t, d, quick, "bl.example")
		time.Sleep(2 * quick.idle)
		if n := d.count("bl.example"); n != 0 {
			t.Errorf("%d questions before the first mail", n)
		}
		s.Ask(context.Background(), subject("192.0.2.7"))
		time.Sleep(6 * quick.idle)
		if n := d.count("bl.example"); n > 5 {
			t.Errorf("%d questions for one mail", n)
		}
	})
}

func TestAListThatHangsCostsTheBudgetOnce(t *testing.T) {
	t.Run("C23_and_comes_back", func(t *testing.T) {
		d := newDNS()
		d.list("good.example", "7.2.0.192 127.0.0.2")
		s := open(t, d, quick, "good.example", "hung.example")
		s.Budget = 100 * time.Millisecond
		d.set("hung.example", nil, -1)
		began := time.Now()
		out := s.Ask(context.Background(), subject("192.0.2.7"))
		if took := time.Since(began); took < s.Budget || took > 5*time.Second {
			t.Errorf("the first mail waited %v", took)
		}
		if !slices.Equal(symbolsOf(out), []string{"DNSBL_GOOD"}) || !slices.Equal(out.Missing, []string{"hung"}) {
			t.Errorf("the other list does not count: %+v", out)
		}
		if kindOf(s) != "hung silent" {
			t.Errorf("troubles: %q", kindOf(s))
		}
		before := d.count("hung.example")
		for range 100 {
			if out := s.Ask(context.Background(), subject("192.0.2.9")); !slices.Equal(out.Missing, []string{"hung"}) {
				t.Fatalf("a later mail: %+v", out)
			}
		}
		if n := d.count("hung.example") - before; n > 20 { // probes only
			t.Errorf("100 mails put %d questions to a list that is off", n)
		}
		d.set("hung.example", nil, 0)
		d.mu.Lock()
		d.a["2.0.0.127.hung.example."] = "127.0.0.2"
		d.mu.Unlock()
		until(t, "it is back", func() bool { return kindOf(s) == "" })
	})
}

func TestAMailThatEndsEarlyIsNoFaultOfTheList(t *testing.T) {
	t.Run("C16_the_session_ends_while_the_list_is_asked", func(t *testing.T) {
		d := newDNS()
		d.list("slow.example")
		s := open(t, d, usual, "slow.example")
		until(t, "well", func() bool { s.Ask(context.Background(), subject("192.0.2.7")); return d.count("slow.example") >= 3 })
		d.set("slow.example", nil, -1)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		if out := s.Ask(ctx, subject("192.0.2.8")); !slices.Equal(out.Missing, []string{"slow"}) {
			t.Errorf("%+v", out)
		}
		if kindOf(s) != "" {
			t.Errorf("the list is blamed: %q", kindOf(s))
		}
	})
}

func TestListsAreAskedAtOnce(t *testing.T) {
	t.Run("C23_thirty_lists", func(t *testing.T) {
		d := newDNS()
		var zones []string
		for i := range 30 {
			zone := fmt.Sprintf("l%d.example", i)
			zones = append(zones, zone)
			d.list(zone, "7.2.0.192 127.0.0.2")
		}
		s := open(t, d, usual, zones...)
		s.Budget = 10 * time.Second
		for _, z := range zones {
			d.set(z, nil, 200*time.Millisecond)
		}
		began := time.Now()
		out := s.Ask(context.Background(), subject("192.0.2.7"))
		if took := time.Since(began); len(out.Listings) != 30 || took > 30*200*time.Millisecond/2 {
			t.Errorf("%d listings in %v", len(out.Listings), took)
		}
	})
}

func TestClosingEndsAllProbes(t *testing.T) {
	d := newDNS()
	s := open(t, d, quick, "hung.example")
	s.Budget = 10 * time.Millisecond
	s.pace.limit = time.Hour
	d.set("hung.example", nil, -1)
	s.Ask(context.Background(), subject("192.0.2.7"))
	done := make(chan struct{})
	go func() { _ = s.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("Close hangs")
	}
	if out := s.Ask(context.Background(), subject("192.0.2.7")); len(out.Listings) != 0 {
		t.Errorf("a closed set found %+v", out)
	}
}

func TestProbingForAPersonTellsOfEachList(t *testing.T) {
	d := newDNS()
	d.list("good.example")
	s := open(t, d, usual, "good.example", "dead.example")
	var got []string
	for _, tr := range s.Probe(context.Background()) {
		got = append(got, tr.Subject+" "+tr.Kind)
	}
	if !slices.Equal(got, []string{"dead empty", "good "}) {
		t.Errorf("got %q", got)
	}
}

func TestAKeyIsNeverTold(t *testing.T) {
	d := newDNS()
	c := Config{Filter: "dnsbl", Kinds: testKinds, Budget: time.Second, Zones: Zones{
		"paid": {Enabled: true, Zone: "{key}.bl.example", ZoneKey: "s3cr3t", Ask: []Kind{Client}, Codes: Codes("127.0.0.2 - 1")},
		"none": {Enabled: true, Zone: "{key}.other.example", Ask: []Kind{Client}, Codes: Codes("127.0.0.2 - 1")}}}
	s, err := New(c, filters.Env{Resolver: d})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tried := s.Probe(context.Background())
	if len(tried) != 1 || tried[0].Kind != "empty" || strings.Contains(tried[0].Text, "s3cr3t") {
		t.Errorf("got %+v", tried)
	}
}

func TestAClosedDoorIsKeptOffline(t *testing.T) {
	c := Config{Filter: "dnsbl", Kinds: testKinds, Budget: time.Second, Zones: Zones{"bl": {Enabled: true, Zone: "bl.example", Ask: []Kind{Client}, Codes: Codes("127.0.0.2 - 1")}}}
	s, err := New(c, filters.Env{Resolver: newDNS(), Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	if out := s.Ask(context.Background(), subject("192.0.2.7")); out.Answered != 0 || len(out.Missing) != 0 || s.Asks(Client) {
		t.Errorf("offline: %+v", out)
	}
}

// TestTheShippedPace: a listing counts on the word of a probe that is
// not older than stale, and what goes wrong is retried for ever, but not hammered.
func TestTheShippedPace(t *testing.T) {
	t.Run("C19_a_bad_list_counts_for_two_minutes_at_most", func(t *testing.T) {
		if usual.stale > 2*time.Minute || usual.fresh >= usual.stale || usual.retry < time.Second || usual.longer > 15*time.Minute || usual.idle > 15*time.Minute {
			t.Errorf("the shipped pace is %+v", usual)
		}
		h, at := health{state: well}, time.Now()
		var waits []time.Duration
		for range 12 {
			h.turn(silent, "", at, usual)
			waits = append(waits, h.wait)
		}
		if waits[0] != usual.retry || waits[1] != 2*usual.retry || waits[11] != usual.longer || !h.since.Equal(at) {
			t.Errorf("waits %v, since %v", waits, h.since)
		}
		if h.turn(well, "", at, usual); h.wait != 0 {
			t.Errorf("a list that is well waits %v", h.wait)
		}
	})
}
