package icap

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/filters/scanner"
	"weir/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const letter = "From: jo@example.org\r\nSubject: Lunch\r\n\r\nShall we?\r\n"

// fake is an ICAP server that answers what a test wants. It finds EICAR, unless answer says otherwise.
type fake struct {
	addr   string
	answer func(inner string, data []byte) string
	early  string // said before anything is read; "" nothing
	mu     sync.Mutex
	heads  []string // ICAP headers of the scans
	all    sync.WaitGroup
}

func newFake(t testing.TB, answer func(inner string, data []byte) string) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{addr: l.Addr().String(), answer: answer}
	f.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.all.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); f.all.Wait() })
	return f
}

func (f *fake) serve(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReader(c)
	head, err := readText(r)
	if err != nil {
		return
	}
	if strings.HasPrefix(head, "OPTIONS icap://"+f.addr+"/avscan ICAP/1.0\r\n") {
		fmt.Fprint(c, "ICAP/1.0 200 OK\r\nMethods: RESPMOD, REQMOD\r\nService: Fake 1\r\nISTag: \"one\"\r\nMax-Connections: 7\r\nAllow: 204\r\nEncapsulated: null-body=0\r\n\r\n")
		return
	}
	if strings.HasPrefix(head, "OPTIONS ") {
		fmt.Fprint(c, "ICAP/1.0 404 ICAP Service not found\r\n\r\n")
		return
	}
	if f.early != "" {
		fmt.Fprint(c, f.early)
		_, _ = io.Copy(io.Discard, r)
		return
	}
	inner, err := readText(r)
	if err == nil && strings.HasPrefix(inner, "GET ") {
		var more string
		more, err = readText(r)
		inner += more
	}
	data, bad := io.ReadAll(httputil.NewChunkedReader(r))
	if err != nil || bad != nil {
		return
	}
	if bytes.HasPrefix(data, []byte("Weir asks")) {
		fmt.Fprint(c, nothing)
		return
	}
	f.mu.Lock()
	f.heads = append(f.heads, head+inner)
	f.mu.Unlock()
	fmt.Fprint(c, f.say(inner, data))
}

const nothing = "ICAP/1.0 204 No modifications needed\r\nISTag: \"one\"\r\n\r\n"

func (f *fake) say(inner string, data []byte) string {
	switch {
	case f.answer != nil:
		return f.answer(inner, data)
	case bytes.Contains(data, scanner.EICAR()):
		return "ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0; Resolution=2; Threat=Eicar;\r\nEncapsulated: res-hdr=0, null-body=19\r\n\r\nHTTP/1.1 403 No\r\n\r\n"
	}
	return nothing
}

// readText reads up to an empty line.
func readText(r *bufio.Reader) (text string, err error) {
	t := textproto.NewReader(r)
	for {
		line, err := t.ReadLine()
		if text += line + "\r\n"; err != nil || line == "" {
			return text, err
		}
	}
}

func says(text string) func(string, []byte) string {
	return func(string, []byte) string { return text }
}

// back is an answer that gives the mail back.
func back(inner string, data []byte) string {
	_, reply, _ := strings.Cut(inner, "\r\n\r\n")
	return fmt.Sprintf("ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=%d\r\n\r\n%s%x\r\n%s\r\n0\r\n\r\n", len(reply), reply, len(data), data)
}

func newTest(t testing.TB, f *fake, more string) *filter {
	t.Helper()
	made := filtertest.New(t, Spec, fmt.Sprintf("address = [%q]\nremember = 0\n%s", f.addr, more), filters.Env{Clock: time.Now, Dialer: &net.Dialer{}}).(*filter)
	t.Cleanup(func() { _ = made.Close() })
	return made
}

func check(t testing.TB, f *filter, raw string) (filters.Result, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(raw))
	r, err := f.Check(ctx, m, filters.Findings{})
	filtertest.CheckResult(t, Spec, r)
	return r, err
}

func want(t testing.TB, r filters.Result, err error, words string) {
	t.Helper()
	got := []string{string(r.Scan)}
	for _, h := range r.Hits {
		got = append(got, h.Name+"="+h.Detail)
	}
	if err != nil {
		got = append(got, "failed")
	}
	if s := strings.Join(got, " "); s != words {
		t.Errorf("got %q, want %q (error %v)", s, words, err)
	}
}

func TestWhatTheServerSaysIsReported(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(string, []byte) string
		want   string
	}{
		{"nothing to change", says(nothing), "clean"},
		{"the mail comes back as it was", back, "clean"},
		{"an infection", says("ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0; Resolution=2; Threat=Eicar-Test;\r\n\r\n"), "infected ICAP_VIRUS=Eicar-Test"},
		{"an infection, and 204", says("ICAP/1.0 204 OK\r\nX-Infection-Found: Type=0; Resolution=0; Threat=Eicar-Test;\r\n\r\n"), "infected ICAP_VIRUS=Eicar-Test"},
		{"an infection, and 403", says("ICAP/1.0 403 No\r\nX-Virus-ID: Eicar\r\n\r\n"), "infected ICAP_VIRUS=Eicar"},
		{"violations", says("ICAP/1.0 200 OK\r\nX-Violations-Found: 1\r\n\t-\r\n\tEicar\r\n\t11101\r\n\t2\r\n\r\n"), "infected ICAP_VIRUS=- Eicar"},
		{"no violations", says("ICAP/1.0 204 OK\r\nX-Violations-Found: 0\r\n\r\n"), "clean"},
		{"a policy", says("ICAP/1.0 200 OK\r\nX-Infection-Found: Type=1; Resolution=2; Threat=No.Exe;\r\n\r\n"), "clean ICAP_POLICY=No.Exe"},
		{"a container that can't be opened", says("ICAP/1.0 200 OK\r\nX-Infection-Found: Type=2; Resolution=2; Threat=Encrypted;\r\n\r\n"), "unscanned ICAP_LIMITS=Encrypted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := check(t, newTest(t, newFake(t, c.answer), `parts = "needed"`), letter)
			want(t, r, err, c.want)
		})
	}
}

// TestOnlyAWholeAnswerIsClean: none of these may read as clean.
func TestOnlyAWholeAnswerIsClean(t *testing.T) {
	for name, answer := range map[string]func(string, []byte) string{
		"C12_empty":                       says(""),
		"C12_half_a_status_line":          says("ICAP/1.0 20"),
		"C12_a_header_that_does_not_end":  says("ICAP/1.0 204 No modifications\r\nISTag: \"one\"\r\n"),
		"C12_two_answers":                 says(nothing + nothing),
		"C12_a_megabyte":                  says("ICAP/1.0 204 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"),
		"C12_another_protocol":            says("HTTP/1.1 204 No Content\r\n\r\n"),
		"C12_continue":                    says("ICAP/1.0 100 Continue\r\n\r\n"),
		"C12_server_error":                says("ICAP/1.0 500 Server error\r\n\r\n"),
		"C12_overloaded":                  says("ICAP/1.0 503 Service overloaded\r\n\r\n"),
		"C12_no_such_service":             says("ICAP/1.0 404 Not found\r\n\r\n"),
		"C12_200_without_a_mail":          says("ICAP/1.0 200 OK\r\nEncapsulated: null-body=0\r\n\r\n"),
		"C12_a_page_in_place_of_the_mail": says("ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=25\r\n\r\nHTTP/1.1 403 Blocked\r\n\r\n4\r\nsorry\r\n0\r\n\r\n"),
		"C12_a_mail_that_is_changed": func(inner string, data []byte) string {
			return back(inner, bytes.Replace(data, []byte("Shall"), []byte("Small"), 1))
		},
		"C12_a_mail_that_is_longer":         func(inner string, data []byte) string { return back(inner, append(data, '!')) },
		"C12_a_mail_that_is_shorter":        func(inner string, data []byte) string { return back(inner, data[:len(data)-1]) },
		"C12_a_mail_that_is_cut_off":        func(inner string, data []byte) string { s := back(inner, data); return s[:len(s)-12] },
		"C12_a_mail_without_its_last_chunk": func(inner string, data []byte) string { return strings.TrimSuffix(back(inner, data), "0\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			r, err := check(t, newTest(t, newFake(t, answer), `parts = "needed"`), letter)
			want(t, r, err, "unscanned failed")
		})
	}
	t.Run("C11_it_says_204_before_it_has_all", func(t *testing.T) {
		f := newFake(t, nil)
		f.early = nothing
		r, err := check(t, newTest(t, f, ""), letter+strings.Repeat("x", 8<<20))
		want(t, r, err, "unscanned failed")
	})
	t.Run("C09_refused", func(t *testing.T) {
		f := &fake{addr: "127.0.0.1:1"}
		r, err := check(t, newTest(t, f, ""), letter)
		want(t, r, err, "unscanned failed")
	})
}

func TestTheRequestIsWhatTheStandardAsksFor(t *testing.T) {
	for method, words := range map[string][]string{
		"respmod": {"RESPMOD icap://", "/avscan ICAP/1.0\r\n", "Allow: 204\r\n", "Encapsulated: req-hdr=0, res-hdr=65, res-body=134\r\n", "HTTP/1.1 200 OK\r\nContent-Type: message/rfc822\r\nContent-Length: 51\r\n"},
		"reqmod":  {"REQMOD icap://", "Encapsulated: req-hdr=0, req-body=116\r\n", "POST http://weir.invalid/mail.eml HTTP/1.1\r\n"},
	} {
		t.Run(method, func(t *testing.T) {
			f := newFake(t, nil)
			r, err := check(t, newTest(t, f, fmt.Sprintf("method = %q\nparts = \"needed\"", method)), letter)
			want(t, r, err, "clean")
			f.mu.Lock()
			defer f.mu.Unlock()
			if len(f.heads) != 1 {
				t.Fatalf("%d requests", len(f.heads))
			}
			for _, w := range words {
				if !strings.Contains(f.heads[0], w) {
					t.Errorf("no %q in\n%s", w, f.heads[0])
				}
			}
			if strings.Contains(f.heads[0], "Preview") {
				t.Error("a preview was offered")
			}
		})
	}
}

func TestEveryPartIsScanned(t *testing.T) {
	raw := "From: jo@example.org\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=a.com\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=58=35" +
		strings.ReplaceAll(string(scanner.EICAR()[2:]), "=", "=3D") + "\r\n"
	r, err := check(t, newTest(t, newFake(t, nil), ""), raw)
	want(t, r, err, "infected ICAP_VIRUS=Eicar")
}

func TestDoctorTriesTheTestFile(t *testing.T) {
	f := newTest(t, newFake(t, nil), "")
	if got := f.Probe(t.Context()); len(got) != 1 || got[0].Kind != "" || !strings.Contains(got[0].Text, `Fake 1 "one"`) {
		t.Errorf("%+v", got)
	}
	if g := f.Gauges(); len(g) != 2 || g[1].Value != 7 {
		t.Errorf("Max-Connections is not kept to: %+v", g)
	}
	blind := newTest(t, newFake(t, says(nothing)), "")
	if got := blind.Probe(t.Context()); len(got) != 1 || got[0].Kind != scanner.Blind {
		t.Errorf("%+v", got)
	}
	wrong := newTest(t, newFake(t, nil), "service = \"other\"\n")
	if got := wrong.Probe(t.Context()); len(got) != 1 || got[0].Kind == "" {
		t.Errorf("a service that is not there is well: %+v", got)
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, edit := range map[string]func(c *Config){
		"tries": func(c *Config) { c.Tries = 0 }, "scans": func(c *Config) { c.Scans = -1 }, "max_size": func(c *Config) { c.MaxSize = 0 },
		"oversize": func(c *Config) { c.Oversize = "x" }, "parts": func(c *Config) { c.Parts = "x" }, "method": func(c *Config) { c.Method = "x" },
		"tls_name": func(c *Config) { c.TLS = true }, "service": func(c *Config) { c.Service = "a b" }, "host:1344": func(c *Config) { c.Address = []string{"icap://a/b"} },
		"twice": func(c *Config) { c.Address = []string{"a:1", "a:1"} },
	} {
		c := DefaultConfig()
		edit(&c)
		if _, err := c.targets(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	p := &scanner.Piece{Body: []byte(letter)}
	for _, s := range []string{nothing, back("x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", p.Body), "ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0\r\n\r\n", "ICAP/1.0 204"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := answer(bufio.NewReader(bytes.NewReader(data)), p)
		if err == nil && v.State == scanner.Clean && !bytes.HasPrefix(data, []byte("ICAP/1.")) {
			t.Errorf("%q is clean", data)
		}
		if err == nil && v.State == scanner.Unscanned {
			t.Errorf("%q: no verdict and no error", data)
		}
	})
}
