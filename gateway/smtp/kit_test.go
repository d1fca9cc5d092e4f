package smtp

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters/setting"
	"weir/gateway"
	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
	"weir/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// door is a running server with what stands around it.
type door struct {
	*Server
	t       testing.TB
	addr    string
	court   *court
	hop     *hoptest.Server
	watched *watched
}

// setup changes how a door is built.
type setup func(*plan)

type plan struct {
	cfg   Config
	opts  Options
	court *court
	hop   hoptest.Options
	hops  []relay.HopConfig // instead of the one hop
}

// with changes the config.
func with(change func(*Config)) setup { return func(p *plan) { change(&p.cfg) } }

// offering sets what the next hop offers.
func offering(caps ...string) setup {
	return func(p *plan) { p.hop.Caps = append([]string{}, caps...) }
}

// deciding sets the judgement.
func deciding(f func(env *message.Envelope) []gateway.Group) setup {
	return func(p *plan) { p.court.decide = f }
}

func ms(n int) setting.Duration { return setting.Duration(time.Duration(n) * time.Millisecond) }

// start runs a server in front of a fake next hop for example.com.
func start(t testing.TB, changes ...setup) *door {
	t.Helper()
	p := &plan{cfg: DefaultConfig(), court: &court{}}
	p.cfg.SpoolDir = t.TempDir()
	for _, change := range changes {
		change(p)
	}
	d := &door{t: t, court: p.court, hop: hoptest.Start(t, p.hop), watched: &watched{}}
	p.opts.Router = router(t, d.hop, p.hops)
	p.opts.Watcher = d.watched
	srv, err := newServer(p.cfg, p.court, p.opts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.Server, d.addr = srv, l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; err != ErrServerClosed {
			t.Errorf("Serve: %v", err)
		}
		if p.court.open != 0 {
			t.Errorf("%d gateway sessions were not closed", p.court.open)
		}
	})
	return d
}

func router(t testing.TB, hop *hoptest.Server, hops []relay.HopConfig) *relay.Router {
	t.Helper()
	if hops == nil {
		hops = []relay.HopConfig{{Address: []string{hop.Addr()}, Domains: []string{"example.com"}}}
	}
	r, err := relay.New(relay.Config{Hops: hops}, relay.Options{Hostname: "weir.example.net"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// watched counts what a Watcher is told.
type watched struct {
	mu       sync.Mutex
	refused  map[Refusal]int
	vanished []bool
	windows  int
}

func (w *watched) Refused(why Refusal, _ string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refused == nil {
		w.refused = map[Refusal]int{}
	}
	w.refused[why]++
}

func (w *watched) Window3(time.Duration) { w.mu.Lock(); w.windows++; w.mu.Unlock() }

func (w *watched) Vanished(before bool, _ string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.vanished = append(w.vanished, before)
}

func (w *watched) count(why Refusal) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused[why]
}

// client speaks SMTP as a test tells it to.
type client struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func (d *door) dial() *client {
	d.t.Helper()
	c, err := net.Dial("tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(30 * time.Second)) // against hangs
	d.t.Cleanup(func() { c.Close() })
	return &client{Conn: c, t: d.t, r: bufio.NewReader(c)}
}

// hello is a client that has said EHLO.
func (d *door) hello() *client {
	d.t.Helper()
	c := d.dial()
	c.want("220")
	c.cmd("EHLO client.example.org", "250")
	return c
}

// write sends bytes as they are.
func (c *client) write(s string) {
	c.t.Helper()
	if _, err := c.Write([]byte(s)); err != nil {
		c.t.Logf("write: %v", err)
	}
}

// reply reads one reply, lines joined by "\n"; "" at the end of the connection.
func (c *client) reply() string {
	c.t.Helper()
	var lines []string
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			if isTimeout(err) {
				c.t.Error("the server neither answered nor closed for 30 s")
			}
			return strings.Join(lines, "\n")
		}
		if !strings.HasSuffix(line, "\r\n") {
			c.t.Errorf("reply line without CRLF: %q", line)
		}
		lines = append(lines, strings.TrimRight(line, "\r\n"))
		if len(line) < 4 || line[3] != '-' {
			return strings.Join(lines, "\n")
		}
	}
}

// want reads a reply that begins with prefix.
func (c *client) want(prefix string) string {
	c.t.Helper()
	got := c.reply()
	if !strings.HasPrefix(got, prefix) || prefix == "" && got != "" {
		c.t.Fatalf("reply %q, want %s", got, prefix)
	}
	return got
}

// cmd sends a line and reads a reply that begins with prefix.
func (c *client) cmd(line, prefix string) string {
	c.t.Helper()
	c.write(line + "\r\n")
	got := c.reply()
	if !strings.HasPrefix(got, prefix) {
		c.t.Fatalf("%.80q got %q, want %s", line, got, prefix)
	}
	return got
}

// envelope opens a transaction for recipients.
func (c *client) envelope(rcpts ...string) {
	c.t.Helper()
	c.cmd("MAIL FROM:<sender@example.org>", "250")
	for _, r := range rcpts {
		c.cmd("RCPT TO:<"+r+">", "250")
	}
}

// mail sends one message and returns the final reply.
func (c *client) mail(content string, rcpts ...string) string {
	c.t.Helper()
	c.envelope(rcpts...)
	c.cmd("DATA", "354")
	c.write(content + ".\r\n")
	return c.reply()
}

// closed makes sure that the server ends the connection, without another reply.
func (c *client) closed() {
	c.t.Helper()
	if rest := c.reply(); rest != "" {
		c.t.Errorf("one more reply: %q", rest)
	}
}

const hello = "From: sender@example.org\r\nSubject: hello\r\n\r\nbody\r\n"

// withoutTrace takes our Received field off a message at the next hop.
func withoutTrace(t testing.TB, content []byte) string {
	t.Helper()
	s := string(content)
	if !strings.HasPrefix(s, "Received: from ") {
		t.Fatalf("no trace field: %.100q", s)
	}
	field := firstField([]byte(s))
	return s[len(field):]
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("did not happen: %s", what)
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\r\n", i)
	}
	return b.String()
}
