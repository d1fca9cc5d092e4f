package reputation

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/scoring"
)

// signedMail is a mail of shop.example, signed so, to a number of recipients.
func signedMail(signature string, rcpts int) (*message.Message, filters.Findings) {
	env := message.Envelope{HasFrom: true, From: "ann@shop.example", Client: message.Client{Addr: netip.MustParseAddr("192.0.2.7")}, Time: filtertest.Now}
	for i := range rcpts {
		env.Rcpts = append(env.Rcpts, fmt.Sprintf("r%d@example.net", i))
	}
	m := message.New(env, message.Options{})
	m.Load([]byte("DKIM-Signature: v=1; d=shop.example; b=" + signature + "\r\nFrom: ann@shop.example\r\n\r\nx\r\n"))
	return m, filters.NewFindings(nil, []filters.Auth{{Method: "dkim", Value: filters.Pass, Domain: "shop.example"}}, nil)
}

// receive sends such a mail through the filter, and gives its symbols.
func receive(t *testing.T, f filters.Filter, s *filtertest.Store, signature string, rcpts int) (names []string) {
	t.Helper()
	m, found := signedMail(signature, rcpts)
	found = filtertest.Ask(f, m, found, s)
	r, err := f.Check(context.Background(), m, found)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range r.Hits {
		names = append(names, h.Name)
	}
	v := filters.Verdict{Time: filtertest.Now, Required: 5, Taken: true, Rcpts: []filters.RcptVerdict{{Rcpt: "bob@example.net", Action: scoring.Accept, Would: scoring.Accept}}}
	filtertest.Observe(f, m, found, v, s)
	return names
}

func TestCopiesOfASignedMail(t *testing.T) {
	good := func(names []string) bool { return slices.Contains(names, "REPUTATION_DOMAIN_GOOD") }
	t.Run("E06_a_good_name_is_earned_by_different_mails_and_not_there_for_copies", func(t *testing.T) {
		s := &filtertest.Store{Now: filtertest.Clock(filtertest.Now)}
		f := filtertest.New(t, Spec, "", filters.Env{Clock: s.Now, Store: s})
		for i := range 30 {
			receive(t, f, s, base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "mail %d", i)), 1)
		}
		if names := receive(t, f, s, "AAAA", 1); !good(names) {
			t.Fatalf("thirty mails earned nothing: %v", names)
		}
		for range 98 {
			if names := receive(t, f, s, "AAAA", 1); slices.Contains(names, Replay) {
				t.Fatalf("told too soon: %v", names)
			}
		}
		if names := receive(t, f, s, "AA AA", 1); good(names) || !slices.Contains(names, Replay) {
			t.Errorf("the hundredth copy: %v", names)
		}
		if names := receive(t, f, s, "AAAB", 1); !good(names) || slices.Contains(names, Replay) {
			t.Errorf("another mail of hers: %v", names)
		}
	})
	t.Run("E06_recipients_count_not_transactions", func(t *testing.T) {
		s := &filtertest.Store{Now: filtertest.Clock(filtertest.Now)}
		f := filtertest.New(t, Spec, "", filters.Env{Clock: s.Now, Store: s})
		if names := receive(t, f, s, "AAAA", 300); slices.Contains(names, Replay) {
			t.Errorf("one mail to many is no copy: %v", names)
		}
		if names := receive(t, f, s, "AAAA", 1); !slices.Contains(names, Replay) {
			t.Errorf("its copy: %v", names)
		}
	})
	t.Run("E06_of_copies_that_come_at_once_one_is_the_first", func(t *testing.T) {
		s := &filtertest.Store{Now: filtertest.Clock(filtertest.Now)}
		f := filtertest.New(t, Spec, "", filters.Env{Clock: s.Now, Store: s})
		var all []func()
		for range 50 { // all ask before the first was judged
			m, found := signedMail("AAAA", 1)
			found = filtertest.Ask(f, m, found, s)
			all = append(all, func() {
				filtertest.Observe(f, m, found, filters.Verdict{Required: 5, Taken: true}, s)
			})
		}
		for _, observe := range all {
			observe()
		}
		list, err := Lookup(context.Background(), s, "shop.example", DefaultConfig())
		if err != nil || list[0].Good > 1 {
			t.Errorf("%+v, %v: want the credit of one mail", list[0], err)
		}
	})
	t.Run("E06_an_old_signature_hidden_behind_new_ones_earns_nothing", func(t *testing.T) {
		s := &filtertest.Store{Now: filtertest.Clock(filtertest.Now)}
		f := filtertest.New(t, Spec, "", filters.Env{Clock: s.Now, Store: s})
		for i := range 30 {
			text := ""
			for j := range 6 {
				text += base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "new %d %d", i, j)) + "\r\nDKIM-Signature: d=shop.example; b="
			}
			receive(t, f, s, text+"AAAA", 1)
		}
		if list, err := Lookup(context.Background(), s, "shop.example", DefaultConfig()); err != nil || list[0].Good > 0 {
			t.Errorf("%+v, %v: want nothing", list[0], err)
		}
	})
	t.Run("E06_a_week_later_it_is_new", func(t *testing.T) {
		now := filtertest.Now
		s := &filtertest.Store{Now: func() time.Time { return now }}
		f := filtertest.New(t, Spec, "", filters.Env{Clock: s.Now, Store: s})
		for range 20 {
			receive(t, f, s, "AAAA", 1)
		}
		now = now.Add(8 * 24 * time.Hour)
		receive(t, f, s, "AAAA", 1)
		if list, err := Lookup(context.Background(), s, "shop.example", DefaultConfig()); err != nil || list[0].Good < 1.4 || list[0].Good > 1.5 {
			t.Errorf("%+v, %v: want one mail, and what is left of another", list[0], err)
		}
	})
}

func FuzzSignature(f *testing.F) {
	for _, s := range []string{"v=1; d=shop.example; b=AAEC\r\n AwQ=", "b=;d=", "d=A.example.;bh=xx;b=AA=A", ";;=;b", "b=\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d, b := signature(value)
		if len(b) > maxSignature || len(d) > 3*len(value) {
			t.Errorf("%q, %d bytes", d, len(b))
		}
	})
}
