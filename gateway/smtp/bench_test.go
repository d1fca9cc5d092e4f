package smtp

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/gateway"
	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
	"weir/gateway/spool"
	"weir/scoring"
)

// realGateway judges without filters.
func realGateway(t testing.TB) *gateway.Gateway {
	t.Helper()
	def := &scoring.Policy{Name: "default"}
	policies, err := gateway.NewPolicies(def, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := gateway.NewSnapshot(gateway.Settings{Hostname: "weir.example.net", Headers: gateway.DefaultHeaders, Remove: gateway.DefaultRemove},
		nil, &scoring.Table{}, policies)
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(snap, nil)
	t.Cleanup(g.Close)
	return g
}

// startReal runs a server with the real gateway in front of a sink.
func startReal(t testing.TB, hop *hoptest.Server, change func(*Config)) (*Server, string) {
	t.Helper()
	cfg := DefaultConfig()
	cfg.SpoolDir = t.TempDir()
	if change != nil {
		change(&cfg)
	}
	hops := []relay.HopConfig{{Address: []string{hop.Addr()}, Domains: []string{"example.com"}}}
	s, err := New(cfg, realGateway(t), Options{Router: router(t, hop, hops)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-done })
	return s, l.Addr().String()
}

func TestRealGateway(t *testing.T) {
	hop := hoptest.Start(t, hoptest.Options{})
	_, addr := startReal(t, hop, nil)
	d := &door{t: t, addr: addr}
	c := d.hello()
	forged := "X-Spam-Flag: NO\r\nX-Weir-ID: forged\r\n" + hello
	reply := c.mail(forged, "bob@example.com")
	m := hop.Messages()
	if len(m) != 1 {
		t.Fatalf("told %q, %d messages", reply, len(m))
	}
	text := withoutTrace(t, m[0].Content)
	id, _, _ := strings.Cut(reply[strings.IndexByte(reply, '[')+1:], "]")
	if !strings.HasPrefix(reply, "250 ") || !strings.Contains(text, "X-Weir-ID: "+id+"\r\n") || strings.Contains(text, "forged") || !strings.HasSuffix(text, hello) {
		t.Errorf("told %q, delivered %q", reply, text)
	}
	if !strings.Contains(string(m[0].Content), "with ESMTP id "+id) {
		t.Errorf("the trace field has another id: %q", m[0].Content)
	}
}

// speaker is a fast client for measuring.
type speaker struct {
	c net.Conn
	r *bufio.Reader
}

func speak(t testing.TB, addr string) *speaker {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s := &speaker{c, bufio.NewReader(c)}
	s.expect(t, "220")
	s.say(t, "EHLO client.example.org\r\n", "250")
	return s
}

func (s *speaker) say(t testing.TB, line, want string) {
	if _, err := s.c.Write([]byte(line)); err != nil {
		t.Fatal(err)
	}
	s.expect(t, want)
}

func (s *speaker) expect(t testing.TB, want string) {
	for {
		line, err := s.r.ReadSlice('\n')
		if err != nil || string(line[:3]) != want {
			t.Fatalf("%q, %v; want %s", line, err, want)
		}
		if line[3] == ' ' {
			return
		}
	}
}

// mail sends one message without pipelining, as Postfix's proxy client does.
func (s *speaker) mail(t testing.TB, text string) {
	s.say(t, "MAIL FROM:<a@example.org>\r\n", "250")
	s.say(t, "RCPT TO:<bob@example.com>\r\n", "250")
	s.say(t, "DATA\r\n", "354")
	s.say(t, text, "250")
}

var benchSizes = []int{4 << 10, 50 << 10, 2 << 20}

func benchText(size int) string {
	return hello + strings.Repeat(strings.Repeat("x", 74)+"\r\n", size/76) + ".\r\n"
}

// BenchmarkMail sends mails over one session to a sink, directly and through the gateway without filters.
func BenchmarkMail(b *testing.B) {
	for _, size := range benchSizes {
		text := benchText(size)
		hop := hoptest.Start(b, hoptest.Options{Discard: true})
		_, addr := startReal(b, hop, nil)
		for _, row := range []struct{ name, addr string }{{"direct", hop.Addr()}, {"through", addr}} {
			b.Run(fmt.Sprintf("%dkB/%s", size>>10, row.name), func(b *testing.B) {
				s := speak(b, row.addr)
				s.mail(b, text)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				var took []time.Duration
				for b.Loop() {
					began := time.Now()
					s.mail(b, text)
					took = append(took, time.Since(began))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			})
		}
	}
}

// BenchmarkContent is the reader of message data alone.
func BenchmarkContent(b *testing.B) {
	text := []byte(benchText(50 << 10))
	p := spool.NewPool(b.TempDir(), 1<<20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		c := content{buf: p.Get(0), dots: true, start: afterOK}
		if n, done := c.scan(text); !done || n != len(text) {
			b.Fatal(n, done)
		}
		_ = c.buf.Close()
	}
}

const idleSessions = 2000

// TestIdleMemory opens 2,000 sessions that have said EHLO and wait. The figure is that of the whole process, with
// the other ends of the connections in it.
func TestIdleMemory(t *testing.T) {
	hop := hoptest.Start(t, hoptest.Options{})
	s, addr := startReal(t, hop, func(c *Config) { c.MaxConnections = idleSessions })
	before := memory()
	for range idleSessions {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Skipf("SHORT OF FILES: %v", err)
		}
		t.Cleanup(func() { c.Close() })
		buf := make([]byte, 512)
		for _, line := range []string{"", "EHLO client.example.org\r\n"} {
			_, _ = c.Write([]byte(line))
			if n, err := c.Read(buf); err != nil || buf[0] != '2' {
				t.Fatalf("%q, %v", buf[:n], err)
			}
		}
	}
	if s.Sessions() != idleSessions {
		t.Fatalf("%d sessions", s.Sessions())
	}
	grown := memory() - before
	t.Logf("2,000 idle sessions: %.1f MB of heap and stacks (%.1f kB each), process %.1f MB resident, %d goroutines",
		float64(grown)/(1<<20), float64(grown)/idleSessions/1024, resident(), runtime.NumGoroutine())
	if grown > 150<<20 {
		t.Errorf("%d bytes, at most 150 MB", grown)
	}
}

// resident is the process's memory in MB; 0 where it can't be told.
func resident() float64 {
	stat, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(stat))[1])
	if err != nil {
		return 0
	}
	return float64(pages*os.Getpagesize()) / (1 << 20)
}
