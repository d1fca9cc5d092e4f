package relay

import (
	"strings"
	"testing"

	"weir/gateway/relay/hoptest"
)

// TestCommandLine: CASES A20: what must never be written.
func TestCommandLine(t *testing.T) {
	bad := map[string]string{
		"A20_CRLF":                  "a@example.com>\r\nRCPT TO:<x@evil.example",
		"A20_bare_LF":               "a\n@example.com",
		"A20_closing_bracket":       "a@example.com> NOTIFY=NEVER",
		"A20_bracket_in_quotes":     "\"a>b\"@example.com",
		"A20_parameter_in_quotes":   "\"a SIZE=1\"@example.com",
		"A20_NUL":                   "a\x00@example.com",
		"A20_opening_bracket":       "<a@example.com",
		"A20_DEL":                   "a\x7f@example.com",
		"A20_overlong":              strings.Repeat("a", 400) + "@example.com",
		"A20_8bit_without_SMTPUTF8": "é@example.com",
		"A20_invalid_UTF8":          "\xff@example.com",
	}
	srv := hoptest.Start(t, hoptest.Options{})
	for _, protocol := range []Protocol{SMTP, Maildir} {
		addr := srv.Addr()
		if protocol == Maildir {
			addr = t.TempDir()
		}
		hop := open(t, short(protocol, addr), Hooks{})
		for name, addr := range bad {
			t.Run(name+"_"+string(protocol), func(t *testing.T) {
				if d, rep := hop.Begin(t.Context(), envelope(addr), MailParams{}); rep.Code/100 != 5 {
					t.Errorf("MAIL FROM:<%q> got %+v", addr, rep)
					d.Abort()
				}
				d, _ := hop.Begin(t.Context(), envelope("a@example.org"), MailParams{})
				defer d.Abort()
				if rep := d.Rcpt(t.Context(), addr, RcptParams{}); rep.Code/100 != 5 {
					t.Errorf("RCPT TO:<%q> got %+v", addr, rep)
				}
				for _, p := range []RcptParams{{Notify: "NEVER\r\nDATA"}, {ORcpt: "rfc822;a b"}} {
					if rep := d.Rcpt(t.Context(), a, p); rep.Code != 501 {
						t.Errorf("%+v got %+v", p, rep)
					}
				}
				for _, p := range []MailParams{{EnvID: "a b"}, {Ret: "FULL X=1"}, {Body: "8BITMIME\r\n"}, {Size: -1}} {
					if _, rep := hop.Begin(t.Context(), envelope(a), p); rep.Code != 501 {
						t.Errorf("%+v got %+v", p, rep)
					}
				}
			})
		}
	}
	if n := len(srv.Commands()); n != 0 {
		t.Errorf("the hop heard %q", srv.Commands())
	}
}

// TestBareLineEnds: CASES A02: content that was not normalised is not sent, however it is cut into chunks.
func TestBareLineEnds(t *testing.T) {
	for name, text := range map[string]string{
		"A02_LF_dot_LF":            "x\n.\nMAIL FROM:<e@evil.example>\r\n",
		"A02_LF_dot_CRLF":          "x\n.\r\nMAIL FROM:<e@evil.example>\r\n",
		"A02_CR_dot_CR":            "x\r.\ry\r\n",
		"A02_CRLF_dot_CR":          "x\r\n.\ry\r\n",
		"A02_CRLF_dot_LF":          "x\r\n.\nMAIL\r\n",
		"A02_CR_CRLF_dot_CRLF":     "x\r\r\n.\r\nMAIL\r\n",
		"A02_bare_CR_at_the_end":   "x\r\ny\r",
		"A02_bare_LF_at_the_start": "\nx\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			hop := open(t, short(SMTP, srv.Addr()), Hooks{})
			for cut := range len(text) + 1 {
				sent := chunked(t, hop, text[:cut], text[cut:])
				want(t, "dot", "451", sent)
			}
			hop.Close()
			eventually(t, "the connections are closed", func() bool { return srv.Open() == 0 })
			if srv.Count() != 0 || strings.Contains(string(srv.Bytes()), "evil") {
				t.Errorf("it was sent: %q", srv.Bytes())
			}
		})
	}
}

func chunked(t *testing.T, hop Hop, pieces ...string) []Reply {
	t.Helper()
	d, _ := hop.Begin(t.Context(), envelope("a@example.org"), MailParams{})
	defer d.Abort()
	d.Rcpt(t.Context(), a, RcptParams{})
	var chunks [][]byte
	for _, p := range pieces {
		chunks = append(chunks, []byte(p))
	}
	return d.Send(t.Context(), []string{a}, chunks, nil)
}

// TestStuffing: the content arrives as it was, however it is cut.
func TestStuffing(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	dots := strings.Repeat(".\r\n", 30_000)
	for _, text := range []string{"", ".", ".\r\n", "..\r\n.\r\n\r\n.x", "a\r\n.b\r\n", "no end", "no end\x00", "x\r\n\x00", dots, dots + strings.Repeat("x", 200_000) + "\r\n"} {
		for _, cut := range []int{0, 1, 2, 3, 4, 5, len(text) / 2, len(text)} {
			cut = min(cut, len(text))
			srv.Forget()
			want(t, "dot", "250", chunked(t, hop, text[:cut], text[cut:]))
			expected := text
			if text != "" && !strings.HasSuffix(text, "\r\n") {
				expected += "\r\n"
			}
			if got := string(srv.Messages()[0].Content); got != expected {
				t.Fatalf("cut at %d: got %.60q (%d bytes), want %.60q (%d)", cut, got, len(got), expected, len(expected))
			}
		}
	}
}
