package resolver_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"weir/filters/setting"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

func TestC16_a_failure_is_never_an_answer(t *testing.T) {
	for _, c := range []struct {
		name, want string
		fault      dnstest.Fault
	}{
		{"black_hole", "error: timeout temporary", dnstest.Fault{BlackHole: true}},
		{"SERVFAIL", "error: temporary", dnstest.Fault{Rcode: dns.RcodeServerFailure}},
		{"REFUSED", "error: temporary", dnstest.Fault{Rcode: dns.RcodeRefused}},
		{"NOTIMP", "error: temporary", dnstest.Fault{Rcode: dns.RcodeNotImplemented}},
		{"an_unknown_code", "error: temporary", dnstest.Fault{Rcode: 11}},
		{"an_answer_of_3_bytes", "error: timeout temporary", dnstest.Fault{Raw: func(_, answer []byte) []byte { return answer[:3] }}},
		{"half_an_answer", "error: temporary", dnstest.Fault{Raw: func(_, answer []byte) []byte { return answer[:len(answer)-20] }}},
	} {
		t.Run("C16_"+c.name, func(t *testing.T) {
			s := dnstest.Start(t, records)
			s.Behave(".", c.fault)
			hasty := quick(s.Addr)
			hasty.Timeout = setting.Duration(50 * time.Millisecond)
			for kind, name := range map[string]string{"TXT": "example.org", "MX": "example.org", "ip4": "mx1.example.org",
				"ip6": "mx1.example.org", "ip": "mx1.example.org", "PTR": "192.0.2.1"} {
				r := newResolver(t, hasty, resolver.Options{})
				for range 2 {
					if got := look(patient(t), r, kind, name); got != c.want {
						t.Errorf("%s: %q, want %q", kind, got, c.want)
					}
				}
			}
		})
	}
	t.Run("C16_nobody_listens", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Stop()
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		if got := look(patient(t), r, "ip", "example.org"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
	t.Run("C16_a_zone_that_hangs_while_the_server_is_well", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Behave("example.org", dnstest.Fault{BlackHole: true})
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		began := time.Now()
		if got := look(patient(t), r, "TXT", "example.org"); got != "error: timeout temporary" {
			t.Errorf("%q", got)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("took %s: it did not end by itself", took)
		}
	})
	t.Run("C16_one_family_fails_and_the_other_has_nothing", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Behave("example.org", dnstest.Fault{Answer: func(q dns.Question, m *dns.Msg) {
			if q.Qtype == dns.TypeA {
				m.Rcode, m.Answer, m.Ns = dns.RcodeServerFailure, nil, nil
			}
		}})
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		if got := look(patient(t), r, "ip", "nowhere.example.org"); got != "error: temporary" {
			t.Errorf("A failed and AAAA is empty: %q", got)
		}
		if got := look(patient(t), r, "ip", "mx2.example.org"); got != "2001:db8::2" {
			t.Errorf("A failed and AAAA is there: %q", got)
		}
	})
}

func TestC17_answers_that_are_too_much(t *testing.T) {
	s := dnstest.Start(t, records)
	huge := "huge.example.org TXT"
	for range 250 {
		huge += ` "` + strings.Repeat("x", 255) + `"`
	}
	s.Add(t, huge)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	t.Run("C17_64_kB_of_TXT_come_over_TCP", func(t *testing.T) {
		texts, err := r.LookupTXT(patient(t), "huge.example.org")
		if err != nil || len(texts) != 1 || len(texts[0]) != 250*255 || s.TCPQuestions() != 1 {
			t.Errorf("%d texts, %v, %d questions over TCP", len(texts), err, s.TCPQuestions())
		}
	})
	t.Run("C17_truncated_without_TCP", func(t *testing.T) {
		s.Behave("mx1.example.org", dnstest.Fault{Truncate: true, NoTCP: true})
		if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
	t.Run("C17_truncated_answers_are_not_used", func(t *testing.T) {
		s.Behave("mx2.example.org", dnstest.Fault{NoTCP: true, Answer: func(_ dns.Question, m *dns.Msg) { m.Truncated = true }})
		if got := look(patient(t), r, "ip6", "mx2.example.org"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
	t.Run("C17_CNAME_loop", func(t *testing.T) {
		before := s.Questions()
		if got := look(patient(t), r, "TXT", "loop.example.org"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
		if n := s.Questions() - before; n > 12 {
			t.Errorf("%d questions were asked", n)
		}
	})
	t.Run("C17_CNAME_loop_that_comes_link_by_link", func(t *testing.T) {
		s.Behave("step.test", dnstest.Fault{Answer: func(q dns.Question, m *dns.Msg) {
			rr, _ := dns.NewRR(q.Name + " 300 IN CNAME x." + q.Name)
			m.Rcode, m.Answer = dns.RcodeSuccess, []dns.RR{rr}
		}})
		before := s.Questions()
		if got := look(patient(t), r, "TXT", "step.test"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
		if n := s.Questions() - before; n != 12 {
			t.Errorf("%d questions were asked, want 12: the name and 11 links", n)
		}
	})
	t.Run("C17_label_overrun", func(t *testing.T) {
		s.Behave("over.test", dnstest.Fault{Raw: func(query, _ []byte) []byte {
			m, end := append([]byte(nil), query...), 12
			for query[end] != 0 {
				end += int(query[end]) + 1
			}
			m = append(m[:end+5], 0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 0, 0, 10, 200, 'x') // a text longer than its record
			copy(m[2:], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0})
			return m
		}})
		if got := look(patient(t), r, "TXT", "over.test"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
	t.Run("C17_a_name_that_points_at_itself", func(t *testing.T) {
		s.Behave("self.test", dnstest.Fault{Raw: func(_, answer []byte) []byte {
			at := byte(len(answer))
			answer = append(answer, 0xc0, at, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 192, 0, 2, 1)
			answer[7]++
			return answer
		}})
		if got := look(patient(t), r, "ip4", "self.test"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
}

func TestC18_forged_answers_are_ignored(t *testing.T) {
	for name, fault := range map[string]dnstest.Fault{
		"wrong_id":          {WrongID: 5, Delay: 20 * time.Millisecond},
		"wrong_question":    {WrongQuestion: 5, Delay: 20 * time.Millisecond},
		"wrong_source_port": {WrongSource: 5, Delay: 20 * time.Millisecond},
		"a_flood":           {WrongID: 100, WrongQuestion: 100, WrongSource: 100, Delay: 20 * time.Millisecond},
		"records_of_another_name": {Answer: func(_ dns.Question, m *dns.Msg) {
			rr, _ := dns.NewRR("mx2.example.org. 300 IN A " + dnstest.Forged.String())
			other, _ := dns.NewRR("short.example.org. 300 IN A " + dnstest.Forged.String())
			m.Answer, m.Extra = append([]dns.RR{rr, other}, m.Answer...), append(m.Extra, rr, other)
		}},
	} {
		t.Run("C18_"+name, func(t *testing.T) {
			s := dnstest.Start(t, records)
			s.Behave("mx1.example.org", fault)
			r := newResolver(t, quick(s.Addr), resolver.Options{})
			for range 2 {
				if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" {
					t.Errorf("%q", got)
				}
			}
			for name, want := range map[string]string{"short.example.org": "192.0.2.3", "other.mx1.example.org": "error: not found"} {
				s.Behave("mx1.example.org", dnstest.Fault{})
				if got := look(patient(t), r, "ip4", name); got != want {
					t.Errorf("afterwards %s is %q: the cache is poisoned", name, got)
				}
			}
		})
	}
	t.Run("C18_a_flood_makes_it_ask_over_TCP", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Behave(".", dnstest.Fault{WrongID: 100, BlackHole: false})
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" || s.TCPQuestions() != 1 || r.Stats().Forged != 16 {
			t.Errorf("%q, %d questions over TCP, %+v", got, s.TCPQuestions(), r.Stats())
		}
	})
	t.Run("C18_only_forged_answers", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Behave(".", dnstest.Fault{WrongID: 3, WrongQuestion: 3, WrongSource: 3, BlackHole: true})
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		for _, kind := range []string{"TXT", "ip4"} {
			if got := look(patient(t), r, kind, "mx1.example.org"); got != "error: timeout temporary" {
				t.Errorf("%s: %q", kind, got)
			}
		}
	})
}

func TestC23_thirty_slow_zones_are_asked_at_once_and_end_with_the_mails_time(t *testing.T) {
	for _, c := range []struct {
		name, want string
		fault      dnstest.Fault
	}{
		{"C23_20_ms_each", "127.0.0.2", dnstest.Fault{Delay: 20 * time.Millisecond}},
		{"C23_that_hang", "error: timeout temporary", dnstest.Fault{BlackHole: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := dnstest.Start(t, "*.list.test A 127.0.0.2")
			s.Behave("list.test", c.fault)
			r := newResolver(t, endless(s.Addr), resolver.Options{})
			ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
			defer cancel()
			began := time.Now()
			var all sync.WaitGroup
			got := make([]string, 30)
			for i := range got {
				all.Go(func() {
					got[i] = look(ctx, r, "ip4", "1.2.0.192.z"+string(rune('a'+i%26))+string(rune('a'+i/26))+".list.test")
				})
			}
			all.Wait()
			for _, g := range got {
				if g != c.want {
					t.Errorf("%q, want %q", g, c.want)
				}
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("took %s", took)
			}
			if c.fault.BlackHole && r.Stats().InFlight > 0 {
				waitFor(t, "no question is under way", func() bool { return r.Stats().InFlight == 0 })
			}
		})
	}
}
