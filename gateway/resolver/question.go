package resolver

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"

	"github.com/miekg/dns"
)

// question is one question as it goes out.
type question struct {
	wire []byte // the whole message
	name int    // where the question section begins
	end  int    // and where it ends
	tail int    // length of the OPT record behind it
}

// udpSize is how much an answer over UDP may have: what passes any path unfragmented (DNS flag day 2020).
const udpSize = 1232

// newQuestion writes a question with a random id, which asks for recursion and for answers of up to 1232 bytes
// (EDNS0, RFC 6891). mixCase puts random bits into the case of the letters, too.
func newQuestion(name string, qtype uint16, mixCase bool) *question {
	q := &question{wire: make([]byte, 12, 12+len(name)+2+4+11), name: 12}
	q.wire[2] = 1 // RD
	q.wire[5] = 1 // QDCOUNT
	q.wire = appendName(q.wire, name)
	if mixCase {
		mix(q.wire[q.name:])
	}
	q.wire = binary.BigEndian.AppendUint16(q.wire, qtype)
	q.wire = binary.BigEndian.AppendUint16(q.wire, dns.ClassINET)
	q.end = len(q.wire)
	q.wire = append(q.wire, 0, 0, byte(dns.TypeOPT), udpSize>>8, udpSize&0xff, 0, 0, 0, 0, 0, 0)
	q.wire[11], q.tail = 1, 11 // ARCOUNT
	q.renew()
	return q
}

// renew gives the question another random id, for another try.
func (q *question) renew() { _, _ = rand.Read(q.wire[:2]) }

// plain takes the OPT record out, for servers that know no EDNS.
func (q *question) plain() {
	q.wire, q.wire[11], q.tail = q.wire[:q.end], 0, 0
}

func (q *question) edns() bool { return q.tail > 0 }

// mix changes the case of letters at random (draft-vixie-dnsext-dns0x20).
func mix(name []byte) {
	bits := make([]byte, (len(name)+7)/8)
	_, _ = rand.Read(bits)
	for i, c := range name {
		if c >= 'a' && c <= 'z' && bits[i/8]>>(i%8)&1 == 1 {
			name[i] = c - 'a' + 'A'
		}
	}
}

// likeness says how far a packet is the answer to a question.
type likeness uint8

const (
	foreign likeness = iota // of something else, or forged
	near                    // of this question but for the case of letters
	answers                 // of this question
)

// match compares id, flags and question section (RFC 5452 section 9.1). Where the packet came from, the socket has
// looked at already.
func (q *question) match(packet []byte) likeness {
	if len(packet) < 12 || packet[0] != q.wire[0] || packet[1] != q.wire[1] || packet[2]&0xf8 != 0x80 {
		return foreign
	}
	if packet[4] == 0 && packet[5] == 0 && rejects(int(packet[3]&15)) {
		return answers // QUIRK: servers that can't read a question, or don't want to, may leave it out of the answer
	}
	length := q.end - q.name
	if packet[4] != 0 || packet[5] != 1 || len(packet) < 12+length {
		return foreign
	}
	want, got := q.wire[q.name:q.end], packet[12:12+length]
	switch {
	case bytes.Equal(want, got):
		return answers
	case bytes.Equal(want[length-4:], got[length-4:]) && bytes.EqualFold(want[:length-4], got[:length-4]):
		return near
	}
	return foreign
}

// rejects tells whether a code says that the server can't deal with the question's form.
func rejects(rcode int) bool {
	return rcode == dns.RcodeFormatError || rcode == dns.RcodeNotImplemented
}
