package spf

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/spf") }

// asked is a resolver that notes what it is asked.
type asked struct {
	zone
	names []string
}

// LookupTXT notes the name.
func (a *asked) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a.names = append(a.names, name)
	return a.zone.LookupTXT(ctx, name)
}

// LookupNetIP notes the name.
func (a *asked) LookupNetIP(ctx context.Context, network, name string) ([]netip.Addr, error) {
	a.names = append(a.names, name)
	return a.zone.LookupNetIP(ctx, network, name)
}

var client = netip.MustParseAddr("192.0.2.1")

// TestMacrosOfHostileSenders puts what a sender may write into names (E09): only names that may be asked for are.
func TestMacrosOfHostileSenders(t *testing.T) {
	for _, c := range []struct {
		name, record, local string
		want                filters.AuthValue
		asked               string // of the macro; "" nothing is
	}{
		{"E09_a_plain_local_part", "exists:%{l}.z.example -all", "jo", filters.Fail, "jo.z.example"},
		{"E09_dots_at_the_wrong_places", "exists:%{l}.z.example -all", ".jo..doe.", filters.Fail, ""},
		{"E09_eight_bit_characters", "exists:%{l}.z.example -all", "j\xf6\xc3\xb6", filters.Fail, ""},
		{"E09_control_characters", "exists:%{l}.z.example -all", "a\r\nb\x00", filters.Fail, ""},
		{"E09_a_backslash", "exists:%{l}.z.example -all", `a\046b`, filters.Fail, ""},
		{"E09_4_kB", "exists:%{l}.z.example -all", strings.Repeat("a", 4096), filters.Fail, "z.example"},
		{"E09_4_kB_in_many_labels", "exists:%{l}.z.example -all", strings.Repeat("a.", 2048) + "b", filters.Fail, strings.Repeat("a.", 121) + "b.z.example"},
		{"E09_hyphens_turned_round", "exists:%{l1r-}.z.example -all", "jo-spam-x", filters.Fail, "jo.z.example"},
		{"E09_999_labels_turned_round", "exists:%{d999r}.z.example -all", "jo", filters.Fail, "example.e.z.example"},
		{"E09_a_number_beyond_all_bounds", "exists:%{d99999999999999999999r}.z.example -all", "jo", filters.Fail, "example.e.z.example"},
		{"E09_no_label_at_all", "exists:%{d0}.z.example -all", "jo", filters.PermError, ""},
		{"E09_many_macros", "exists:" + strings.Repeat("%{s}", 300) + ".z.example -all", strings.Repeat("x.", 100), filters.Fail, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone{}
			z.add("e.example", "TXT", "v=spf1 "+c.record)
			dns := &asked{zone: z}
			a := checkHost(context.Background(), dns, query{ip: client, domain: "e.example", local: c.local, helo: "mx.example"}, false)
			if a.value != c.want {
				t.Errorf("%s (%s), want %s", a.value, a.reason, c.want)
			}
			for _, name := range dns.names {
				if len(name) > 253 || !isAskable(name) {
					t.Errorf("%q was asked for", name)
				}
			}
			if want := slices.DeleteFunc([]string{"e.example", c.asked}, func(s string) bool { return s == "" }); !slices.Equal(dns.names, want) && c.name != "E09_many_macros" {
				t.Errorf("asked for %q, want %q", dns.names, want)
			}
		})
	}
}

// TestQuestionsAreBounded counts what the worst records make us ask (E08).
func TestQuestionsAreBounded(t *testing.T) {
	flood := zone{}
	var mxs []string
	for term := range 10 {
		mxs = append(mxs, fmt.Sprintf("mx:m%d.e.example", term))
		for host := range 10 {
			name := fmt.Sprintf("h%d.m%d.e.example", host, term)
			flood[fmt.Sprintf("m%d.e.example", term)] = append(flood[fmt.Sprintf("m%d.e.example", term)], record{"MX", []string{"1", name}})
			flood.add(name, "A", "198.51.100.1")
		}
	}
	flood.add("e.example", "TXT", "v=spf1 "+strings.Join(mxs, " ")+" -all")
	names := zone{}
	for i := range 1000 {
		name := fmt.Sprintf("h%d.names.example", i)
		names.add(reverse(client), "PTR", name)
		names.add(name, "A", "198.51.100.1")
	}
	names.add("e.example", "TXT", "v=spf1 ptr ptr:a.example exists:%{p}.b.example -all")
	for _, c := range []struct {
		name  string
		zone  zone
		want  filters.AuthValue
		least int
		most  int
	}{
		{"E08_a_hundred_mail_servers", flood, filters.PermError, 40, maxQueries},
		{"E08_ptr_flood", names, filters.Fail, 11, 13},
	} {
		t.Run(c.name, func(t *testing.T) {
			dns := &asked{zone: c.zone}
			a := checkHost(context.Background(), dns, query{ip: client, domain: "e.example", helo: "mx.example"}, false)
			if n := len(dns.names); a.value != c.want || n < c.least || n > c.most {
				t.Errorf("%s (%s) after %d questions, want %s after %d to %d", a.value, a.reason, n, c.want, c.least, c.most)
			}
		})
	}
}

// TestExplanations looks at what becomes of a domain's words (E10).
func TestExplanations(t *testing.T) {
	const record = "v=spf1 -all exp=why.e.example"
	for _, c := range []struct{ name, words, want string }{
		{"E10_plain_words", "%{i} may not send for %{d}", "e.example says -all; 192.0.2.1 may not send for e.example"},
		{"E10_line_ends", "see\r\nX-Injected: yes", "e.example says -all"},
		{"E10_eight_bit_characters", "caf\xc3\xa9 \x1b[31m", "e.example says -all"},
		{"E10_line_ends_of_the_sender", "%{l}", "e.example says -all; a??b?"},
		{"E10_very_long", strings.Repeat("x", 15000), "e.example says -all; " + strings.Repeat("x", 200)},
		{"E10_a_broken_macro", "%{i", "e.example says -all"},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone{}
			z.add("e.example", "TXT", record)
			z.add("why.e.example", "TXT", c.words)
			m := message.New(message.Envelope{Client: message.Client{Addr: client}, HasFrom: true, From: "a\r\nb\xff@e.example"}, message.Options{})
			for _, explain := range []bool{false, true} {
				dns := &asked{zone: z}
				f := &filter{Config{Explain: explain}, filters.Env{Resolver: dns}}
				r, err := f.Check(context.Background(), m, filters.Findings{})
				want := c.want
				if !explain {
					want = "e.example says -all"
				}
				if err != nil || len(r.Hits) != 1 || r.Hits[0].Detail != want {
					t.Errorf("explain %v: %+v %v, want detail %q", explain, r.Hits, err, want)
				}
				if r.Auth[0].Reason != "e.example says -all" {
					t.Errorf("the explanation is in the result: %q", r.Auth[0].Reason)
				}
				if !explain && slices.Contains(dns.names, "why.e.example") {
					t.Error("the explanation was asked for, though it is off")
				}
			}
		})
	}
}

// silent is a resolver that never answers.
type silent struct{ filters.Resolver }

// LookupTXT waits until its time ends.
func (silent) LookupTXT(ctx context.Context, _ string) ([]string, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestABlackHoledResolver(t *testing.T) {
	t.Run("C16_black_holed", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		f := &filter{DefaultConfig(), filters.Env{Resolver: silent{}}}
		m := message.New(message.Envelope{Client: message.Client{Addr: client}, Helo: "mx.example.org", HasFrom: true, From: "jo@example.org"}, message.Options{})
		r, err := f.Check(ctx, m, filters.Findings{})
		if ctx.Err() != nil {
			t.Error("the filter's own time ended before it could say anything")
		}
		if err != nil || len(r.Auth) != 2 || r.Auth[0].Value != filters.TempError || r.Auth[1].Value != filters.TempError {
			t.Errorf("%+v %v, want temperror twice", r.Auth, err)
		}
		for _, s := range Spec.Symbols {
			if strings.HasSuffix(s.Name, "TEMPERROR") && s.Score != 0 {
				t.Errorf("%s scores %v", s.Name, s.Score)
			}
		}
	})
}

func TestPrefetch(t *testing.T) {
	f := &filter{DefaultConfig(), filters.Env{}}
	m := message.New(message.Envelope{Client: message.Client{Addr: client}, Helo: "MX.example.org"}, message.Options{})
	if q := f.Prefetch(filters.Helo, m); len(q) != 1 || q[0] != (filters.Question{Type: filters.TXT, Name: "mx.example.org"}) {
		t.Errorf("at HELO %+v", q)
	}
	if q := f.Prefetch(filters.Connect, m); q != nil {
		t.Errorf("at connect %+v", q)
	}
	m.Helo = "[192.0.2.1]"
	if q := f.Prefetch(filters.Helo, m); q != nil {
		t.Errorf("of a literal %+v", q)
	}
}

// TestOddNamesAreNotAskedFor has identities and includes that nobody can own: there is nothing to ask.
func TestOddNamesAreNotAskedFor(t *testing.T) {
	for _, c := range []struct{ name, helo, from, record string }{
		{"E07_a_space_in_helo", "evil.example dmarc=pass", "", ""},
		{"E07_a_comment_in_helo", "evil.example(dmarc", "", ""},
		{"E07_a_plus_in_helo", "a+b.example", "", ""},
		{"E07_a_path_in_the_sender", "", "joe@*.example/../x", ""},
		{"E07_a_space_in_the_sender", "", "joe@evil.example dmarc=pass", ""},
		{"E09_a_space_in_an_include", "", "joe@e.example", "v=spf1 include:a%_b.example -all"},
		{"E09_a_colon_in_an_include", "", "joe@e.example", "v=spf1 include:a:b.example -all"},
		{"E09_a_space_in_a_redirect", "", "joe@e.example", "v=spf1 redirect=a%_b.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone{}
			if c.record != "" {
				z.add("e.example", "TXT", c.record)
			}
			dns := &asked{zone: z}
			f := &filter{DefaultConfig(), filters.Env{Resolver: dns}}
			m := message.New(message.Envelope{Client: message.Client{Addr: client}, Helo: c.helo, HasFrom: true, From: c.from}, message.Options{})
			if q := f.Prefetch(filters.Helo, m); len(q) != 0 {
				t.Errorf("%q is asked for ahead", q)
			}
			if _, err := f.Check(context.Background(), m, filters.Findings{}); err != nil {
				t.Fatal(err)
			}
			if names := slices.DeleteFunc(dns.names, func(s string) bool { return s == "e.example" }); len(names) > 0 {
				t.Errorf("%q was asked for", names)
			}
		})
	}
}
