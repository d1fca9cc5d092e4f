package all

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/filters/greylist"
	"weir/gateway"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/message"
	"weir/scoring"
)

// doubt is a filter that finds every mail suspicious, and proves nothing.
type doubt struct{}

func (doubt) Check(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
	return filters.Result{Hits: []scoring.Hit{{Name: "DOUBT"}}}, nil
}

// greylisting is a gateway that greylists from a score of 2.
func greylisting(t *testing.T, s filters.Store, clock func() time.Time, observe bool) *gateway.Gateway {
	t.Helper()
	table := &scoring.Table{}
	table.Declare(scoring.Symbol{Name: "DOUBT", Score: 3}, "test", 0)
	for _, symbol := range greylist.Spec.Symbols {
		table.Declare(symbol, "greylist", 0)
	}
	f := filtertest.New(t, greylist.Spec, "", filters.Env{Clock: clock, Store: s})
	policy := &scoring.Policy{Name: "default", Thresholds: scoring.Thresholds{Greylist: 2, Tag: 5}, Observe: observe}
	policies, err := gateway.NewPolicies(policy, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	running := []gateway.Running{{Spec: &filters.Spec{Name: "doubt", Stage: filters.Data}, Filter: doubt{}}, {Spec: &greylist.Spec, Filter: f}}
	snap, err := gateway.NewSnapshot(gateway.Settings{Hostname: "mx.example.net", Store: s, Clock: clock}, running, table, policies)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.New(snap, nil)
}

func TestAMailIsGreylistedOnce(t *testing.T) {
	now := filtertest.Now
	s := &filtertest.Store{Now: func() time.Time { return now }}
	for _, c := range []struct {
		name    string
		after   time.Duration
		down    bool
		observe bool
		want    scoring.Action
		retry   int
	}{
		{"C01_the_store_is_down_and_nobody_is_put_off", 0, true, false, scoring.Accept, 0},
		{"the first try", time.Second, false, false, scoring.Greylist, 240},
		{"a try after a minute", time.Minute, false, false, scoring.Greylist, 180},
		{"C01_the_store_fails_while_it_waits", time.Second, true, false, scoring.Accept, 0},
		{"observe mode", time.Second, false, true, scoring.Accept, 0},
		{"F10_the_clock_jumps_back_a_day", -24 * time.Hour, false, false, scoring.Accept, 0},
		{"F10_and_forth_again", 24 * time.Hour, false, false, scoring.Greylist, 178},
		{"after the wait", 4 * time.Minute, false, false, scoring.Accept, 0},
		{"a week later another mail of the pair", 7 * 24 * time.Hour, false, false, scoring.Greylist, 240},
	} {
		t.Run(c.name, func(t *testing.T) {
			now = now.Add(c.after)
			if s.Err = nil; c.down {
				s.Err = filters.ErrStoreDown
			}
			g := greylisting(t, s, func() time.Time { return now }, c.observe)
			d := judge(t, g, 1).Groups[0].Decision
			g.Close() // which notes what is to be noted
			if d.Action != c.want || d.Retry != c.retry && !c.observe {
				t.Errorf("%s in %d s because %s; want %s in %d", d.Action, d.Retry, d.Why, c.want, c.retry)
			}
			if c.observe && (d.Would == nil || *d.Would != scoring.Greylist) {
				t.Errorf("would: %v", d.Would)
			}
		})
	}
}

// TestF06_a_flood_of_invented_senders_meets_the_budget runs with the real file and a small budget.
func TestF06_a_flood_of_invented_senders_meets_the_budget(t *testing.T) {
	const budget, flood = 2000, 20_000
	c := store.DefaultConfig()
	c.Budgets = map[string]int{"greylist-wait": budget}
	s, err := store.Open(c, t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := filtertest.New(t, greylist.Spec, "", filters.Env{Clock: time.Now, Store: s})
	for n := range flood {
		env := message.Envelope{Time: time.Now(), HasFrom: true, From: fmt.Sprintf("joe%d@evil%d.example", n, n), Rcpts: []string{"bob@example.net"},
			Client: message.Client{Addr: netip.AddrFrom4([4]byte{198, 51, byte(n >> 8), byte(n)})}}
		m := message.New(env, message.Options{})
		found := filtertest.Ask(f, m, filters.Findings{}, s)
		filtertest.Observe(f, m, found, filters.Verdict{Rcpts: []filters.RcptVerdict{{Would: scoring.Greylist}}}, s)
	}
	if n := entries(t, s, "greylist-wait"); n == 0 || n > budget {
		t.Errorf("%d entries after %d senders, want at most %d", n, flood, budget)
	}
}

// entries counts those of a family in a real store.
func entries(t *testing.T, s store.State, family string) int {
	t.Helper()
	stats, err := s.Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range stats {
		if st.Name == family {
			return int(st.Entries)
		}
	}
	return 0
}

func TestF08_odd_names_are_kept_apart_and_never_mistaken(t *testing.T) {
	s, err := store.Open(store.DefaultConfig(), t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	odd := []string{"joe smith@x.example", "{joe}@x.example", "*@x.example", "joe\r\nSET x@x.example", "a:b@x.example", "joe\x00@x.example", "j\xf6e@x.example", "jöe@x.example",
		strings.Repeat("x", 64<<10) + "@x.example", strings.Repeat("x", 64<<10) + "y@x.example", "joe@x.example", "joe@x.example "}
	f := filtertest.New(t, greylist.Spec, "", filters.Env{Clock: time.Now, Store: s})
	send := func(from string) string {
		env := message.Envelope{Time: time.Now(), HasFrom: true, From: from, Rcpts: []string{"bob@example.net"}, Client: message.Client{Addr: netip.MustParseAddr("192.0.2.1")}}
		m := message.New(env, message.Options{})
		found := filtertest.Ask(f, m, filters.Findings{}, s)
		r, err := f.Check(context.Background(), m, found)
		if err != nil {
			t.Fatalf("%.40q: %v", from, err)
		}
		filtertest.Observe(f, m, found, filters.Verdict{Rcpts: []filters.RcptVerdict{{Would: scoring.Greylist}}}, s)
		return r.Hits[0].Name
	}
	for _, from := range odd {
		if got := send(from); got != greylist.New {
			t.Errorf("%.40q: %s at its first try", from, got)
		}
	}
	for _, from := range odd {
		if got := send(from); got != greylist.Early {
			t.Errorf("%.40q: %s at its second try", from, got)
		}
	}
}
