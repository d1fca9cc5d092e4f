package log

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"unicode"

	"weir/filters/setting"
	"weir/gateway"
	"weir/scoring"
)

func logger(t *testing.T, out io.Writer, change func(*Config)) *slog.Logger {
	t.Helper()
	c := DefaultConfig()
	if change != nil {
		change(&c)
	}
	return New(out, c)
}

func report() *gateway.Report {
	from, tag := "Alice@Sender.example", scoring.Tag
	return &gateway.Report{ID: "abc", IP: "192.0.2.1", From: &from, Rcpt: []string{"bob@rcpt.example", "carol@rcpt.example"},
		Action: scoring.Accept, Would: &tag, Score: 7.1000000000000005, Required: 5, Policy: "default", Why: "score", Size: 1234, MS: 1.23456,
		Subject: "Our secret merger", MessageID: "<1@sender.example>", Reply: "250 2.0.0 <bob@rcpt.example> queued",
		Symbols: []scoring.Scored{{Name: "A_B", Score: 5, Count: 1, Detail: "quote of the mail"}, {Name: "C", Score: 2.1, Count: 3}},
		Failed:  []gateway.Failure{{Name: "spf", Error: "timeout\ngoroutine 1 [running]"}}}
}

func TestAVerdictIsOneLineWithTheSameKeysAlways(t *testing.T) {
	for name, r := range map[string]*gateway.Report{"full": report(), "empty": {}} {
		var out bytes.Buffer
		Verdict(logger(t, &out, func(c *Config) { c.Format = "json" }), r)
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil || strings.Count(out.String(), "\n") != 1 {
			t.Fatalf("%s: %v in %q", name, err, out.String())
		}
		for _, key := range []string{"time", "level", "msg", "id", "ip", "from", "rcpt", "action", "score", "symbols", "ms"} {
			if v, ok := line[key]; !ok || v == nil {
				t.Errorf("%s report: no %s in %s", name, key, out.String())
			}
		}
	}
}

func TestAVerdictReadsWellAsText(t *testing.T) {
	var out bytes.Buffer
	Verdict(logger(t, &out, nil), report())
	_, got, _ := strings.Cut(out.String(), " ")
	want := `level=WARN msg=verdict id=abc ip=192.0.2.1 from=Alice@Sender.example rcpt=bob@rcpt.example,carol@rcpt.example action=accept ` +
		`score=7.1 symbols="A_B=5 C=2.1x3" ms=1.235 would=tag policy=default why=score message_id=<1@sender.example> failed="spf: timeout" ` +
		"reply=\"250 2.0.0 <bob@rcpt.example> queued\" size=1234\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSubjectsAreLoggedOnlyWhenAskedForAndDetailsNever(t *testing.T) {
	for _, on := range []bool{false, true} {
		var out bytes.Buffer
		l := logger(t, &out, func(c *Config) { c.Subjects = on })
		Verdict(l, report())
		l.Info("x", "subject", "Our secret merger")
		if n := strings.Count(out.String(), "merger"); n != map[bool]int{false: 0, true: 2}[on] {
			t.Errorf("subjects = %v: logged %d times:\n%s", on, n, out.String())
		}
		if strings.Contains(out.String(), "quote of the mail") {
			t.Errorf("a detail is logged:\n%s", out.String())
		}
	}
}

func TestAddressesAreShortenedAsConfigured(t *testing.T) {
	long := strings.Repeat("x", maxText-10) + " verylonglocalpart@example.org"
	for _, c := range []struct {
		mode Addresses
		want []string
		not  []string
	}{
		{Full, []string{"Alice@Sender.example", "bob@rcpt.example", "john"}, nil},
		{Domain, []string{"from=@Sender.example", "rcpt=@rcpt.example,@rcpt.example", "login=@ ", "<@rcpt.example>", `to="@h t.example"`}, []string{"Alice", "bob", "carol", "john", "smith", "<1@", "verylong"}},
		{Hashed, []string{"from=h:", "login=h:"}, []string{"Alice", "bob", "carol", "john", "smith", "rcpt.example", "ender.example", "verylong"}},
	} {
		t.Run(string(c.mode), func(t *testing.T) {
			var out bytes.Buffer
			l := logger(t, &out, func(conf *Config) { conf.Addresses = c.mode })
			r := report()
			r.User = "john"
			Verdict(l, r)
			l.With("peer", "bob@rcpt.example").Error("to bob@rcpt.example", "err", errors.New("550 <bob@rcpt.example>: unknown"), "to", "john smith@h t.example", "text", long)
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("no %q in\n%s", w, out.String())
				}
			}
			for _, n := range c.not {
				if strings.Contains(out.String(), n) {
					t.Errorf("%q is in\n%s", n, out.String())
				}
			}
		})
	}
}

func TestHashesOfOneAddressAreEqualAndNeedTheKey(t *testing.T) {
	hash := func(key, address string) string {
		return newScrubber(Config{Addresses: Hashed, HashKey: setting.Secret(key)}).whole(address)
	}
	if hash("k", "a@example.org") != hash("k", "A@Example.ORG") {
		t.Error("case makes another hash")
	}
	if hash("k", "a@example.org") == hash("k", "b@example.org") || hash("k", "a@example.org") == hash("l", "a@example.org") {
		t.Error("different addresses or keys give the same hash")
	}
	if first := hash("", "a@example.org"); first == hash("", "a@example.org") {
		t.Error("without a key, hashes can be compared across starts")
	}
}

func TestG13_one_event_is_one_line(t *testing.T) {
	hostile := map[string]string{
		"G13_crlf":             "a\r\nlevel=ERROR msg=forged id=1",
		"G13_bare_lf":          "a\n{\"msg\":\"forged\"}",
		"G13_escape_sequence":  "a\x1b[2J\x1b]0;owned\a",
		"G13_c1_control":       "a\u009b31m",
		"G13_unicode_newline":  "a\u2028b\u0085c",
		"G13_right_to_left":    "a\u202egpj.exe",
		"G13_nul_and_bad_utf8": "a\x00\xff\xfe",
		"G13_quotes":           `a" action="accept`,
		"G13_backslash":        `a\`,
	}
	for name, bad := range hostile {
		for _, format := range []Format{"text", "json"} {
			t.Run(name+"/"+string(format), func(t *testing.T) {
				var out bytes.Buffer
				l := logger(t, &out, func(c *Config) { c.Format, c.Subjects = format, true })
				r := report()
				r.Helo, r.From, r.Rcpt, r.User, r.Subject = bad, &bad, []string{bad, bad}, bad, bad
				r.MessageID, r.Reply, r.Next, r.Why, r.IP, r.Failed = bad, bad, bad, bad, bad, []gateway.Failure{{Name: "x", Error: bad}}
				Verdict(l, r)
				checkLine(t, out.String(), format)
				out.Reset()
				l.With("w", bad).WithGroup("g").Info(bad, "s", bad, "e", errors.New(bad), "l", []string{bad}, "m", map[string]string{"k": bad}, "b", []byte(bad))
				checkLine(t, out.String(), format)
			})
		}
	}
}

// checkLine sees to it that out is one line, printable, and of the right form with no key twice.
func checkLine(t *testing.T, out string, format Format) {
	t.Helper()
	line := strings.TrimSuffix(out, "\n")
	if len(line) != len(out)-1 || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		t.Errorf("not one printable line: %q", out)
	}
	if format == "json" {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil || v["msg"] == "forged" {
			t.Errorf("%v: %s", err, line)
		}
		return
	}
	for _, forged := range []string{" level=ERROR", ` action="accept`} {
		if i := strings.Index(line, forged); i >= 0 && !insideQuotes(line[:i]) {
			t.Errorf("forged %s in %s", forged, line)
		}
	}
}

// insideQuotes tells whether a prefix of a text line ends inside a quoted value.
func insideQuotes(s string) bool {
	in := false
	for i := 0; i < len(s); i++ {
		switch {
		case in && s[i] == '\\':
			i++
		case s[i] == '"':
			in = !in
		}
	}
	return in
}

func TestG12_secrets_do_not_reach_the_log(t *testing.T) {
	type conf struct {
		Password setting.Secret
		URL      string
		hidden   string
	}
	for _, format := range []Format{"text", "json"} {
		t.Run("G12_"+string(format), func(t *testing.T) {
			var out bytes.Buffer
			l := logger(t, &out, func(c *Config) { c.Format = format })
			l.Info("connect redis://me:hunter2@host", "password", "hunter2", "api_key", []string{"hunter2"}, "s", setting.Secret("hunter2"),
				"err", errors.New("dial redis://me:hunter2@host/0: refused"), "conf", conf{"hunter2", "redis://:hunter2@h", "hunter2"},
				"conf2", &conf{"hunter2", "", "hunter2"}, slog.Group("g", "token", "hunter2"))
			if strings.Contains(out.String(), "hunter2") || strings.Count(out.String(), setting.Redacted) < 7 {
				t.Errorf("logged: %s", out.String())
			}
		})
	}
}

func TestLongValuesAreCut(t *testing.T) {
	var out bytes.Buffer
	logger(t, &out, nil).Info("x", "helo", strings.Repeat("é", 1<<20))
	if out.Len() > maxText+200 || !strings.Contains(out.String(), "bytes more]") {
		t.Errorf("%d bytes are logged: %.100s", out.Len(), out.String())
	}
}

func TestLevelsLeaveOutWhatIsLessImportant(t *testing.T) {
	for level, want := range map[Level]int{"debug": 4, "info": 3, "warn": 2, "error": 1} {
		var out bytes.Buffer
		l := logger(t, &out, func(c *Config) { c.Level = level })
		l.Debug("a")
		l.Info("b")
		l.Warn("c")
		l.Error("d")
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("level %s logs %d lines, want %d", level, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("a@b \"c d\"@e <f@g>, redis://a:b@c\r\n", uint8(1))
	f.Add(strings.Repeat("@", 2000), uint8(2))
	f.Fuzz(func(t *testing.T, v string, mode uint8) {
		s := newScrubber(Config{Addresses: []Addresses{Full, Hashed, Domain}[mode%3], HashKey: "k"})
		for _, clean := range []string{s.text(v), s.whole(v)} {
			if strings.ContainsFunc(clean, hostile) || len(clean) > 20*maxText {
				t.Fatalf("%q becomes %q", v, clean)
			}
		}
	})
}

func BenchmarkVerdict(b *testing.B) {
	for _, mode := range []Addresses{Full, Hashed} {
		b.Run(string(mode), func(b *testing.B) {
			c := DefaultConfig()
			c.Addresses = mode
			l, r := New(io.Discard, c), report()
			b.ReportAllocs()
			for b.Loop() {
				Verdict(l, r)
			}
		})
	}
}
