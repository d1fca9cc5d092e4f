package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/miekg/dns"

	"weir/filters"
)

// ask puts a question to the servers, and goes on at the end of an unfinished chain of CNAMEs.
func (r *Resolver) ask(ctx context.Context, s *settings, k key, try time.Duration) *answer {
	t := newTrail(k.name)
	for {
		reply, a := r.try(ctx, s, newQuestion(t.name, k.qtype, s.MixCase), try)
		if reply == nil {
			return a
		}
		result, more := t.read(reply, k.qtype)
		result.server = a.server
		if !more {
			return &result
		}
		if t.links > maxLinks {
			return &answer{kind: chain, server: a.server}
		}
		if !filters.QuestionsOf(ctx).Take() {
			return &answer{kind: spent}
		}
	}
}

// try asks one server after another until one gives an answer that says something about the name. What is not answered
// in time is asked again, of the next server if there is one, with more patience each time, until the question's time
// is over. A server that says it can't tell is not asked again.
func (r *Resolver) try(ctx context.Context, s *settings, q *question, patience time.Duration) (*dns.Msg, *answer) {
	servers, last := r.list.Load().get(), &answer{kind: unreachable}
	var gone [maxServers]bool
	for n := 0; n < s.Attempts || last.kind == timeout; n++ {
		i, ok := choose(servers, &gone, n)
		if !ok {
			break
		}
		left := remaining(ctx)
		if left <= 0 || n > 0 && left < shortest {
			return nil, &answer{kind: timeout, server: last.server}
		}
		patience = min(max(patience, shortest), s.Timeout.D(), left)
		reply, kind := r.askOne(ctx, servers[i], q, patience)
		switch {
		case kind == found:
			return reply, &answer{kind: found, server: servers[i].name}
		case kind == given:
			return nil, gaveUp(ctx)
		}
		gone[i] = kind != timeout
		last = &answer{kind: kind, server: servers[i].name}
		patience *= 2
	}
	return nil, last
}

// shortest is the least time that a server gets to answer.
const shortest = 100 * time.Millisecond

// grace is how much longer a question's context lives than its last try, so that the try ends first.
const grace = 20 * time.Millisecond

// remaining is the time that is left for tries.
func remaining(ctx context.Context) time.Duration {
	end, _ := ctx.Deadline()
	return time.Until(end) - grace
}

// choose gives the n-th server in turn, leaving out those that are gone for this question, and those that are down.
func choose(servers []*server, gone *[maxServers]bool, n int) (int, bool) {
	for k := range servers {
		if i := (n + k) % len(servers); !gone[i] && !servers[i].down.Load() {
			return i, true
		}
	}
	return 0, false
}

// askOne asks one server, over TCP where UDP does not do.
func (r *Resolver) askOne(ctx context.Context, s *server, q *question, patience time.Duration) (*dns.Msg, kind) {
	q.renew()
	reply, kind := r.overUDP(ctx, s, q, patience)
	if kind == truncated {
		if reply, kind = r.overTCP(ctx, s, q, patience); kind != found && kind != given {
			kind = truncated
		}
	}
	if kind == found && rejects(reply.Rcode) && q.edns() {
		q.plain() // RFC 6891 section 7
		return r.askOne(ctx, s, q, patience)
	}
	r.judge(s, kind)
	if kind == found {
		kind = verdict(reply)
	}
	return reply, kind
}

// verdict says what a server's code means.
func verdict(m *dns.Msg) kind {
	switch m.Rcode {
	case dns.RcodeSuccess, dns.RcodeNameError:
		return found
	case dns.RcodeRefused, dns.RcodeNotAuth:
		return refused
	}
	return servfail
}

// packets are buffers for answers over UDP. They are larger than what we ask for, since not every server cares.
var packets = sync.Pool{New: func() any { return new([4096]byte) }}

// forgeries is how many packets that do not answer the question are looked at before TCP is used, where they can't be
// forged.
const forgeries = 16

// overUDP asks over UDP from a socket of its own, thus from a port that nobody can guess (RFC 5452). The socket takes
// packets from the server's address and port only. truncated: ask over TCP.
func (r *Resolver) overUDP(ctx context.Context, s *server, q *question, patience time.Duration) (*dns.Msg, kind) {
	r.stats.udp.Add(1)
	conn, err := net.DialUDP("udp", nil, s.udp)
	if err != nil {
		return nil, unreachable
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo) })()
	if _, err := conn.Write(q.wire); err != nil {
		return nil, failure(ctx, err)
	}
	buffer := packets.Get().(*[4096]byte)
	defer packets.Put(buffer)
	for range forgeries {
		n, err := conn.Read(buffer[:])
		if err != nil {
			return nil, failure(ctx, err)
		}
		switch q.match(buffer[:n]) {
		case answers:
			return parse(buffer[:n])
		case near:
			if !r.settings.Load().MixCase {
				return parse(buffer[:n])
			}
			return nil, truncated // QUIRK: a server that changes the case of the question
		}
		r.stats.forged.Add(1)
	}
	return nil, truncated
}

var longAgo = time.Unix(1, 0)

// parse reads an answer. TC=1 makes it truncated, whatever else is wrong with it.
func parse(packet []byte) (*dns.Msg, kind) {
	if packet[2]&2 != 0 {
		return nil, truncated
	}
	m := new(dns.Msg)
	if err := m.Unpack(packet); err != nil {
		return nil, malformed
	}
	return m, found
}

// failure says what an error of a socket means.
func failure(ctx context.Context, err error) kind {
	switch {
	case ctx.Err() != nil:
		return given
	case errors.Is(err, os.ErrDeadlineExceeded):
		return timeout
	}
	return unreachable
}

// overTCP asks over TCP (RFC 7766): for answers that are too long for UDP.
func (r *Resolver) overTCP(ctx context.Context, s *server, q *question, patience time.Duration) (*dns.Msg, kind) {
	r.stats.tcp.Add(1)
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(ctx, "tcp", s.name)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo) })()
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(q.wire))), q.wire...)); err != nil {
		return nil, failure(ctx, err)
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, failure(ctx, err)
	}
	packet := make([]byte, binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, packet); err != nil {
		return nil, failure(ctx, err)
	}
	if q.match(packet) == foreign {
		return nil, malformed
	}
	return parse(packet)
}
