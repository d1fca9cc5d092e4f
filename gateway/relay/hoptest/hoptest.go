// Package hoptest is a next hop that misbehaves on demand: an SMTP or LMTP server on a loopback port, for tests.
//
// By default it takes every mail and says so. A test scripts what it does at any point of the conversation:
//
//	hop := hoptest.Start(t, hoptest.Options{Caps: []string{"PIPELINING", "SIZE 1000"}})
//	hop.On("RCPT bob@example.com", hoptest.Reply("550 5.1.1 no such user"))
//	hop.On("DOT", hoptest.Reset(), hoptest.OK())        // the first connection is reset, later ones do well
//	hop.On("DOT", hoptest.Reply("250 ok").After(time.Second))
//
// The points are CONNECT (the greeting), HELO, EHLO, LHLO, STARTTLS, XCLIENT, XFORWARD, MAIL, RCPT, DATA, CONTENT (while
// the content arrives, before the dot), DOT, RSET, NOOP, QUIT. MAIL, RCPT and (LMTP) DOT can be narrowed by an address.
// What came in is kept byte for byte: see Messages, Commands and Bytes.
package hoptest

import (
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say what kind of server it is.
type Options struct {
	LMTP bool
	// Caps are the lines of the EHLO reply after the first: "PIPELINING", "SIZE 1000". nil means DefaultCaps; an empty
	// list offers nothing. STARTTLS must be listed to be offered; it works whether listed or not.
	Caps []string
	// Inject is written in one piece with the reply to STARTTLS, before TLS begins (CASES A07).
	Inject string
	// BadTLS answers the client's TLS handshake with garbage.
	BadTLS bool
	// Idle closes a connection that sends nothing for so long; 0 means a minute.
	Idle time.Duration
	// Unix listens on this socket path; "" means a free port of 127.0.0.1.
	Unix string
	// Discard keeps counts only, not the content, the commands or the bytes: for benchmarks.
	Discard bool
}

// DefaultCaps is what the server offers if Options.Caps is nil.
var DefaultCaps = []string{"PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"}

// Message is one mail whose final dot came in.
type Message struct {
	Helo     string
	MailArgs string   // what followed "MAIL FROM:", with parameters: "<a@example.com> SIZE=12"
	From     string   // without <>
	Rcpts    []string // accepted ones, without <>
	RcptArgs []string // what followed "RCPT TO:" of those
	Forward  []string // the XCLIENT and XFORWARD lines in force
	TLS      bool
	Content  []byte   // as it was before dot-stuffing, CRLF line ends kept as they came
	Accepted []string // recipients for whom a 2xx was sent after the dot
}

// Server is the next hop. Its methods may be called from any goroutine.
type Server struct {
	t    testing.TB
	addr string

	mu       sync.Mutex
	opts     Options
	cert     *Certificate
	listener net.Listener
	conns    map[*session]struct{}
	script   map[string][]Action
	messages []Message
	commands []string
	bytes    []byte
	accepted int // connections
	count    int // messages
	done     sync.WaitGroup
}

// Start runs a server until the test ends.
func Start(t testing.TB, opts Options) *Server {
	t.Helper()
	s := &Server{t: t, opts: opts, conns: map[*session]struct{}{}, script: map[string][]Action{}}
	s.listen("127.0.0.1:0")
	t.Cleanup(s.Stop)
	return s
}

func (s *Server) listen(addr string) {
	s.t.Helper()
	network := "tcp"
	if s.opts.Unix != "" {
		network, addr = "unix", s.opts.Unix
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		s.t.Fatalf("hoptest: %v", err)
	}
	s.mu.Lock()
	s.listener, s.addr = l, l.Addr().String()
	s.mu.Unlock()
	s.done.Add(1)
	go s.serve(l)
}

func (s *Server) serve(l net.Listener) {
	defer s.done.Done()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.begin(c)
	}
}

func (s *Server) begin(c net.Conn) {
	ses := newSession(s, c)
	s.mu.Lock()
	s.accepted++
	s.conns[ses] = struct{}{}
	s.mu.Unlock()
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		ses.run()
		s.mu.Lock()
		delete(s.conns, ses)
		s.mu.Unlock()
	}()
}

// Addr is where the server listens: "127.0.0.1:2525", or "unix:/path".
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts.Unix != "" {
		return "unix:" + s.opts.Unix
	}
	return s.addr
}

// Stop closes the port and all connections; further connections are refused. Stopping twice is fine.
func (s *Server) Stop() {
	s.mu.Lock()
	if s.listener != nil {
		s.listener.Close()
	}
	s.mu.Unlock()
	s.Drop()
	s.done.Wait()
}

// Drop closes all connections as a restarting server does; new ones are taken.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.stop()
	}
}

// Restart listens again on the same port after Stop, offering caps (nil: those of before).
func (s *Server) Restart(caps []string) {
	s.t.Helper()
	s.Stop()
	if caps != nil {
		s.Offer(caps...)
	}
	s.listen(s.addr)
}

// Offer changes the capabilities told to further EHLOs.
func (s *Server) Offer(caps ...string) { s.Set(func(o *Options) { o.Caps = caps }) }

// Set changes the options for further commands.
func (s *Server) Set(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.opts)
}

func (s *Server) options() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts
}

// Messages are those whose dot came in, in order, whether accepted or not.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.messages...)
}

// Delivered counts recipients told 2xx after the dot.
func (s *Server) Delivered() int {
	n := 0
	for _, m := range s.Messages() {
		n += len(m.Accepted)
	}
	return n
}

// Count is the number of messages whose dot came in; it also works with Options.Discard.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Commands are all command lines of all connections, without CRLF, in the order they came.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.commands...)
}

// Said counts the commands that begin with prefix, in any case.
func (s *Server) Said(prefix string) int {
	n := 0
	for _, c := range s.Commands() {
		if len(c) >= len(prefix) && strings.EqualFold(c[:len(prefix)], prefix) {
			n++
		}
	}
	return n
}

// Bytes are all bytes received on all connections, as they came (within TLS: decrypted).
func (s *Server) Bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.bytes...)
}

// Connections counts those accepted since the start.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// Open counts connections that are open now.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Forget drops the messages, commands and bytes kept so far; the script stays.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages, s.commands, s.bytes = nil, nil, nil
}

func (s *Server) tlsConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{s.Certificate().Pair}}
}

// Certificate gives the server's own, made when first asked for.
func (s *Server) Certificate() *Certificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cert == nil {
		s.cert = NewCertificate(s.t, "127.0.0.1", "localhost", "hop.example.com")
	}
	return s.cert
}
