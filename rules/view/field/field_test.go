package field

import (
	"strings"
	"testing"
	"time"

	"weir/message"
	"weir/message/header"
	"weir/rules/view/relay"
)

func header1(t *testing.T, raw string, opts Options) *Header {
	t.Helper()
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(raw))
	return New(m, opts)
}

// looked gives what a header rule would look at; "-" there is nothing.
func looked(t *testing.T, h *Header, target string) string {
	t.Helper()
	tg, err := Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	v, there := h.Append(nil, tg)
	if !there {
		if len(v) > 0 {
			t.Errorf("%s is not there, and has %q", target, v)
		}
		return "-"
	}
	return string(v)
}

const letter = "Return-Path: <bounce@lists.example.com>\r\n" +
	"Received: from a.example.com (a.example.com [192.0.2.1])\r\n\tby mx.example.net; Mon, 2 Jan 2023 10:00:00 +0000\r\n" +
	"Subject: =?utf-8?q?caf=C3?= =?utf-8?q?=A9?= to\r\n go\r\n" +
	"From: \"Ann, of X\" <Ann@Mail.Example.COM> (the boss), bob@other.example.org\r\n" +
	"To: undisclosed-recipients:;\r\n" +
	"Cc: 'Cy' <cy@example.co.uk>\r\n" +
	"X-Twice: one\r\n" +
	"X-Twice : two\r\n" +
	"X-Raw: caf\xe9\r\n" +
	"X-IP: [IPv6:2001:db8::7] and 192.0.2.9\r\n" +
	"Resent-Message-Id: <r@x>\r\n" +
	"Message-ID: <=?utf-8?q?a?=@x>\r\n" +
	"\r\nbody\r\n"

func TestTargetsNameWhatRulesLookAt(t *testing.T) {
	h := header1(t, letter, Options{})
	for target, want := range map[string]string{
		"Subject":               "café to go\n",
		"subject":               "café to go\n",
		"Subject:raw":           " =?utf-8?q?caf=C3?= =?utf-8?q?=A9?= to\n go\n",
		"From:addr":             "Ann@Mail.Example.COM\nbob@other.example.org",
		"From:addr:host":        "Mail.Example.COM\nother.example.org",
		"From:addr:domain":      "example.com\nexample.org",
		"From:name":             "Ann, of X",
		"Cc:name":               "Cy",
		"Cc:name:raw":           "'Cy' ",
		"Cc:domain":             "example.co.uk",
		"To":                    "undisclosed-recipients:;\n",
		"To:addr":               "-",
		"ToCc":                  "undisclosed-recipients:;\n'Cy' <cy@example.co.uk>\n",
		"ToCc:addr":             "cy@example.co.uk",
		"X-Twice":               "one\ntwo\n",
		"X-Twice:first":         "one\n",
		"X-Twice:last":          "two\n",
		"X-Twice:last:raw":      " two\n",
		"X-Raw":                 "café\n",
		"X-Raw:raw":             " caf\xe9\n",
		"X-IP:ip":               "IPv6:2001:db8::7",
		"Received:revip":        "1.2.0.192",
		"Received":              "from a.example.com (a.example.com [192.0.2.1]) by mx.example.net; Mon, 2 Jan 2023 10:00:00 +0000\n",
		"MESSAGEID":             "<r@x>\n<=?utf-8?q?a?=@x>\n",
		"messageid":             "-",
		"Message-Id":            "<=?utf-8?q?a?=@x>\n",
		"EnvelopeFrom":          "bounce@lists.example.com",
		"X-SenderDomain":        "lists.example.com",
		"X-AuthorDomain":        "mail.example.com other.example.org",
		"X-Spam-Relays-Trusted": "-",
		"Nothing":               "-",
	} {
		if got := looked(t, h, target); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
	if b := h.Body(); letter[b:] != "body\r\n" || h.Unended() || !h.CRLF() || h.Truncated() {
		t.Errorf("the body begins at %d; %v %v %v", b, h.Unended(), h.CRLF(), h.Truncated())
	}
}

func TestAllIsTheWholeHeader(t *testing.T) {
	h := header1(t, letter, Options{})
	all := looked(t, h, "ALL")
	if !strings.HasPrefix(all, "Return-Path: <bounce@lists.example.com>\nReceived: from a.") || !strings.Contains(all, "\nSubject: café to go\nFrom: ") ||
		!strings.Contains(all, "\nX-Twice: one\nX-Twice: two\n") || !strings.HasSuffix(all, "@x>\n") {
		t.Errorf("got %q", all)
	}
	if got, want := looked(t, h, "ALL:raw"), strings.ReplaceAll(letter[:len(letter)-len("\r\nbody\r\n")], "\r\n", "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHeadersOnEachSideOfABorder(t *testing.T) {
	path := &relay.Path{LastTrusted: 0, LastInternal: -1}
	h := header1(t, "A: 1\nReceived: r0\nB: 2\nReceived: r1\nC: 3\nReceived: r2\nD: 4\n\n", Options{Relays: func() *relay.Path { return path }})
	for target, want := range map[string]string{
		"ALL-TRUSTED":   "A: 1\nReceived: r0\nB: 2\nReceived: r1\n",
		"ALL-UNTRUSTED": "Received: r1\nC: 3\nReceived: r2\nD: 4\n",
		"ALL-INTERNAL":  "A: 1\nReceived: r0\n",
		"ALL-EXTERNAL":  "Received: r0\nB: 2\nReceived: r1\nC: 3\nReceived: r2\nD: 4\n",
	} {
		if got := looked(t, h, target); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
}

func TestHeadersEndWhereSpamAssassinEndsThem(t *testing.T) {
	for name, c := range map[string]struct {
		raw, body string
		open      bool
	}{
		"at an empty line":                  {"A: 1\n\nx", "x", false},
		"with LF in a message of CRLF":      {"A: 1\r\n\nx\r\n", "x\r\n", false},
		"at a boundary":                     {"A: 1\n--b\nx", "--b\nx", true},
		"at the fourth odd line":            {"A: 1\no1\no2\no3\no4\nB: 2\n\nx", "o4\nB: 2\n\nx", true},
		"at the end":                        {"A: 1\n", "", true},
		"behind a line of mbox":             {"From ann Mon\nA: 1\n\nx", "x", false},
		"behind a line that continues none": {" odd\nA: 1\n\nx", "x", false},
		"at once":                           {"\nA: 1\n", "A: 1\n", false},
		"in nothing":                        {"", "", true},
	} {
		h := header1(t, c.raw, Options{})
		if got := c.raw[h.Body():]; got != c.body || h.Unended() != c.open {
			t.Errorf("%s: got %q, %v", name, got, h.Unended())
		}
	}
}

func TestTextThatBeginsWithOddLinesHasNoHeader(t *testing.T) {
	h := header1(t, "HELO a\no1\no2\no3\nSubject: text\n\nx", Options{})
	if n := len(h.Fields()); n != 0 {
		t.Errorf("%d fields: %v", n, h.Fields())
	}
}

func TestFieldsOfOtherReadingsComeBehind(t *testing.T) {
	h := header1(t, "A: 1\no1\no2\no3\no4\nSubject: hidden\n\nx", Options{})
	if got := looked(t, h, "Subject"); got != "hidden\n" {
		t.Errorf("got %q", got)
	}
}

func TestStrippedFieldsAreInvisible(t *testing.T) {
	m := message.New(message.Envelope{}, message.Options{Strip: func(f *header.Field) bool { return f.Is("X-Spam-Flag") }})
	m.Load([]byte("X-Spam-Flag: NO\r\nSubject: x\r\nX-Spam-Flag: NO\r\n\r\n"))
	h := New(m, Options{})
	for target, want := range map[string]string{"X-Spam-Flag": "-", "ALL": "Subject: x\n", "ALL:raw": "Subject: x\n"} {
		if got := looked(t, h, target); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
}

func TestTheEnvelopesSender(t *testing.T) {
	received := "Received: from x\n"
	for name, c := range map[string]struct {
		raw    string
		path   *relay.Path
		header string
		want   string
	}{
		"is what the border's relay noted":          {"Return-Path: <no@x.org>\n\n", &relay.Path{Untrusted: []relay.Relay{{Sender: "a@b.org", HasSender: true}}}, "", "a@b.org"},
		"may be empty there":                        {"Return-Path: <no@x.org>\n\n", &relay.Path{Untrusted: []relay.Relay{{HasSender: true}}}, "", ""},
		"is that of the last relay if all are ours": {"\n", &relay.Path{Trusted: []relay.Relay{{}, {Sender: "c@d.org", HasSender: true}}}, "", "c@d.org"},
		"is Return-Path":                            {"Return-Path: <a@x.org>\n" + received + "\n", nil, "", "a@x.org"},
		"is not a Return-Path of long ago":          {received + "Return-Path: <a@x.org>\n\n", nil, "", "-"},
		"is X-Envelope-From before that":            {"Return-Path: <a@x.org>\nX-Envelope-From: b@x.org\n\n", nil, "", "b@x.org"},
		"is unknown behind an old X-Envelope-From":  {"Return-Path: <a@x.org>\n" + received + "X-Envelope-From: b@x.org\n\n", nil, "", "-"},
		"is not guessed from fetchmail's guess":     {"Return-Path: <a@x.org>\nX-Sender: l@x.org\nReceived: from y (fetchmail-6)\n\n", nil, "", "-"},
		"is what the files say":                     {"Return-Path: <a@x.org>\nX-Env: <e@x.org>\n\n", nil, "X-Env", "e@x.org"},
		"is that or nothing":                        {"Return-Path: <a@x.org>\n\n", nil, "X-Env", "-"},
	} {
		opts := Options{SenderHeader: c.header}
		if c.path != nil {
			opts.Relays = func() *relay.Path { return c.path }
		}
		if got := looked(t, header1(t, c.raw, opts), "EnvelopeFrom"); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	m := message.New(message.Envelope{HasFrom: true, From: "smtp@x.org"}, message.Options{})
	m.Load([]byte("Return-Path: <a@x.org>\n\n"))
	if got, ok := New(m, Options{}).Sender(); got != "smtp@x.org" || !ok {
		t.Errorf("what the gateway was told does not count: %q", got)
	}
}

func TestListsOfAddressesAreReadAsTheyCome(t *testing.T) {
	for in, want := range map[string]string{
		"ann@x.org":                  "ann@x.org",
		"Ann <ann@x.org>, bob@y.org": "ann@x.org Ann |bob@y.org",
		`"a \"b\" c" <x@y.org>`:      `x@y.org a "b" c `,
		"x@y.org (Ann)":              "x@y.org Ann",
		"Friends: a@x.org; b@x.org":  "a@x.org|b@x.org",
		"<>":                         "",
		"MAILER-DAEMON":              " MAILER-DAEMON",
		`"ann@x.org" <ann@x.org>`:    "ann@x.org ann@x.org ",
		`"ann@x.org"`:                "ann@x.org",
		"a@b@c.org":                  "a@b",
		"odd \" <x@y.org>":           "x@y.org",
		"a <b c@x.org>":              " a ",
		"<a@x.org> <a@x.org>":        "a@x.org",
		"a@[192.0.2.1]":              "a@[192.0.2.1]",
		"":                           "",
	} {
		var got []string
		for _, p := range parsePeople(in) {
			s := p.address
			if p.named {
				s += " " + p.name
			}
			if s != "" {
				got = append(got, s)
			}
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q: got %q, want %q", in, s, want)
		}
	}
}

func TestBadTargetsAreRefused(t *testing.T) {
	for _, text := range []string{"", ":addr", "From:what", "two words"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestEncodedWordsAreDecoded(t *testing.T) {
	for in, want := range map[string]string{
		"=?utf-8?B?w6k=?=":                  "é",
		"=?utf-8?B?ww==?= =?utf-8?B?qQ==?=": "é",
		"=?iso-8859-1*en?Q?a=E9_b?= c":      "aé b c",
		"=?nobody?Q?x=E9?=":                 "xé",
		"=?utf-8?Q?broken":                  "=?utf-8?Q?broken",
		"a =?utf-8?Q?b?=c":                  "a bc",
		"=?utf-8?B?YWJj":                    "=?utf-8?B?YWJj",
		"=?us-ascii?q?a?= =?utf-8?q?b?=":    "ab",
	} {
		if got := string(Decode("Subject", []byte(" "+in+"\r\n"))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// A header of a million fields must not take long: this hangs if anything is not linear.
func TestHugeHeadersStayLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("computes for long")
	}
	for name, raw := range map[string]string{
		"fields":    strings.Repeat("a:\n", 1<<20),
		"addresses": "To: " + strings.Repeat("<a@b.org>", 1<<17) + "\n\n",
		"quotes":    "To: " + strings.Repeat("\",", 1<<17) + "\n\n",
		"comments":  "To: " + strings.Repeat("(a", 1<<17) + "\n\n",
		"words":     "Subject: " + strings.Repeat("=?utf-8?q?", 1<<17) + "\n\n",
		"folds":     "Subject: x" + strings.Repeat("\n y", 1<<17) + "\n\n",
		"hosts":     "To: " + strings.Repeat("a@b.", 1<<17) + "\n\n",
	} {
		begin := time.Now()
		h := header1(t, raw, Options{})
		for _, target := range []string{"To:addr", "To:name", "To:host", "To:ip", "Subject", "Subject:raw", "ALL", "ALL:raw", "a", "ToCc:addr:domain"} {
			looked(t, h, target)
		}
		if d := time.Since(begin); d > 20*time.Second {
			t.Errorf("%s: took %s", name, d)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(letter)
	f.Add("From x\n: a\n b\n--\n")
	f.Fuzz(func(t *testing.T, raw string) {
		h := header1(t, raw, Options{})
		if b := h.Body(); b < 0 || b > len(raw) {
			t.Fatalf("body at %d of %d", b, len(raw))
		}
		for _, target := range []string{"From:addr", "From:name", "From:host", "From:domain", "ToCc:addr", "MESSAGEID", "ALL", "ALL:raw", "Received:ip", "EnvelopeFrom", "Subject", "Subject:raw"} {
			tg := MustParse(target)
			v, there := h.Append(nil, tg)
			if list := h.List(tg); there != (len(list) > 0) {
				t.Errorf("%s: %q there %v, list %q", target, v, there, list)
			}
		}
	})
}
