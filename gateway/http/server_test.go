package http_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/all"
	"weir/filters/setting"
	"weir/gateway"
	"weir/gateway/config"
	door "weir/gateway/http"
	"weir/gateway/spool"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// switched is a store that can be down.
type switched struct {
	filters.Store
	down atomic.Bool
}

func (s *switched) Do(ctx context.Context, b *filters.Batch) error {
	if s.down.Load() {
		return filters.ErrStoreDown
	}
	return s.Store.Do(ctx, b)
}

// visited is a door that is open on loopback, with a gateway of all filters behind it.
type visited struct {
	testing.TB
	store  *switched
	school filters.School
	server *door.Server
	house  door.House
	config door.Config
	limit  int64
	url    string
	client *http.Client
}

func open(t testing.TB, where string, c door.Config, settings string) *visited {
	t.Helper()
	d := &visited{TB: t, store: &switched{Store: openState(t, where)}, config: c, limit: 1 << 20, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	cfg, err := config.Parse("weir.toml", []byte(settings), all.Filters)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := cfg.Snapshot(all.Filters, filters.Env{Offline: true, Store: d.store})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range snap.Filters {
		if s, ok := r.Filter.(filters.School); ok {
			d.school = s
		}
	}
	tally := door.NewTally("test")
	g := gateway.New(snap, watching{tally})
	metrics := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "numbers of "+r.URL.Path) })
	d.server = door.New(g, door.Options{Config: func() *door.Config { return &d.config }, Spool: spool.NewPool(t.TempDir(), 1<<20), Tally: tally, Metrics: metrics, MaxSize: func() int64 { return d.limit }, Log: func() *slog.Logger { return slog.New(slog.DiscardHandler) }})
	d.house = g
	d.listen(g)
	return d
}

// watching lets a tally count.
type watching struct{ *door.Tally }

func (watching) Filter(string, time.Duration, error) {}

func settingSecret(s string) setting.Secret { return setting.Secret(s) }

func (d *visited) listen(g *gateway.Gateway) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.Fatal(err)
	}
	d.url = "http://" + l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- d.server.Serve(l) }()
	d.Cleanup(func() {
		d.client.CloseIdleConnections()
		_ = d.server.Close()
		if err := <-ended; err != nil {
			d.Error(err)
		}
		g.Close()
	})
}

func openState(t testing.TB, where string) store.State {
	c := store.DefaultConfig()
	if where == "redis" {
		c.Redis = []string{redistest.Start(t).Addr}
	}
	s, err := store.Open(c, t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// post sends a request with headers "Name: value", and gives status and body.
func (d *visited) post(path, body string, headers ...string) (int, string) {
	d.Helper()
	return d.send(http.MethodPost, path, strings.NewReader(body), headers...)
}

func (d *visited) send(method, path string, body io.Reader, headers ...string) (int, string) {
	d.Helper()
	r, err := http.NewRequest(method, d.url+path, body)
	if err != nil {
		d.Fatal(err)
	}
	for _, h := range headers {
		name, value, ok := strings.Cut(h, ": ")
		if !ok {
			continue
		}
		if r.Header.Add(name, value); name == "Connection" {
			r.Close = true
		}
	}
	answer, err := d.client.Do(r)
	if err != nil {
		d.Error(err)
		return 0, ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		d.Error(err)
	}
	return answer.StatusCode, string(text)
}

func (d *visited) journal() []filters.Past {
	d.Helper()
	past, _, err := d.school.Journal(context.Background())
	if err != nil {
		d.Fatal(err)
	}
	return past
}

func (d *visited) wants(status int, text string) func(int, string) {
	return func(got int, body string) {
		d.Helper()
		if got != status || body != text {
			d.Errorf("answer %d %s, want %d %s", got, body, status, text)
		}
	}
}

// mail is another mail for each number.
func mail(n int) string {
	return fmt.Sprintf("From: someone <a%d@example.org>\r\nMessage-ID: <%d@example.org>\r\nSubject: prize number %d\r\n\r\n"+
		"claim your prize of %d coins now from the lottery office, before the other winners of this week take all of the money away\r\n", n, n, n, n*7919)
}

const success = `{"success":true}`

func TestAReplyComesWhenTheStoreHasTheLesson(t *testing.T) {
	for name, header := range map[string][]string{"with keep-alive": nil, "with a connection each": {"Connection: close"}} {
		t.Run(name, func(t *testing.T) {
			d := open(t, "file", door.DefaultConfig(), "")
			for n := range 3 {
				d.wants(200, success)(d.post("/learnspam", mail(n), append(header, "User: joe@example.org")...))
				if got := len(d.journal()); got != n+1 {
					t.Errorf("%d lessons in the journal after %d answers", got, n+1)
				}
			}
			d.wants(200, success)(d.post("/learnham", mail(7), header...))
			past := d.journal()
			if past[0].Now != filters.Ham || past[0].Who != "http" || past[1].Now != filters.Spam || past[1].Who != "joe@example.org" {
				t.Errorf("the journal has %+v", past)
			}
		})
	}
}

func TestTheSameAgainIs208AndTheLastWordCounts(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	d.wants(200, success)(d.post("/learnspam", mail(1)))
	d.wants(208, `{"error":"already learned as spam: nothing changed"}`)(d.post("/learnspam", mail(1)))
	d.wants(200, success)(d.post("/learnham", mail(1)))
	if past := d.journal(); past[0].Now != filters.Ham || past[0].Before != filters.Spam {
		t.Errorf("the journal has %+v", past)
	}
}

func TestTheOtherFiltersAreTold(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	d.wants(200, success)(d.post("/learnham", mail(1), "Rcpt: <me@example.com>", "From: <a1@example.org>", "IP: 192.0.2.1", "Helo: client.example"))
	d.wants(200, success)(d.post("/learnspam", mail(2)))
	counts := map[string]int64{}
	stats, err := d.store.Store.(store.State).Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stats {
		counts[strings.SplitN(s.Name, "-", 2)[0]] += int64(s.Entries)
	}
	if counts["known"] == 0 || counts["fuzzy"] == 0 {
		t.Errorf("the store has %v: known and fuzzy have heard nothing", counts)
	}
}

func TestWhoMayTeach(t *testing.T) {
	read, both := door.DefaultConfig(), door.DefaultConfig()
	read.Password = "reads"
	both.Password, both.EnablePassword = "reads", "writes"
	for _, c := range []struct {
		name   string
		config door.Config
		header string
		want   int
	}{
		{"loopback needs no password where none is set", door.DefaultConfig(), "", 200},
		{"a web page may not teach by its reader's browser", door.DefaultConfig(), "Origin: https://evil.example", 403},
		{"nor a page that hides where it is from", door.DefaultConfig(), "Sec-Fetch-Site: cross-site", 403},
		{"the password is wanted on loopback too", read, "", 403},
		{"a wrong one is none", read, "Password: read", 403},
		{"password teaches where there is no other", read, "Password: reads", 200},
		{"password does not teach where there is enable_password", both, "Password: reads", 403},
		{"enable_password teaches", both, "Password: writes", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, "file", c.config, "")
			status, text := d.post("/learnspam", mail(1), c.header)
			if status != c.want || status != 200 && !strings.HasPrefix(text, `{"error":`) {
				t.Errorf("answer %d %s, want %d", status, text, c.want)
			}
			if got := len(d.journal()); (got == 1) != (c.want == 200) {
				t.Errorf("%d lessons in the journal", got)
			}
		})
	}
}

func TestWhatCanNotBeLearnedIsSaid(t *testing.T) {
	chunked := func(n int) io.Reader {
		return io.MultiReader(strings.NewReader(mail(1)), strings.NewReader(strings.Repeat("x\r\n", n)))
	}
	for _, c := range []struct {
		name, method, path string
		body               io.Reader
		headers            []string
		want               int
		says               string
	}{
		{"oversize", "POST", "/learnspam", strings.NewReader(mail(1) + strings.Repeat("x\r\n", 1000)), nil, 413, "larger than 2000 bytes"},
		{"oversize of unknown length", "POST", "/learnspam", chunked(1000), nil, 413, "larger than 2000 bytes"},
		{"nothing at all", "POST", "/learnspam", strings.NewReader(""), nil, 400, "there is no message"},
		{"no message", "POST", "/learnspam", strings.NewReader("hello world\r\n\r\nhow are you\r\n"), nil, 400, "no header field"},
		{"compressed in another way", "POST", "/learnspam", strings.NewReader(mail(1)), []string{"Content-Encoding: br"}, 415, "not known"},
		{"compressed twice", "POST", "/learnspam", strings.NewReader(mail(1)), []string{"Content-Encoding: gzip", "Compression: zstd"}, 415, "not known"},
		{"not what it says", "POST", "/learnspam", strings.NewReader(mail(1)), []string{"Compression: zstd"}, 400, "can't be unpacked"},
		{"nor as the web says", "POST", "/learnspam", strings.NewReader(mail(1)), []string{"Content-Encoding: gzip"}, 400, "can't be unpacked"},
		{"G08_a_file_is_never_opened", "POST", "/learnspam", strings.NewReader(""), []string{"File: server_test.go", "Path: server_test.go"}, 400, "there is no message"},
		{"not by GET", "GET", "/learnham", http.NoBody, nil, 405, "POST"},
		{"another path", "POST", "/learn", strings.NewReader(mail(1)), nil, 404, "nothing at this path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, "file", door.DefaultConfig(), "")
			d.limit = 2000
			status, text := d.send(c.method, c.path, c.body, c.headers...)
			if status != c.want || !strings.HasPrefix(text, `{"error":"`) || !strings.Contains(text, c.says) {
				t.Errorf("answer %d %s, want %d with %q", status, text, c.want, c.says)
			}
			if got := d.journal(); len(got) > 0 {
				t.Errorf("it was learned: %+v", got)
			}
		})
	}
}

func TestPingAnswers(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	d.wants(200, "pong\r\n")(d.post("/ping", ""))
	d.wants(200, "pong\r\n")(d.send(http.MethodGet, "/ping", http.NoBody))
}

func TestWhileLearningIsFrozenTheReasonIsSaid(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	if err := d.school.Freeze(context.Background(), "admin", true); err != nil {
		t.Fatal(err)
	}
	d.wants(409, `{"error":"bayes: learning is frozen: weir learn thaw ends that"}`)(d.post("/learnspam", mail(1)))
	if err := d.school.Freeze(context.Background(), "admin", false); err != nil {
		t.Fatal(err)
	}
	d.wants(200, success)(d.post("/learnspam", mail(1)))
}

func TestWithoutAFilterThatLearnsTheAnswerIs501(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "[filters.bayes]\nenabled = false\n")
	d.wants(501, `{"error":"no filter that learns is switched on: set filters.bayes.enabled in the config"}`)(d.post("/learnspam", mail(1)))
}

func TestWhileTheStoreIsDownTheAnswerIs503AndNothingIsLearned(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	d.store.down.Store(true)
	d.wants(503, `{"error":"the store does not keep it now: try again later"}`)(d.post("/learnspam", mail(1)))
	d.store.down.Store(false)
	if got := d.journal(); len(got) > 0 {
		t.Errorf("it was learned: %+v", got)
	}
	d.wants(200, success)(d.post("/learnspam", mail(1)))
}

// slow is a teacher that says when it has begun, and then waits.
type slow struct {
	begun, end chan struct{}
	over       atomic.Bool // it was cut off
}

func (s *slow) Teach(ctx context.Context, _ message.Envelope, _ []byte, _ filters.Class, _ string) (filters.Taught, error) {
	close(s.begun)
	select {
	case <-s.end:
		return filters.Taught{Learned: 1}, nil
	case <-ctx.Done():
		time.Sleep(50 * time.Millisecond)
		s.over.Store(true)
		return filters.Taught{}, ctx.Err()
	}
}

func (s *slow) Judge(ctx context.Context, env *message.Envelope, _ []byte, _ func(*gateway.Outcome)) *gateway.Refusal {
	if _, err := s.Teach(ctx, *env, nil, filters.Spam, ""); err != nil {
		return &gateway.Refusal{Code: 451, Text: "cut off"}
	}
	return &gateway.Refusal{Code: 554, Text: "done"}
}

func slowDoor(t *testing.T) (d *visited, s *slow) {
	s = &slow{begun: make(chan struct{}), end: make(chan struct{})}
	return fakeDoor(t, s, door.DefaultConfig()), s
}

// fakeDoor is one with nothing behind it but h.
func fakeDoor(t testing.TB, h door.House, c door.Config) *visited {
	d := &visited{TB: t, config: c, client: &http.Client{Transport: &http.Transport{}}}
	d.server = door.New(h, door.Options{Config: func() *door.Config { return &d.config }, Spool: spool.NewPool(t.TempDir(), 1<<20), Tally: door.NewTally("test"),
		MaxSize: func() int64 { return 0 }, Log: func() *slog.Logger { return slog.New(slog.DiscardHandler) }})
	d.listen(gateway.New(&gateway.Snapshot{}, nil))
	return d
}

func TestAShutdownWaitsForLessons(t *testing.T) {
	d, s := slowDoor(t)
	answered, shut := make(chan struct{}), make(chan error, 1)
	go func() {
		d.wants(200, success)(d.post("/learnspam", mail(1)))
		close(answered)
	}()
	<-s.begun
	go func() { shut <- d.server.Shutdown(context.Background()) }()
	select {
	case err := <-shut:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(s.end)
	<-answered
	if err := <-shut; err != nil {
		t.Error(err)
	}
}

func TestCloseEndsLessonsBeforeItReturns(t *testing.T) {
	d, s := slowDoor(t)
	go func() {
		r, _ := http.NewRequest(http.MethodPost, d.url+"/learnspam", strings.NewReader(mail(1)))
		if a, err := d.client.Do(r); err == nil {
			a.Body.Close()
		}
	}()
	<-s.begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown says %v", err)
	}
	if err := d.server.Close(); err != nil || !s.over.Load() {
		t.Errorf("Close returned %v before the lesson had ended", err)
	}
}

func TestAnAnnouncedOversizeIsRefusedBeforeItComes(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	c, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprint(c, "POST /learnspam HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")
	answer := make([]byte, 12)
	if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "HTTP/1.1 413" {
		t.Errorf("answer %q, %v", answer, err)
	}
}

func TestALessonGoesOnWhenItsClientHasGone(t *testing.T) {
	d, s := slowDoor(t)
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/learnspam", strings.NewReader(mail(1)))
		if a, err := d.client.Do(r); err == nil {
			a.Body.Close()
		}
	}()
	<-s.begun
	cancel()
	<-gone
	shut := make(chan error, 1)
	go func() { shut <- d.server.Shutdown(context.Background()) }()
	select {
	case <-shut:
		t.Error("the lesson ended with its client")
	case <-time.After(100 * time.Millisecond):
	}
	close(s.end)
	<-shut
}

// TestLinger has clients that keep their connections.
func TestLinger(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	ask := func() *http.Response {
		a, err := d.client.Get(d.url + "/ping")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		a.Body.Close()
		return a
	}
	if a := ask(); a.Close || d.server.Sessions() != 1 {
		t.Fatalf("close %v, %d connections", a.Close, d.server.Sessions())
	}
	d.server.Linger()
	if d.server.Sessions() != 1 {
		t.Error("a connection was closed under a client that may be about to use it")
	}
	if a := ask(); !a.Close {
		t.Error("the client is not told that this answer is the last")
	}
	for end := time.Now().Add(10 * time.Second); d.server.Sessions() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are open", d.server.Sessions())
		}
	}
}
