package smtp

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/gateway/relay"
	"weir/message"
)

// basket is a next hop in memory that takes everything.
type basket struct {
	mu    sync.Mutex
	mails []string
	lines []string // addresses as they would stand on command lines
}

func (b *basket) Name() string { return "basket" }
func (b *basket) Ready() bool  { return true }
func (b *basket) Close() error { return nil }

func (b *basket) Caps(context.Context) (relay.Caps, error) {
	return relay.Caps{Sized: true, Size: 1 << 20, EightBit: true, SMTPUTF8: true, DSN: true}, nil
}

func (b *basket) Begin(_ context.Context, env *message.Envelope, p relay.MailParams) (relay.Delivery, relay.Reply) {
	b.note(env.From, p.EnvID, p.Ret, p.Body)
	return &basketMail{b}, fine
}

func (b *basket) note(words ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, words...)
}

func (b *basket) take() (mails, lines []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	mails, lines, b.mails, b.lines = b.mails, b.lines, nil, nil
	return mails, lines
}

// Lookup and Hops make it a Router too.
func (b *basket) Lookup(domain string) (*relay.Route, bool) {
	return &relay.Route{Hop: b}, domain == "example.com" || domain == ""
}

func (b *basket) Hops() []relay.Hop { return []relay.Hop{b} }

type basketMail struct{ b *basket }

func (m *basketMail) Rcpt(_ context.Context, to string, p relay.RcptParams) relay.Reply {
	m.b.note(to, p.Notify, p.ORcpt)
	return fine
}

func (m *basketMail) Send(_ context.Context, to []string, chunks [][]byte, before func() error) []relay.Reply {
	replies := make([]relay.Reply, len(to))
	for i := range replies {
		replies[i] = relay.Reply{Code: 250, Enhanced: "2.0.0", Text: "Ok"}
		if before() != nil {
			replies[i] = local(451, "4.0.0", "gone")
		}
	}
	m.b.mu.Lock()
	defer m.b.mu.Unlock()
	m.b.mails = append(m.b.mails, string(bytes.Join(chunks, nil)))
	return replies
}

func (m *basketMail) Abort() {}

// fuzzServer is a server with small limits that listens nowhere.
func fuzzServer(f *testing.F) (*Server, *basket) {
	f.Helper()
	cfg := DefaultConfig()
	cfg.XClient, cfg.XForward = everybody, everybody
	cfg.Unlimited, cfg.MaxSize, cfg.SpoolMemory = everybody, 64<<10, 4<<10
	cfg.MaxCommand, cfg.MaxErrors, cfg.MaxJunk = 512, 1000, 1000
	cfg.SpoolDir, cfg.Received = f.TempDir(), false
	b := &basket{}
	s, err := newServer(cfg, &court{}, Options{Router: b})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	return s, b
}

// step is what a client says once it has heard something.
type step struct{ heard, say string }

// talk has a session served to a client that goes through steps and leaves, and returns all answers.
func talk(t *testing.T, s *Server, steps ...step) string {
	t.Helper()
	ours, theirs := net.Pipe()
	_ = ours.SetDeadline(time.Now().Add(20 * time.Second))
	ses := newSession(s, s.live.Load(), theirs)
	done := make(chan struct{})
	go func() { defer close(done); ses.serve() }()
	answers := make(chan string)
	go func() { answers <- act(ours, steps) }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("the session hangs")
	}
	ours.Close()
	return <-answers
}

// act reads answers and writes the steps, whose last write ends with the connection's end.
func act(c net.Conn, steps []step) string {
	var all strings.Builder
	buf := make([]byte, 4096)
	seen := 0
	for {
		n, err := c.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			return all.String()
		}
		if len(steps) > 0 && strings.Contains(all.String()[seen:], steps[0].heard) {
			say, last := steps[0].say, len(steps) == 1
			seen, steps = all.Len(), steps[1:]
			go func() {
				_, _ = io.WriteString(c, say)
				if last {
					c.Close()
				}
			}()
		}
	}
}

// passedOn checks what reached the next hop.
func passedOn(t *testing.T, b *basket) (mails []string) {
	t.Helper()
	mails, lines := b.take()
	for _, m := range mails {
		if strings.ContainsAny(strings.ReplaceAll(m, "\r\n", ""), "\r\n") {
			t.Errorf("a bare CR or LF goes on: %q", m)
		}
		if m != "" && !strings.HasSuffix(m, "\r\n") {
			t.Errorf("the last line has no end: %q", m)
		}
	}
	for _, l := range lines {
		if strings.ContainsAny(l, "\r\n\x00") {
			t.Errorf("a command line would have %q", l)
		}
	}
	return mails
}

// FuzzSession sends anything as a whole session, and anything as message data.
func FuzzSession(f *testing.F) {
	s, b := fuzzServer(f)
	for _, row := range smuggling {
		f.Add([]byte("Subject: x\r\n\r\nbody" + row.end + smuggled))
	}
	f.Add([]byte("EHLO a\r\nMAIL FROM:<a@b.example> SIZE=1 BODY=8BITMIME\r\nRCPT TO:<b@example.com> NOTIFY=NEVER\r\nBDAT 3\r\nabcBDAT 2 LAST\r\n\r\nQUIT\r\n"))
	f.Add([]byte("EHLO a\r\nXFORWARD ADDR=1.2.3.4\r\nXCLIENT ADDR=IPV6:::1 NAME=x+41\r\nHELO b\r\nVRFY x\r\nRSET\r\n"))
	f.Add([]byte("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nDATA\r\n"))
	f.Add(bytes.Repeat([]byte("x"), 2000))
	f.Fuzz(func(t *testing.T, in []byte) {
		talk(t, s, step{"220 ", string(in)})
		passedOn(t, b)

		// As message data without a clean end, whatever is in it is one message: the one that the real end ends.
		data := withoutEnd(in)
		answers := talk(t, s, step{"220 ", "EHLO a\r\n"}, step{"250 ENHANCED", "MAIL FROM:<a@b.example>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"},
			step{"354 ", data + "\r\n.\r\nQUIT\r\n"})
		mails := passedOn(t, b)
		if len(mails) > 1 {
			t.Errorf("%d messages out of one: %q", len(mails), data)
		}
		if len(mails) == 0 && len(data) < 60<<10 {
			t.Errorf("the message was lost: %q, answers %q", data, answers)
		}
	})
}

// withoutEnd takes out what really ends a message, and makes sure that what the test appends does end it.
func withoutEnd(in []byte) string {
	s := "x" + string(in)
	for strings.Contains(s, "\r\n.\r\n") {
		s = strings.ReplaceAll(s, "\r\n.\r\n", "\r\n")
	}
	return strings.TrimRight(s, "\r\n.") + "x"
}

// FuzzContent compares the reader with a slow one that follows the rules as they are written, at any piece size.
func FuzzContent(f *testing.F) {
	for _, row := range smuggling {
		f.Add("body"+row.end+"more\r\n", 3)
	}
	f.Add("..a\r\n.b\r\r\n\r.\r\n\n.\n.", 1)
	f.Fuzz(func(t *testing.T, in string, step int) {
		if len(in) > 10_000 {
			return
		}
		in += "x\r\n.\r\n"
		step = max(1, step%len(in))
		got, done, err := scanAll(t, in, step, false)
		want := slowly(in)
		if got != want || !done || err != nil {
			t.Errorf("%q in pieces of %d:\n got %q (%v, %v)\nwant %q", in, step, got, done, err, want)
		}
		_, _, err = scanAll(t, in, step, true)
		if rest := strings.ReplaceAll(cutEnd(in), "\r\n", ""); (err == errBare) != strings.ContainsAny(rest, "\r\n") {
			t.Errorf("mode reject: %v for %q", err, in)
		}
	})
}

// cutEnd is the message up to and without its clean end.
func cutEnd(in string) string {
	_, n := lineByLine(in)
	return in[:n]
}

func slowly(in string) string {
	out, _ := lineByLine(in)
	return out
}

// lineByLine reads lines one after the other; n is where the line with the dot begins.
func lineByLine(in string) (out string, n int) {
	clean := true
	var b strings.Builder
	for n < len(in) {
		lf := strings.IndexByte(in[n:], '\n')
		if lf < 0 {
			lf = len(in) - n - 1
		}
		line := in[n : n+lf+1]
		if clean && line == ".\r\n" {
			return b.String(), n
		}
		n += len(line)
		body, ended := strings.CutSuffix(line, "\n")
		text := strings.TrimRight(body, "\r")
		crs := len(body) - len(text)
		if clean && strings.HasPrefix(text, ".") && !(text == "." && (crs == 0 && ended)) {
			text = text[1:]
		}
		for strings.Contains(text, "\r\r") {
			text = strings.ReplaceAll(text, "\r\r", "\r")
		}
		b.WriteString(strings.ReplaceAll(text, "\r", " "))
		if ended {
			b.WriteString("\r\n")
		}
		clean = ended && crs == 1
	}
	return b.String(), n
}

func FuzzProxy(f *testing.F) {
	f.Add([]byte("PROXY TCP4 192.0.2.1 192.0.2.2 1025 25\r\n"))
	f.Add([]byte("PROXY UNKNOWN\r\n"))
	f.Add([]byte(v2(1, 0x11, v4Body)))
	f.Add([]byte(v2(1, 0x21, v6Body+"\x04\x00\x02ab")))
	f.Add([]byte(v2(0, 0, "")))
	f.Fuzz(func(t *testing.T, in []byte) {
		src, own, n, err := parseProxy(in)
		switch {
		case err == errMore && len(in) >= maxProxyV2:
			t.Error("it asks for more than there can be")
		case err != nil:
		case n > len(in) || n < 8:
			t.Errorf("a header of %d bytes in %d", n, len(in))
		case own == src.IsValid():
			t.Errorf("own %v, address %v", own, src)
		}
	})
}

func FuzzXCLIENT(f *testing.F) {
	f.Add("NAME=a.example ADDR=192.0.2.1 PORT=25 PROTO=ESMTP HELO=b LOGIN=c+40d")
	f.Add("ADDR=IPV6:2001:db8::1 NAME=[UNAVAILABLE] HELO=a+0D")
	f.Fuzz(func(t *testing.T, in string) {
		var a attributes
		if !a.parse(in, xclientOffer) {
			if a != (attributes{}) {
				t.Errorf("refused, but kept %+v", a)
			}
			return
		}
		for _, v := range []string{a.name, a.helo, a.login, a.proto, a.ident} {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f }) || len(v) > 255 {
				t.Errorf("kept %q", v)
			}
		}
		if a.addr.Zone() != "" {
			t.Errorf("kept %v", a.addr)
		}
	})
}

func FuzzPath(f *testing.F) {
	f.Add(`<"a>b"@c.example> SIZE=1`)
	f.Add("<@x:a@[IPv6:::1]>")
	f.Add("<a@\u0098>") // a C1 control in the domain
	f.Fuzz(func(t *testing.T, in string) {
		p, rest, ok := cutPath(in)
		if !ok || p.addr == "" {
			return
		}
		if !printable(p.addr) || strings.HasPrefix(rest, " ") {
			t.Errorf("address %q, rest %q", p.addr, rest)
		}
		if again, more, ok := cutPath("<" + p.addr + ">"); !ok || again != p || more != "" {
			t.Errorf("%q is read as %+v when it is sent on", p.addr, again)
		}
	})
}
