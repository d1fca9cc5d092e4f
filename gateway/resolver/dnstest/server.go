// Package dnstest is a DNS server on loopback for tests: it answers from records that the test writes down, as a
// caching resolver would, over UDP and TCP on the same port, and it can misbehave as servers and attackers do.
//
//	s := dnstest.Start(t, `
//	    example.org  TXT  "v=spf1 ip4:192.0.2.1 -all"
//	    example.org  MX   10 mx.example.org.
//	    mx.example.org A  192.0.2.1`)
//	s.Behave("slow.example.org", dnstest.Fault{Delay: 20 * time.Millisecond})
//	r := resolver.New(resolver.Config{Servers: []string{s.Addr}}, …)
package dnstest

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Server is a running server. It stops when the test ends.
type Server struct {
	Addr string // 127.0.0.1:port, UDP and TCP

	mu     sync.Mutex
	zone   zone
	faults map[string]Fault // by zone, lower case, with a final dot
	asked  map[string]int   // by name
	total  int
	tcp    int
	stop   []func()
}

// Start starts a server with records: lines of a zone file, whose names are absolute with or without a final dot
// (those in the data of a record need it).
func Start(t testing.TB, records string) *Server {
	t.Helper()
	s := &Server{zone: zone{}, faults: map[string]Fault{}, asked: map[string]int{}}
	if err := s.zone.add(records); err != nil {
		t.Fatal("dnstest: ", err)
	}
	packets, listener := listen(t)
	s.Addr = packets.LocalAddr().String()
	s.serve(t, &dns.Server{PacketConn: packets, Handler: handler{s, false}, UDPSize: 4096})
	s.serve(t, &dns.Server{Listener: listener, Handler: handler{s, true}})
	t.Cleanup(s.Stop)
	return s
}

// listen opens UDP and TCP on one port.
func listen(t testing.TB) (net.PacketConn, net.Listener) {
	t.Helper()
	var err error
	for range 20 {
		packets, perr := net.ListenPacket("udp", "127.0.0.1:0")
		if perr != nil {
			t.Fatal("dnstest: ", perr)
		}
		listener, lerr := net.Listen("tcp", packets.LocalAddr().String())
		if lerr == nil {
			return packets, listener
		}
		_, err = packets.Close(), lerr
	}
	t.Fatal("dnstest: no port that is free for UDP and TCP: ", err)
	return nil, nil
}

// serve runs one of the two servers and waits until it takes questions.
func (s *Server) serve(t testing.TB, srv *dns.Server) {
	started, done := make(chan struct{}), make(chan struct{})
	srv.NotifyStartedFunc = func() { close(started) }
	srv.MsgAcceptFunc = func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept }
	go func() {
		defer close(done)
		if err := srv.ActivateAndServe(); err != nil {
			t.Error("dnstest: ", err)
		}
	}()
	<-started
	s.stop = append(s.stop, func() { _ = srv.Shutdown(); <-done })
}

// Stop ends the server before the test does: nothing listens on Addr any more.
func (s *Server) Stop() {
	s.mu.Lock()
	stop := s.stop
	s.stop = nil
	s.mu.Unlock()
	for _, f := range stop {
		f()
	}
}

// Add adds records, in the form of Start.
func (s *Server) Add(t testing.TB, records string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.zone.add(records); err != nil {
		t.Fatal("dnstest: ", err)
	}
}

// Remove takes out all records of a name and of the names below it.
func (s *Server) Remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for have := range s.zone {
		if dns.IsSubDomain(key(name), have) {
			delete(s.zone, have)
		}
	}
}

// Behave says how questions about a name and all names below it are dealt with; the longest name that fits counts,
// "." is all. The zero Fault ends it.
func (s *Server) Behave(name string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.none() {
		delete(s.faults, key(name))
		return
	}
	s.faults[key(name)] = f
}

// Questions tells how many questions came, over UDP and TCP together.
func (s *Server) Questions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// TCPQuestions tells how many of them came over TCP.
func (s *Server) TCPQuestions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tcp
}

// Asked tells how many questions of any type came about a name.
func (s *Server) Asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[key(name)]
}

// key is a name as the maps have it.
func key(name string) string { return strings.ToLower(dns.Fqdn(name)) }

// handler answers on one of the two transports.
type handler struct {
	*Server
	stream bool
}

// ServeDNS implements dns.Handler.
func (h handler) ServeDNS(w dns.ResponseWriter, req *dns.Msg) {
	if len(req.Question) != 1 {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(req, dns.RcodeFormatError))
		return
	}
	q := req.Question[0]
	fault, reply := h.take(q, req)
	h.play(w, req, reply, fault)
}

// take counts a question and finds its fault and its answer.
func (h handler) take(q dns.Question, req *dns.Msg) (Fault, *dns.Msg) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total++
	h.asked[key(q.Name)]++
	if h.stream {
		h.tcp++
	}
	reply := new(dns.Msg).SetReply(req)
	reply.RecursionAvailable = true
	fault := h.faultFor(key(q.Name))
	if reply.Rcode = h.zone.answer(q, reply); fault.Answer != nil {
		fault.Answer(q, reply)
	}
	return fault, reply
}

// faultFor finds the fault of the longest zone that a name is in.
func (s *Server) faultFor(name string) Fault {
	for at, end := 0, false; !end; at, end = dns.NextLabel(name, at) {
		if f, ok := s.faults[name[at:]]; ok {
			return f
		}
	}
	return s.faults["."]
}
