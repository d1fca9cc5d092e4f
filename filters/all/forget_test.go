package all

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/filters/bayes"
	"weir/filters/filtertest"
	"weir/filters/fuzzy"
	"weir/filters/greylist"
	"weir/filters/known"
	"weir/filters/reputation"
	"weir/gateway"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/message"
	"weir/scoring"
)

// TestForgettingLeavesNothing compares two stores: one that never heard of somebody, and one that was to forget him. Both
// have seen the same mail of others. What is left of him is what the second has more.
func TestForgettingLeavesNothing(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (a, b store.State){
		"file": func(t *testing.T) (a, b store.State) { return state(t, ""), state(t, "") },
		"Redis": func(t *testing.T) (a, b store.State) {
			return state(t, redistest.Start(t).Addr), state(t, redistest.Start(t).Addr)
		},
	} {
		for _, who := range []string{"joe@old.example", "old.example"} {
			t.Run(name+", "+who, func(t *testing.T) {
				without, with := open(t)
				live(t, without, "ann@shop.example")
				live(t, with, "ann@shop.example", "joe@old.example")
				before := traces(t, with)
				n, err := with.Forget(context.Background(), who)
				if err != nil || n < 9 {
					t.Fatalf("%d forgotten, %v; there were\n%s", n, err, strings.Join(before, "\n"))
				}
				want, got := traces(t, without), traces(t, with)
				if who != "old.example" { // what is known of the domain is not his
					got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "reputation-") && !slices.Contains(want, s) })
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("a store that never heard of him, and one that forgot him (-never +forgot):\n%s", diff)
				}
				if len(want) < 8 || slices.Equal(before, want) {
					t.Fatalf("too little was noted for this to tell anything:\n%s", strings.Join(before, "\n"))
				}
			})
		}
	}
}

func state(t *testing.T, redis string) store.State {
	t.Helper()
	c := store.DefaultConfig()
	c.Secret = "the secret of both of them"
	if redis != "" {
		c.Redis = []string{redis}
	}
	s, err := store.Open(c, t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// traces lists what a store holds of people: families with keys, in order. Numbers of a table, whose mail can't be told
// from, and who may be learned from again, stay.
func traces(t *testing.T, s store.State) (list []string) {
	t.Helper()
	var out bytes.Buffer
	if err := s.Export(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		var r backend.Record
		if strings.HasPrefix(line, `{"end":`) {
			continue
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Kind == backend.EntryKind || r.Kind == backend.NoteKind {
			list = append(list, fmt.Sprintf("%s %x", r.Name, r.Key))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// live has each of some people send, receive, write back, be reported, be learned from and be put off.
func live(t *testing.T, s store.State, people ...string) {
	t.Helper()
	g := remembering(t, s, time.Now, bayes.Spec)
	for _, who := range people {
		_, domain, _ := strings.Cut(who, "@")
		client := message.Client{Addr: netip.MustParseAddr("192.0.2.1"), Name: "mx.pool.example"}
		text := fmt.Sprintf("From: <%s>\r\nTo: bob@example.net\r\nSubject: Lunch\r\nMessage-ID: <1@pool.example>\r\n\r\n%s\r\nhttps://www.%s/x\r\n", who, strings.Repeat("one two three four five six seven eight nine ten ", 20), domain)
		through(t, g, client, who, []string{"bob@example.net"}, text)
		through(t, g, client, "bob@example.net", []string{who}, text)
		client.Auth = who // a user of ours
		through(t, g, client, who, []string{"zoe@far.example"}, strings.Replace(text, "1@pool", "2@pool", 1))
		putOff(t, s, who, domain, text)
		asked(t, s, who, text)
		taught(t, s, who, text)
	}
	g.Close() // what is to be noted is
}

// putOff has a signed mail of his greylisted.
func putOff(t *testing.T, s store.State, who, domain, text string) {
	t.Helper()
	m := message.New(message.Envelope{HasFrom: true, From: who, Rcpts: []string{"bob@example.net"}, Client: message.Client{Addr: netip.MustParseAddr("192.0.2.1")}}, message.Options{})
	m.Load([]byte("DKIM-Signature: d=" + domain + "; b=AAAA\r\n" + text))
	found := filters.NewFindings(nil, []filters.Auth{{Method: "dkim", Value: filters.Pass, Domain: domain}}, nil)
	v := filters.Verdict{Rcpts: []filters.RcptVerdict{{Rcpt: "bob@example.net", Would: scoring.Greylist}}}
	for _, spec := range []filters.Spec{greylist.Spec, reputation.Spec} {
		f := filtertest.New(t, spec, "", filters.Env{Clock: time.Now, Store: s})
		filtertest.Observe(f, m, filtertest.Ask(f, m, found, s), v, s)
	}
}

// asked has somebody ask for his mail.
func asked(t *testing.T, s store.State, who, text string) {
	t.Helper()
	m := message.New(message.Envelope{HasFrom: true, From: who, Rcpts: []string{"bob@example.net"}}, message.Options{})
	m.Load([]byte(text))
	for _, spec := range []filters.Spec{known.Spec, fuzzy.Spec} {
		if err := filtertest.New(t, spec, "", filters.Env{Clock: time.Now, Store: s}).(filters.Learner).Learn(context.Background(), m, false); err != nil {
			t.Fatal(err)
		}
	}
}

// taught has his mail learned from, and him teach.
func taught(t *testing.T, s store.State, who, text string) {
	t.Helper()
	school := filtertest.New(t, bayes.Spec, "", filters.Env{Clock: time.Now, Store: s}).(filters.School)
	for teacher, text := range map[string]string{
		"root": text, who: "From: zoe@far.example\r\nMessage-ID: <" + who + ">\r\n\r\nFar away.\r\n",
	} {
		m := message.New(message.Envelope{}, message.Options{})
		m.Load([]byte(text))
		if _, err := school.Teach(context.Background(), teacher, []filters.Lesson{school.Study(m, filters.Ham)}); err != nil {
			t.Fatal(err)
		}
	}
}

// through sends a mail.
func through(t *testing.T, g *gateway.Gateway, c message.Client, from string, rcpts []string, text string) {
	t.Helper()
	ctx := context.Background()
	s := g.Open(ctx, c)
	defer s.Close()
	if r := s.Helo(ctx, "mx.pool.example"); r != nil {
		t.Fatalf("%+v", r)
	}
	tx, r := s.Mail(ctx, from)
	if r != nil {
		t.Fatalf("%+v", r)
	}
	defer tx.Close()
	for _, rcpt := range rcpts {
		if r := tx.Rcpt(ctx, rcpt); r != nil {
			t.Fatalf("%+v", r)
		}
	}
	if o := tx.Data(ctx, []byte(text)); len(o.Report.Failed) > 0 {
		t.Fatalf("failed: %v", o.Report.Failed)
	}
}
