package http_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"weir/filters"
	"weir/gateway"
	door "weir/gateway/http"
	"weir/gateway/password"
	"weir/message"
)

// read is what the tests look at of a verdict.
type read struct {
	Action    string          `json:"action"`
	Score     float64         `json:"score"`
	Required  float64         `json:"required_score"`
	Symbols   map[string]any  `json:"symbols"`
	Limits    json.RawMessage `json:"thresholds"`
	Subject   string          `json:"subject"`
	Messages  map[string]string
	MessageID string `json:"message-id"`
	Milter    struct {
		Add    map[string]any `json:"add_headers"`
		Remove map[string]int `json:"remove_headers"`
	}
	Recipients []struct{ Action string }
	Weir       struct {
		IP, Helo, User string
		From           *string
		Rcpt           []string
		Size           int
	}
	Error string `json:"error"`
}

// scanned has mail judged, which must succeed.
func (d *visited) scanned(path, body string, headers ...string) (r read) {
	d.Helper()
	status, text := d.post(path, body, append(headers, "Weir-Report: yes")...)
	if err := json.Unmarshal([]byte(text), &r); err != nil || status != http.StatusOK {
		d.Errorf("answer %d %s: %v", status, text, err)
	}
	return r
}

func TestAMailIsJudged(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	letter := "From: someone <a@example.org>\r\nMessage-ID: <1@example.org>\r\nSubject: minutes\r\n\r\nwe meet on Tuesday in the same room\r\n"
	r := d.scanned("/checkv2", "X-Spam-Flag: NO\r\n"+letter, "IP: 192.0.2.1", "Helo: client.example", "From: <a@example.org>", "Rcpt: b@example.com", "Rcpt: c@example.com", "User: joe")
	w := r.Weir
	if w.IP != "192.0.2.1" || w.Helo != "client.example" || w.From == nil || *w.From != "a@example.org" || strings.Join(w.Rcpt, " ") != "b@example.com c@example.com" || w.User != "joe" {
		t.Errorf("the envelope is %+v", w)
	}
	if r.Action != "no action" || r.MessageID != "1@example.org" || r.Required != 15 || string(r.Limits) != `{"reject":15,"add header":5}` || len(r.Symbols) == 0 {
		t.Errorf("the verdict is %+v", r)
	}
	if r.Milter.Add["X-Spam-Status"] == nil || r.Milter.Add["X-Weir-ID"] == nil || r.Milter.Remove["X-Spam-Flag"] != 1 {
		t.Errorf("the header edits are %+v", r.Milter)
	}
}

func TestNobodyToldIsNotTheNullSender(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	if r := d.scanned("/checkv2", mail(1)); r.Weir.From != nil || r.Weir.IP != "" {
		t.Errorf("something was invented: %+v", r.Weir)
	}
	if r := d.scanned("/CheckV2", mail(1), "Queue-Id: X.1", "Rcpt: b@example.com"); r.Weir.From == nil || *r.Weir.From != "" {
		t.Errorf("a bounce through Haraka is %+v", r.Weir)
	}
}

func TestFilesWithUnixLineEndsAreJudgedAsMailed(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	raw := mail(1)
	if r := d.scanned("/checkv2", strings.ReplaceAll(raw, "\r\n", "\n")); r.Weir.Size != len(raw) {
		t.Errorf("%d bytes were judged, want %d", r.Weir.Size, len(raw))
	}
}

func TestPoliciesDecideByTheFirstRecipient(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "[headers]\nsubject_prefix = \"[SPAM]\"\n[policies.default]\ntag = 0.1\n[policies.strict]\nrecipients = [\"@strict.example\"]\nreject = 0.1\n")
	r := d.scanned("/checkv2", mail(1), "From: a@example.org", "Rcpt: a@example.com", "Rcpt: b@strict.example")
	if r.Action != "rewrite subject" || r.Subject != "[SPAM] prize number 1" || len(r.Recipients) != 2 || r.Recipients[1].Action != "reject" || string(r.Limits) != `{"reject":15,"rewrite subject":0.1}` {
		t.Errorf("%+v", r)
	}
	r = d.scanned("/checkv2", mail(1), "From: a@example.org", "Rcpt: b@strict.example", "Rcpt: a@example.com")
	if r.Action != "reject" || !strings.HasPrefix(r.Messages["smtp_message"], "Message refused by policy [") || len(r.Milter.Add) != 0 || r.Required != 0.1 {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsNoMailToJudgeIsSaid(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		want                     int
		says                     string
	}{
		{"nothing at all", "POST", "/checkv2", "", nil, 400, "there is no message"},
		{"G08_a_file_is_never_opened", "POST", "/checkv2", "", []string{"File: /etc/passwd", "Path: /etc/passwd", "Filename: /etc/passwd"}, 400, "there is no message"},
		{"G08_nor_shared_memory", "POST", "/checkv2", "", []string{"Shm: /x", "Shm-Offset: 0", "Shm-Length: 100"}, 400, "there is no message"},
		{"G08_nor_by_its_address", "POST", "/checkv2?file=/etc/passwd", "", nil, 400, "there is no message"},
		{"G11_an_unknown_path", "POST", "/<script>alert(1)</script>", mail(1), nil, 404, "there is nothing at this path"},
		{"a newer protocol", "POST", "/checkv3", mail(1), nil, 404, "there is nothing at this path"},
		{"not by GET", "GET", "/checkv2", "", nil, 405, "POST"},
		{"numbers are not deleted", "DELETE", "/stat", "", nil, 405, "GET"},
		{"too many recipients", "POST", "/checkv2", mail(1), []string{"Rcpt: " + strings.Repeat("a@b.c,", 1001)}, 400, "too many recipients"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, text := d.send(c.method, c.path, strings.NewReader(c.body), c.headers...)
			if status != c.want || !strings.HasPrefix(text, `{"error":"`) || !strings.Contains(text, c.says) || strings.Contains(text, "<") {
				t.Errorf("answer %d %s, want %d with %q", status, text, c.want, c.says)
			}
		})
	}
}

func TestG08_a_file_is_not_read_beside_the_message_either(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	if r := d.scanned("/checkv2", mail(1), "File: scan_test.go", "Path: scan_test.go", "Shm: x"); r.Weir.Size != len(mail(1)) {
		t.Errorf("%d bytes were judged", r.Weir.Size)
	}
}

func zipped(t testing.TB, s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, s); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstandard(t testing.TB, s string, opts ...zstd.EOption) string {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, s); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompressedMailIsUnpacked(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	large := mail(1) + strings.Repeat("0123456789abcdef", 60000)
	for name, c := range map[string]struct{ body, header string }{
		"as Rspamd's clients do": {zstandard(t, mail(1)), "Compression: zstd"},
		"zstd of the web":        {zstandard(t, mail(1)), "Content-Encoding: zstd"},
		"gzip of the web":        {zipped(t, mail(1)), "Content-Encoding: gzip"},
		"gzip of old":            {zipped(t, mail(1)), "Content-Encoding: x-gzip"},
		"gzip in Rspamd's field": {zipped(t, mail(1)), "Compression: gzip"},
		"not at all":             {mail(1), "Content-Encoding: identity"},
		"in two members":         {zipped(t, mail(1)[:50]) + zipped(t, mail(1)[50:]), "Content-Encoding: gzip"},
		"in two frames":          {zstandard(t, mail(1)[:50]) + zstandard(t, mail(1)[50:]), "Compression: zstd"},
		"of one segment":         {zstandard(t, mail(1), zstd.WithSingleSegment(true)), "Compression: zstd"},
		"a large one":            {zstandard(t, large, zstd.WithEncoderLevel(zstd.SpeedBestCompression)), "Compression: zstd"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodPost, d.url+"/checkv2", strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			field, value, _ := strings.Cut(c.header, ": ")
			r.Header.Set(field, value)
			r.Header.Set("Weir-Report", "yes")
			answer, err := d.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			if packed := answer.Header.Get("Compression") == "zstd"; packed != (c.header == "Compression: zstd") {
				t.Errorf("a packed answer is %v", packed)
			} else if packed {
				z, _ := zstd.NewReader(nil)
				defer z.Close()
				if body, err = z.DecodeAll(body, nil); err != nil {
					t.Fatal(err)
				}
			}
			var v read
			want := len(mail(1))
			if name == "a large one" {
				want = len(large)
			}
			if err := json.Unmarshal(body, &v); err != nil || v.Weir.Size != want {
				t.Errorf("%d of %d bytes were judged: %v %s", v.Weir.Size, want, err, body)
			}
		})
	}
	d.wants(200, success)(d.post("/learnspam", zstandard(t, mail(2)), "Compression: zstd"))
	d.wants(208, `{"error":"already learned as spam: nothing changed"}`)(d.post("/learnspam", zipped(t, mail(2)), "Content-Encoding: gzip"))
}

func TestTheAnswerIsPackedForTheWebToo(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	status, text := d.post("/checkv2", mail(1), "Accept-Encoding: zstd")
	z, _ := zstd.NewReader(nil)
	defer z.Close()
	if plain, err := z.DecodeAll([]byte(text), nil); status != 200 || err != nil || !bytes.HasPrefix(plain, []byte(`{"is_skipped":false`)) {
		t.Errorf("answer %d %q, %v", status, plain, err)
	}
}

// grown is how much memory f took from the heap in all, whether or not it was given back.
func grown(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestG10_what_unpacks_to_more_than_the_limit_is_refused(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	zeros := strings.Repeat("\x00", 24<<20)
	gz, zs := zipped(t, zeros), zstandard(t, zeros)
	many := strings.Repeat(zipped(t, ""), 40_000)                  // 1 MB of members that hold nothing
	wide := "\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00"                 // a frame that wants to look back 512 MB
	lies := "\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\x00\x00" // one that says it holds 256 TB, of one segment
	for _, c := range []struct {
		name, body, header string
		want               int
	}{
		{"G10_gzip_bomb", gz, "Content-Encoding: gzip", 413},
		{"G10_zstd_bomb", zs, "Compression: zstd", 413},
		{"G10_zstd_bomb_in_many_frames", zstandard(t, "") + zs, "Content-Encoding: zstd", 413},
		{"G10_zstd_window", wide, "Compression: zstd", 413},
		{"G10_zstd_that_lies_about_its_size", lies, "Compression: zstd", 413},
		{"G10_members_without_end", many, "Content-Encoding: gzip", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			memory := grown(func() {
				status, text := d.post("/checkv2", c.body, c.header)
				if status != c.want || !strings.HasPrefix(text, `{"error":"`) {
					t.Errorf("answer %d %s, want %d", status, text, c.want)
				}
			})
			if memory > 16<<20 {
				t.Errorf("%d MB were taken", memory>>20)
			}
		})
	}
	d.wants(200, "pong\r\n")(d.post("/ping", ""))
}

// raw is a connection to the door, without a client that knows HTTP.
func (d *visited) raw() (net.Conn, *bufio.Reader) {
	d.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c, bufio.NewReader(c)
}

func TestG10_an_upload_of_5_GB_is_refused_before_it_comes(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	c, in := d.raw()
	fmt.Fprint(c, "POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5368709120\r\n\r\n")
	if line, err := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 413 ") {
		t.Errorf("answer %q, %v", line, err)
	}
}

func TestG10_chunks_without_end_are_cut_off(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	c, in := d.raw()
	fmt.Fprint(c, "POST /checkv2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
	sent := make(chan int)
	go func() {
		n, chunk := 0, []byte("10000\r\n"+strings.Repeat("x", 0x10000)+"\r\n")
		for n < 512<<20 {
			k, err := c.Write(chunk)
			if n += k; err != nil {
				break
			}
		}
		sent <- n
	}()
	if line, err := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 413 ") {
		t.Errorf("answer %q, %v", line, err)
	}
	_, _ = io.Copy(io.Discard, in)
	c.Close()
	if n := <-sent; n > 64<<20 {
		t.Errorf("%d MB were taken in", n>>20)
	}
}

func TestG10_a_client_that_never_ends_its_message_loses_its_place(t *testing.T) {
	c := door.DefaultConfig()
	c.MaxMessages, c.ReadTime = 1, c.HeaderTime/50
	d := open(t, "file", c, "")
	slow, in := d.raw()
	fmt.Fprint(slow, "POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nFrom: a@example.org\r\n")
	if line, err := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 400 ") {
		t.Errorf("answer %q, %v", line, err)
	}
	d.scanned("/checkv2", mail(1))
}

func TestG10_deep_settings_are_not_even_read(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	d.scanned("/checkv2", mail(1), "Settings: "+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000))
	d.scanned("/checkv2", mail(1), "Settings: {\"symbols_disabled\":[\"BAYES_SPAM\"]", "Settings-ID: x", "Pass: all", "Flags: pass_all,no_log,body_block")
	d.scanned("/checkv2", strings.Repeat(`{"a":`, 100_000)+strings.Repeat("}", 100_000))
}

func TestOneConnectionServesManyMails(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "")
	c, in := d.raw()
	for n := range 3 {
		fmt.Fprintf(c, "POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(mail(n)), mail(n))
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		if !strings.Contains(string(text), fmt.Sprintf(`"message-id":"%d@example.org"`, n)) {
			t.Errorf("answer %d %s", answer.StatusCode, text)
		}
	}
}

// quick is a house that says yes to all.
type quick struct{}

func (quick) Judge(context.Context, *message.Envelope, []byte, func(*gateway.Outcome)) *gateway.Refusal {
	return &gateway.Refusal{Code: 554, Text: "done"}
}

func (quick) Teach(context.Context, message.Envelope, []byte, filters.Class, string) (filters.Taught, error) {
	return filters.Taught{Learned: 1}, nil
}

func quickDoor(t *testing.T, c door.Config) *visited { return fakeDoor(t, quick{}, c) }

func TestWhoMayScanAndRead(t *testing.T) {
	hash, err := password.Make("reads")
	if err != nil {
		t.Fatal(err)
	}
	closed, hashed, both := door.DefaultConfig(), door.DefaultConfig(), door.DefaultConfig()
	closed.ScanFrom, hashed.ScanFrom = nil, nil
	hashed.Password = settingSecret(hash)
	both.Password, both.EnablePassword, both.ScanFrom = settingSecret(hash), "writes", []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	open := door.DefaultConfig()
	open.Password = settingSecret(hash)
	for _, c := range []struct {
		name              string
		config            door.Config
		header            string
		scan, stat, learn int
	}{
		{"loopback needs no password where none is set", door.DefaultConfig(), "", 200, 200, 200},
		{"a web page may do nothing", door.DefaultConfig(), "Origin: https://evil.example", 403, 403, 403},
		{"nobody scans from nowhere", closed, "", 403, 200, 200},
		{"the password is for all but scans", open, "", 200, 403, 403},
		{"the password serves web pages", open, "Origin: https://good.example\nPassword: reads", 200, 200, 200},
		{"without one of scan_from the password is wanted", hashed, "", 403, 403, 403},
		{"a hash is checked", hashed, "Password: reads", 200, 200, 200},
		{"the hash itself is no password", hashed, "Password: " + hash, 403, 403, 403},
		{"a wrong one is none", hashed, "Password: read", 403, 403, 403},
		{"password reads, enable_password changes", both, "Password: reads", 200, 200, 403},
		{"enable_password does both", both, "Password: writes", 200, 200, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := quickDoor(t, c.config)
			headers := strings.Split(c.header, "\n")
			for path, want := range map[string]int{"/checkv2": c.scan, "/symbols": c.scan, "/stat": c.stat, "/auth": c.stat, "/learnspam": c.learn} {
				if status, text := d.post(path, mail(1), headers...); status != want {
					t.Errorf("%s: answer %d %s, want %d", path, status, text, want)
				}
			}
			d.wants(200, "pong\r\n")(d.post("/ping", ""))
		})
	}
}

func TestG02_who_guesses_is_put_off(t *testing.T) {
	c := door.DefaultConfig()
	c.Password = "right"
	d := quickDoor(t, c)
	last := 0
	for range 25 {
		last, _ = d.post("/learnspam", mail(1), "Password: wrong")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after many wrong passwords the answer is %d", last)
	}
	if status, text := d.post("/learnspam", mail(1), "Password: right"); status != http.StatusTooManyRequests {
		t.Errorf("the right one among many wrong ones: %d %s", status, text)
	}
}

func TestNumbersAreTold(t *testing.T) {
	d := open(t, "file", door.DefaultConfig(), "[policies.default]\ntag = 0.1\n[policies.strict]\nrecipients = [\"@strict.example\"]\nreject = 0.1\n")
	d.scanned("/checkv2", mail(1))
	d.scanned("/checkv2", mail(2), "Rcpt: a@strict.example")
	d.wants(200, success)(d.post("/learnspam", mail(1)))
	var stat struct {
		Version    string
		Scanned    int
		Learned    int
		Actions    map[string]int
		Spam       int       `json:"spam_count"`
		Ham        int       `json:"ham_count"`
		Times      []float64 `json:"scan_times"`
		Statfiles  []struct{ Symbol string }
		Auth       string
		SoftReject *int `json:"soft_reject"`
		Reject     int
	}
	status, text := d.send(http.MethodGet, "/stat", http.NoBody)
	if err := json.Unmarshal([]byte(text), &stat); err != nil || status != 200 || stat.Version != "test" || stat.Scanned != 2 || stat.Learned != 1 || stat.Spam != 2 || stat.Ham != 0 ||
		stat.Actions["add header"] != 1 || stat.Actions["reject"] != 1 || len(stat.Actions) != 6 || len(stat.Times) != 2 || len(stat.Statfiles) != 2 {
		t.Errorf("answer %d %s: %v", status, text, err)
	}
	status, text = d.send(http.MethodGet, "/auth", http.NoBody)
	if err := json.Unmarshal([]byte(text), &stat); err != nil || status != 200 || stat.Auth != "ok" || stat.Reject != 1 || stat.SoftReject == nil {
		t.Errorf("answer %d %s: %v", status, text, err)
	}
	if status, text = d.send(http.MethodGet, "/metrics", http.NoBody); status != 200 || text != "numbers of /metrics\n" {
		t.Errorf("answer %d %s", status, text)
	}
}

func TestAMailGoesOnWhenItsClientHasGoneAndAStopWaits(t *testing.T) {
	d, s := slowDoor(t)
	c, in := d.raw()
	fmt.Fprintf(c, "POST /checkv2 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(mail(1)), mail(1))
	<-s.begun
	shut := make(chan error, 1)
	go func() { shut <- d.server.Shutdown(t.Context()) }()
	select {
	case <-shut:
		t.Error("the stop did not wait")
	case <-time.After(50 * time.Millisecond):
	}
	close(s.end)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(answer.Body); !strings.Contains(string(text), `"action":"reject"`) {
		t.Errorf("answer %s", text)
	}
	if err := <-shut; err != nil {
		t.Error(err)
	}
}
