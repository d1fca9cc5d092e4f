package realtest

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"strings"
	"sync"
)

// Mail is what a Sink received in one transaction. Data is valid only until the callback returns.
type Mail struct {
	From  string   // reverse-path as sent, without <>
	Rcpts []string // forward-paths as sent, without <>
	Data  []byte   // the exact content without dot-stuffing
}

// Sink is a small, quick SMTP server that accepts everything and shows each mail to a function before it answers 250.
// It is the measuring point of benchmarks and ledgers: it keeps nothing itself and waits for nothing.
type Sink struct {
	Addr     string
	listener net.Listener
	onMail   func(Mail)
	mu       sync.Mutex
	open     map[net.Conn]bool
	done     sync.WaitGroup
}

// NewSink listens on a free loopback port. onMail is called from many goroutines.
func NewSink(onMail func(Mail)) (*Sink, error) { return NewSinkAt("127.0.0.1:0", onMail) }

// NewSinkAt is NewSink on a port of the caller's choice.
func NewSinkAt(addr string, onMail func(Mail)) (*Sink, error) {
	l, err := net.Listen("tcp4", addr)
	if err != nil {
		return nil, err
	}
	s := &Sink{Addr: l.Addr().String(), listener: l, onMail: onMail, open: map[net.Conn]bool{}}
	s.done.Go(s.accept)
	return s, nil
}

// Close ends it with all its connections, and waits for them.
func (s *Sink) Close() error {
	err := s.listener.Close()
	s.mu.Lock()
	for c := range s.open {
		err = errors.Join(err, c.Close())
	}
	s.open = nil
	s.mu.Unlock()
	s.done.Wait()
	return err
}

func (s *Sink) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.open == nil { // closed meanwhile
			_ = c.Close()
		} else {
			s.open[c] = true
			s.done.Go(func() { s.serve(c) })
		}
		s.mu.Unlock()
	}
}

func (s *Sink) serve(c net.Conn) {
	t := &sinkTalk{c: c, r: bufio.NewReaderSize(c, 64<<10), onMail: s.onMail}
	for err := t.say("220 sink.weir.test ESMTP\r\n"); err == nil; {
		err = t.step()
	}
	s.mu.Lock()
	if s.open != nil {
		delete(s.open, c)
		_ = c.Close()
	}
	s.mu.Unlock()
}

// sinkTalk is one connection of a Sink.
type sinkTalk struct {
	c      net.Conn
	r      *bufio.Reader
	onMail func(Mail)
	mail   Mail
	buf    []byte
	out    []byte
}

var errQuit = errors.New("quit")

// say answers; while further commands of a pipelining client are there already, the answers are gathered.
func (t *sinkTalk) say(line string) error {
	t.out = append(t.out, line...)
	if t.r.Buffered() > 0 {
		return nil
	}
	_, err := t.c.Write(t.out)
	t.out = t.out[:0]
	return err
}

func (t *sinkTalk) step() error {
	raw, err := t.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	verb, arg, _ := strings.Cut(strings.TrimRight(string(raw), "\r\n"), " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		return t.say("250-sink.weir.test\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 DSN\r\n")
	case "MAIL":
		t.mail = Mail{From: path(arg)}
		return t.say("250 2.1.0 ok\r\n")
	case "RCPT":
		t.mail.Rcpts = append(t.mail.Rcpts, path(arg))
		return t.say("250 2.1.5 ok\r\n")
	case "DATA":
		return t.data()
	case "RSET":
		t.mail = Mail{}
	case "QUIT":
		return errors.Join(t.say("221 2.0.0 bye\r\n"), errQuit)
	}
	return t.say("250 2.0.0 ok\r\n")
}

func (t *sinkTalk) data() error {
	if len(t.mail.Rcpts) == 0 {
		return t.say("503 5.5.1 no recipient\r\n")
	}
	if err := t.say("354 go on\r\n"); err != nil {
		return err
	}
	if err := t.content(); err != nil {
		return err
	}
	t.mail.Data = t.buf
	t.onMail(t.mail)
	t.mail = Mail{}
	return t.say("250 2.0.0 kept\r\n")
}

// content reads up to the dot. Only CRLF ends a line: what a sender of bare line ends meant is not the sink's to guess.
func (t *sinkTalk) content() error {
	t.buf = t.buf[:0]
	for atStart := true; ; {
		line, err := t.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if atStart && line[0] == '.' {
			if bytes.Equal(line, []byte(".\r\n")) {
				return nil
			}
			line = line[1:]
		}
		t.buf = append(t.buf, line...)
		atStart = bytes.HasSuffix(t.buf, []byte("\r\n"))
	}
}

// path takes the address out of "FROM:<a@b> SIZE=1".
func path(arg string) string {
	_, rest, _ := strings.Cut(arg, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
