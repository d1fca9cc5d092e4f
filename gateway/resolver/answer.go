package resolver

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// kind is how a question ended. Its String is the label of metrics.
type kind uint8

const (
	found       kind = iota
	absent           // the name does not exist, or has no records of this type
	servfail         // SERVFAIL or another code that says that the server failed
	refused          // REFUSED or NOTAUTH: the server does not serve us
	timeout          // no answer in time
	unreachable      // nobody is there
	malformed        // an answer that can't be read
	truncated        // too long for UDP, and not to be had over TCP
	chain            // a loop of CNAMEs, or too many of them
	overloaded       // too many questions are under way
	spent            // the message has asked too much already
	impossible       // no name can be like this: nobody was asked
	given            // given up by the caller
)

var kinds = [...]string{"found", "absent", "servfail", "refused", "timeout", "unreachable", "malformed", "truncated", "chain", "overloaded", "spent", "impossible", "canceled"}

// String is the label of metrics.
func (k kind) String() string { return kinds[k] }

// sentences are the errors' texts.
var sentences = [...]string{
	absent:      "no such host",
	servfail:    "server failure",
	refused:     "the name server refuses to answer",
	timeout:     "i/o timeout",
	unreachable: "no name server can be reached",
	malformed:   "answer can't be read",
	truncated:   "answer is too long for UDP, and TCP failed",
	chain:       "loop of CNAMEs, or too many of them",
	overloaded:  "too many questions are under way",
	spent:       "the message has asked too many questions",
	impossible:  "no name can be like this",
	given:       "given up by the caller",
}

// answer is what is known of a name and type. It is shared and must not be changed.
type answer struct {
	kind   kind
	server string // that said so
	ttl    time.Duration
	texts  []string     // TXT, and the names of PTR and NS
	mx     []net.MX     // MX, best first
	addrs  []netip.Addr // A or AAAA
}

// err gives the error of a question that did not end well, as package net would.
func (a *answer) err(name string) error {
	if a.kind == found {
		return nil
	}
	return &net.DNSError{
		Err: sentences[a.kind], Name: name, Server: a.server,
		IsNotFound:  a.kind == absent || a.kind == impossible,
		IsTimeout:   a.kind == timeout,
		IsTemporary: a.kind != absent && a.kind != impossible,
	}
}

// size is about how much memory the answer takes.
func (a *answer) size() int {
	n := 24*len(a.addrs) + 16*len(a.texts) + 24*len(a.mx)
	for _, s := range a.texts {
		n += len(s)
	}
	for i := range a.mx {
		n += len(a.mx[i].Host)
	}
	return n
}

// trail follows a chain of CNAMEs through one answer or more.
type trail struct {
	name  string // where the chain has come to, canonical
	links int
	ttl   uint32
}

// maxLinks is how many CNAMEs are followed for one question.
const maxLinks = 11

func newTrail(name string) *trail { return &trail{name: name, ttl: 1 << 31} }

// read follows the chain through a message and collects the records at its end. more: the chain goes on, and its next
// name is to be asked for. Records about other names are not looked at: nothing but the question's own answer can get
// into the cache.
func (t *trail) read(m *dns.Msg, qtype uint16) (a answer, more bool) {
	moved := false
	for {
		owner, next := presentation(t.name), ""
		for _, rr := range m.Answer {
			h := rr.Header()
			if h.Class != dns.ClassINET || !strings.EqualFold(h.Name, owner) {
				continue
			}
			if h.Rrtype == qtype {
				t.atMost(h.Ttl)
				a.add(rr)
			} else if c, ok := rr.(*dns.CNAME); ok {
				t.atMost(h.Ttl)
				next = c.Target
			}
		}
		if a.size() > 0 {
			a.ttl = seconds(t.ttl)
			a.tidy()
			return a, false
		}
		if next == "" {
			return t.ended(m, moved)
		}
		name, ok := canonical(next)
		if t.links++; t.links > maxLinks || !ok || strings.Contains(next, `\`) {
			return answer{kind: chain}, false
		}
		t.name, moved = name, true
	}
}

// ended says what it means that a message has no records at the chain's end.
func (t *trail) ended(m *dns.Msg, moved bool) (a answer, more bool) {
	a.kind = absent
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok { // RFC 2308 section 5
			t.atMost(min(soa.Hdr.Ttl, soa.Minttl))
			a.ttl = seconds(t.ttl)
			return a, false
		}
	}
	return a, moved && m.Rcode == dns.RcodeSuccess // QUIRK: forwarders that leave the end of a chain out
}

// atMost lowers the TTL. One with the highest bit set counts as 0 (RFC 2181 section 8).
func (t *trail) atMost(ttl uint32) {
	if ttl >= 1<<31 {
		ttl = 0
	}
	t.ttl = min(t.ttl, ttl)
}

func seconds(n uint32) time.Duration { return time.Duration(n) * time.Second }

// add takes over a record of the type that was asked for.
func (a *answer) add(rr dns.RR) {
	switch rr := rr.(type) {
	case *dns.TXT:
		a.texts = append(a.texts, unescape(strings.Join(rr.Txt, "")))
	case *dns.PTR:
		if hostName(rr.Ptr) {
			a.texts = append(a.texts, rr.Ptr)
		}
	case *dns.NS:
		if hostName(rr.Ns) {
			a.texts = append(a.texts, rr.Ns)
		}
	case *dns.MX:
		if hostName(rr.Mx) {
			a.mx = append(a.mx, net.MX{Host: rr.Mx, Pref: rr.Preference})
		}
	case *dns.A:
		if ip, ok := netip.AddrFromSlice(rr.A); ok {
			a.addrs = append(a.addrs, ip.Unmap())
		}
	case *dns.AAAA:
		if ip, ok := netip.AddrFromSlice(rr.AAAA); ok {
			a.addrs = append(a.addrs, ip)
		}
	}
}

// tidy puts MX records in order, the best first.
func (a *answer) tidy() {
	slices.SortStableFunc(a.mx, func(x, y net.MX) int { return int(x.Pref) - int(y.Pref) })
}

// unescape gives the bytes of a text as they were sent; the library writes some of them as \DDD or \c.
func unescape(s string) string {
	at := strings.IndexByte(s, '\\')
	if at < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for ; at >= 0; at = strings.IndexByte(s, '\\') {
		b, s = append(b, s[:at]...), s[at+1:]
		switch {
		case len(s) >= 3 && digit(s[0]) && digit(s[1]) && digit(s[2]):
			b, s = append(b, (s[0]-'0')*100+(s[1]-'0')*10+s[2]-'0'), s[3:]
		case len(s) > 0:
			b, s = append(b, s[0]), s[1:]
		}
	}
	return string(append(b, s...))
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
