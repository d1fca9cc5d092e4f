package smtp

import (
	"strings"
	"testing"
)

func TestMailGoesThrough(t *testing.T) {
	d := start(t)
	c := d.hello()
	reply := c.mail(hello, "bob@example.com", "eve@example.com")
	if !strings.HasPrefix(reply, "250 ") || !strings.Contains(reply, "[testid0123456789]") {
		t.Errorf("final reply %q", reply)
	}
	c.cmd("QUIT", "221")
	c.closed()
	got := d.hop.Messages()
	if len(got) != 1 || len(got[0].Accepted) != 2 || got[0].From != "sender@example.org" {
		t.Fatalf("at the next hop: %+v", got)
	}
	if text := withoutTrace(t, got[0].Content); text != hello {
		t.Errorf("content %q", text)
	}
	if j := d.court.messages(); len(j) != 1 || j[0].raw != hello || j[0].env.Helo != "client.example.org" || !j[0].env.Client.Addr.IsLoopback() {
		t.Errorf("judged: %+v", j)
	}
}

func TestMailsOfOneSessionDoNotMix(t *testing.T) {
	d := start(t)
	c := d.hello()
	for _, text := range []string{"Subject: a\r\n\r\n1\r\n", "\r\n", "Subject: c\r\n\r\n" + strings.Repeat("x", 3<<20) + "\r\n", "last\r\n", ""} {
		if r := c.mail(text, "bob@example.com"); !strings.HasPrefix(r, "250") {
			t.Fatal(r)
		}
		m := d.hop.Messages()
		if got := withoutTrace(t, m[len(m)-1].Content); got != text {
			t.Errorf("%d bytes %.40q, want %d bytes", len(got), got, len(text))
		}
	}
}

func TestPipelinedSession(t *testing.T) {
	d := start(t)
	c := d.hello()
	c.write("MAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nRCPT TO:<x@other.example>\r\nDATA\r\n")
	for _, want := range []string{"250", "250", "550 5.7.1", "354"} {
		c.want(want)
	}
	c.write(hello + ".\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<bob@example.com>\r\nRSET\r\nNOOP\r\nQUIT\r\n")
	for _, want := range []string{"250", "250", "250", "250", "250", "221"} {
		c.want(want)
	}
	c.closed()
	if m := d.hop.Messages(); len(m) != 1 || m[0].From != "" {
		t.Errorf("at the next hop: %+v", m)
	}
}

func TestReplies(t *testing.T) {
	d := start(t)
	for _, row := range []struct {
		name string
		talk []string // command, reply, …
	}{
		{"HELO is answered by name", []string{"HELO a", "250 weir.example.net"}},
		{"HELO needs a name", []string{"HELO", "501 5.5.4"}},
		{"MAIL needs a name first", []string{"MAIL FROM:<a@b.example>", "503 5.5.1"}},
		{"a second MAIL is refused", []string{"EHLO a", "250", "MAIL FROM:<a@b.example>", "250", "MAIL FROM:<a@b.example>", "503 5.5.1"}},
		{"RCPT needs MAIL", []string{"EHLO a", "250", "RCPT TO:<bob@example.com>", "503"}},
		{"DATA needs MAIL", []string{"EHLO a", "250", "DATA", "503"}},
		{"DATA needs a recipient", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "DATA", "554 5.5.1"}},
		{"DATA takes no parameter", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "RCPT TO:<bob@example.com>", "250", "DATA x", "501"}},
		{"RSET ends the transaction", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "RSET", "250", "RCPT TO:<bob@example.com>", "503"}},
		{"EHLO ends the transaction", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "EHLO a", "250", "RCPT TO:<bob@example.com>", "503"}},
		{"postmaster needs no domain", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "RCPT TO:<Postmaster>", "250"}},
		{"no other recipient goes without a domain", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "RCPT TO:<root>", "501 5.1.3"}},
		{"a foreign domain is not relayed", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "RCPT TO:<bob@other.example>", "550 5.7.1"}},
		{"a foreign domain behind a source route is not relayed", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "RCPT TO:<@example.com:bob@other.example>", "550 5.7.1"}},
		{"a percent hack is relaying", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "RCPT TO:<bob%other.example@example.com>", "550 5.7.1"}},
		{"the gateway refuses a HELO name", []string{"EHLO refused.example", "554 5.7.1", "MAIL FROM:<>", "503"}},
		{"the gateway refuses a sender", []string{"EHLO a", "250", "MAIL FROM:<refused@example.org>", "554 5.7.1", "MAIL FROM:<>", "250"}},
		{"the gateway refuses a recipient", []string{"EHLO a", "250", "MAIL FROM:<>", "250", "RCPT TO:<refused@example.com>", "550 5.7.1", "DATA", "554"}},
		{"VRFY tells nothing", []string{"VRFY bob", "252 2.5.2"}},
		{"EXPN is not offered", []string{"EXPN all", "502"}},
		{"HELP helps", []string{"HELP", "214"}},
		{"AUTH is not offered", []string{"EHLO a", "250", "AUTH PLAIN AAAA", "502 5.5.1"}},
		{"an unknown verb", []string{"FROBNICATE", "500 5.5.1"}},
		{"lower case and space are fine", []string{"ehlo  a ", "250", "mail from: <a@b.example> size=10", "250", "rcpt to: <bob@example.com>", "250"}},
		{"an address without brackets is fine", []string{"EHLO a", "250", "MAIL FROM:a@b.example SIZE=10", "250"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := d.dial()
			c.t = t
			c.want("220 weir.example.net ESMTP Weir")
			for i := 0; i < len(row.talk); i += 2 {
				c.cmd(row.talk[i], row.talk[i+1])
			}
		})
	}
}
