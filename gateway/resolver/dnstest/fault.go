package dnstest

import (
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// Fault is how a server or an attacker misbehaves. Fields may be combined; the zero value answers rightly.
type Fault struct {
	BlackHole bool          // no answer at all; forged ones are still sent
	Delay     time.Duration // before the answer
	Rcode     int           // answer with this code and no records: dns.RcodeServerFailure, dns.RcodeRefused, …
	Truncate  bool          // TC=1 and no records over UDP
	NoTCP     bool          // connections are closed without an answer
	NoEDNS    bool          // questions with an OPT record get FORMERR
	LowerCase bool          // the question comes back in lower case

	WrongID       int // as many forged answers first, each with another id
	WrongQuestion int // as many forged answers first, each about another name
	WrongSource   int // as many forged answers first, each from another port

	Listed  []netip.Addr // everything has these addresses: a list that lists all
	Nothing bool         // nothing exists: a list that was emptied, or a resolver that hides it

	Raw    func(query, answer []byte) []byte    // changes the bytes of the answer, as packed
	Answer func(q dns.Question, reply *dns.Msg) // changes the answer before it is packed
}

func (f Fault) none() bool {
	return !f.BlackHole && f.Delay == 0 && f.Rcode == 0 && !f.Truncate && !f.NoTCP && !f.NoEDNS && !f.LowerCase &&
		f.WrongID == 0 && f.WrongQuestion == 0 && f.WrongSource == 0 && f.Listed == nil && !f.Nothing && f.Raw == nil && f.Answer == nil
}

// Forged is the address that forged answers carry, and the text of forged TXT records is "forged".
var Forged = netip.MustParseAddr("203.0.113.66")

// play sends what is to be sent.
func (h handler) play(w dns.ResponseWriter, req, reply *dns.Msg, f Fault) {
	if !h.stream {
		h.forge(w, req, f)
	}
	time.Sleep(f.Delay)
	if f.BlackHole || f.NoTCP && h.stream {
		if h.stream {
			_ = w.Close()
		}
		return
	}
	h.shape(req, reply, f)
	wire, err := reply.Pack()
	if err != nil {
		wire, _ = new(dns.Msg).SetRcode(req, dns.RcodeServerFailure).Pack()
	}
	if f.Raw != nil {
		query, _ := req.Pack()
		wire = f.Raw(query, wire)
	}
	_, _ = w.Write(wire)
}

// shape changes the right answer into what the fault wants, and cuts it to what the client takes.
func (h handler) shape(req, reply *dns.Msg, f Fault) {
	q := req.Question[0]
	opt := req.IsEdns0()
	switch {
	case f.NoEDNS && opt != nil:
		bare(reply, dns.RcodeFormatError)
	case f.Rcode != 0:
		bare(reply, f.Rcode)
	case f.Nothing:
		bare(reply, dns.RcodeNameError)
	case f.Listed != nil:
		bare(reply, dns.RcodeSuccess)
		reply.Answer = addresses(q, f.Listed)
	}
	if f.LowerCase {
		reply.Question[0].Name = key(q.Name)
	}
	size := dns.MinMsgSize
	if opt != nil && !f.NoEDNS {
		reply.SetEdns0(dns.DefaultMsgSize, false)
		size = max(size, int(opt.UDPSize()))
	}
	switch {
	case h.stream:
	case f.Truncate:
		reply.Answer, reply.Truncated = nil, true
	default:
		reply.Truncate(size)
	}
}

func bare(reply *dns.Msg, rcode int) {
	reply.Rcode, reply.Answer, reply.Ns, reply.Extra = rcode, nil, nil, nil
}

// addresses are the records that a question of its type gets of a list of addresses.
func addresses(q dns.Question, list []netip.Addr) (out []dns.RR) {
	for _, a := range list {
		h := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET, Ttl: 300}
		switch {
		case q.Qtype == dns.TypeA && a.Is4():
			out = append(out, &dns.A{Hdr: h, A: a.AsSlice()})
		case q.Qtype == dns.TypeAAAA && a.Is6():
			out = append(out, &dns.AAAA{Hdr: h, AAAA: a.AsSlice()})
		}
	}
	return out
}

// forge sends what an attacker would who knows that a question is under way, but not all about it.
func (h handler) forge(w dns.ResponseWriter, req *dns.Msg, f Fault) {
	lie := new(dns.Msg).SetReply(req)
	q := req.Question[0]
	lie.Answer = addresses(q, []netip.Addr{Forged})
	if q.Qtype == dns.TypeTXT {
		lie.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET, Ttl: 300}, Txt: []string{"forged"}}}
	}
	for i := range f.WrongID {
		other := lie.Copy()
		other.Id += uint16(i + 1)
		_ = w.WriteMsg(other)
	}
	for range f.WrongQuestion {
		other := lie.Copy()
		other.Question[0].Name = "other." + q.Name
		_ = w.WriteMsg(other)
	}
	for range f.WrongSource {
		elsewhere(w.RemoteAddr(), lie)
	}
}

// elsewhere sends an answer from another port.
func elsewhere(to net.Addr, m *dns.Msg) {
	from, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return
	}
	defer from.Close()
	if wire, err := m.Pack(); err == nil {
		_, _ = from.WriteTo(wire, to)
	}
}
