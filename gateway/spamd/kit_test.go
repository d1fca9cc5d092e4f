package spamd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
	"weir/gateway"
	"weir/gateway/spool"
	"weir/message"
	"weir/scoring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// subjects is a filter that reports the symbols that stand in the subject, and fails, waits or panics on demand. It learns, too.
type subjects struct {
	mu      sync.Mutex
	lessons map[string]filters.Class // by message id
	taught  []string                 // who taught which class for whom
	down    error
	hold    chan struct{} // mail with the subject HOLD waits for it
	held    chan struct{}
}

func (f *subjects) Check(ctx context.Context, m *message.Message, _ filters.Findings) (r filters.Result, err error) {
	for _, word := range strings.Fields(m.Subject()) {
		switch {
		case word == "BROKEN":
			return r, errors.New("the scanner does not answer")
		case word == "HOLD":
			close(f.held)
			<-f.hold
		case strings.HasPrefix(word, "T_"):
			r.Hits = append(r.Hits, scoring.Hit{Name: word, Detail: map[bool]string{true: "what was\r\nfound: \xe4\x00"}[word == "T_SPAM"]})
		}
	}
	return r, nil
}

type lesson struct {
	id    string
	rcpts []string
	class filters.Class
}

func (f *subjects) Study(m *message.Message, c filters.Class) filters.Lesson {
	return lesson{strings.Clone(m.MessageID()), m.Rcpts, c} // the strings of a message are its bytes
}

func (f *subjects) Teach(_ context.Context, who string, list []filters.Lesson) (t filters.Taught, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return t, f.down
	}
	l := list[0].(lesson)
	if f.lessons[l.id] == l.class {
		return filters.Taught{Known: 1}, nil
	}
	f.lessons[l.id] = l.class
	f.taught = append(f.taught, fmt.Sprintf("%s: %s for %s", who, l.class, l.rcpts))
	return filters.Taught{Learned: 1}, nil
}
func (f *subjects) Journal(context.Context) ([]filters.Past, bool, error)     { return nil, false, nil }
func (f *subjects) Undo(context.Context, string, []filters.Past) (int, error) { return 0, nil }
func (f *subjects) For(string) (filters.School, error)                        { return f, nil }
func (f *subjects) Freeze(context.Context, string, bool) error                { return nil }
func (f *subjects) Frozen(context.Context) (who string, frozen bool, err error) {
	return "", false, nil
}

var table = map[string]scoring.Symbol{
	"T_SPAM":    {Score: 20.26, Text: "Something that is advertised in a sentence long enough to be folded at its column"},
	"T_MAYBE":   {Score: 6},
	"T_NEAR":    {Score: 4.96},
	"T_GOOD":    {Score: -1.5, Text: "Good"},
	"T_VIRUS":   {Decides: scoring.Reject},
	"T_KEEP":    {Score: 0.5, Decides: scoring.Quarantine},
	"T_TRUSTED": {Score: 7},
	"T_GREY":    {Score: 4, Grey: true},
	"T_CLIENT":  {Score: 3},
}

// watcher collects reports.
type watcher struct {
	mu      sync.Mutex
	reports []*gateway.Report
}

func (w *watcher) Report(r *gateway.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, r)
}
func (w *watcher) Filter(string, time.Duration, error) {}

func (w *watcher) last(t testing.TB) *gateway.Report {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.reports) == 0 {
		t.Fatal("nothing was judged")
	}
	return w.reports[len(w.reports)-1]
}

// visited is a door under test.
type visited struct {
	testing.TB
	*watcher
	server *Server
	config Config
	limit  int64
	memory int // of the spool
	filter *subjects
	addr   net.Addr
	log    lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// open starts a door with a changed config.
func open(t testing.TB, change func(*visited, *gateway.Settings, *scoring.Policy)) *visited {
	d := &visited{TB: t, watcher: &watcher{}, config: DefaultConfig(), limit: 100_000, memory: 8 << 10,
		filter: &subjects{lessons: map[string]filters.Class{}, hold: make(chan struct{}), held: make(chan struct{})}}
	settings := gateway.Settings{Hostname: "mx.weir.test", Remove: gateway.DefaultRemove, Headers: gateway.HeaderNames{Flag: "X-Spam-Flag", Status: "X-Spam-Status", Score: "X-Spam-Score"}}
	policy := &scoring.Policy{Name: "default", Thresholds: scoring.Thresholds{Greylist: 3.5, Tag: 5, Reject: 15}}
	if change != nil {
		change(d, &settings, policy)
	}
	g := gateway.New(snapshot(t, d.filter, settings, policy), d.watcher)
	log := slog.New(slog.NewTextHandler(&d.log, nil))
	d.server = New(g, Options{Config: func() *Config { return &d.config }, MaxSize: func() int64 { return d.limit },
		Spool: spool.NewPool(t.TempDir(), d.memory), Log: func() *slog.Logger { return log }})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.addr = l.Addr()
	d.serve(l)
	t.Cleanup(func() {
		if err := d.server.Close(); err != nil {
			t.Error(err)
		}
		g.Close()
	})
	return d
}

func (d *visited) serve(l net.Listener) {
	ended := make(chan error, 1)
	go func() { ended <- d.server.Serve(l) }()
	d.Cleanup(func() {
		_ = d.server.Close()
		if err := <-ended; err != nil {
			d.Error(err)
		}
	})
}

func snapshot(t testing.TB, f *subjects, settings gateway.Settings, policy *scoring.Policy) *gateway.Snapshot {
	t.Helper()
	var scores scoring.Table
	for name, s := range table {
		s.Name = name
		scores.Declare(s, "filters/t", 0)
	}
	if err := scores.Force("T_TRUSTED", scoring.Accept, "local.cf", 1); err != nil {
		t.Fatal(err)
	}
	strict := &scoring.Policy{Name: "strict", Thresholds: scoring.Thresholds{Tag: 1, Reject: 2}}
	policies, err := gateway.NewPolicies(policy, nil, []gateway.PolicyRule{{Policy: strict, Recipients: []string{"joe@example.com"}}})
	if err != nil {
		t.Fatal(err)
	}
	early := func(_ context.Context, m *message.Message, _ filters.Findings) (r filters.Result, err error) {
		if m.Helo == "bad.example" {
			r.Hits = []scoring.Hit{{Name: "T_CLIENT"}}
		}
		return r, nil
	}
	s, err := gateway.NewSnapshot(settings, []gateway.Running{
		{Spec: &filters.Spec{Name: "early", Stage: filters.Helo}, Filter: function(early)},
		{Spec: &filters.Spec{Name: "t", Stage: filters.Data, Network: true}, Filter: f, OnFailure: filters.DeferMail, Timeout: time.Minute},
	}, &scores, policies)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type function func(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error)

func (f function) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	return f(ctx, m, found)
}

// say sends bytes, ends its half of the connection and gives the answer.
func (d *visited) say(request string) string {
	d.Helper()
	return d.talk(d.dial(), request, true)
}

func (d *visited) dial() net.Conn {
	d.Helper()
	c, err := net.Dial(d.addr.Network(), d.addr.String())
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

func (d *visited) talk(c net.Conn, request string, half bool) string {
	d.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		d.Logf("while sending: %v", err) // the door may have answered before
	}
	if half {
		_ = c.(interface{ CloseWrite() error }).CloseWrite()
	}
	text, err := io.ReadAll(c)
	if err != nil {
		d.Errorf("while reading: %v", err)
	}
	return string(text)
}

// ask sends a request with its right length.
func (d *visited) ask(line, mail string, headers ...string) string {
	d.Helper()
	return d.say(wireRequest(line, mail, headers...))
}

func wireRequest(line, mail string, headers ...string) string {
	head := fmt.Sprintf("%s\r\nContent-length: %d\r\n", line, len(mail))
	for _, h := range headers {
		head += h + "\r\n"
	}
	return head + "\r\n" + mail
}

// mail has LF line ends, as programs on Unix hand it over.
func mailOf(subject string) string {
	return "From: Ann <ann@example.org>\nMessage-ID: <" + strings.ReplaceAll(subject, " ", ".") + "@example.org>\nSubject: " + subject + "\n\nHello\n"
}

func socket(t testing.TB) string { return filepath.Join(t.TempDir(), "s") }
