package doors

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"weir/filters/filtertest"
	"weir/message"
)

const letter = "From: Jo <jo@example.org>\r\nTo: ann@example.net\r\nSubject: Minutes\r\nDate: Mon, 6 May 2024 07:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\n"

// extra are mails that doors have got wrong before, theirs or others'.
func extra(t *testing.T) (list []*mail) {
	add := func(name, raw string, change func(*message.Envelope)) {
		m := &mail{name: name, raw: []byte(raw), dns: &filtertest.DNS{}}
		if change != nil {
			change(&m.env)
		}
		m.complete()
		list = append(list, m)
	}
	from := func(a string) func(*message.Envelope) {
		return func(e *message.Envelope) { e.HasFrom, e.From = true, a }
	}
	add("a letter", letter+"Hello.\r\n", nil)
	add("two recipients of one policy", letter+"Hello.\r\n", func(e *message.Envelope) { e.Rcpts = []string{"ann@example.net", "bob@example.net"} })
	add("two recipients whose policies decide differently", letter+"Win cash prizes now, lottery winner, claim money! FREE money http://192.0.2.9/x\r\n",
		func(e *message.Envelope) { e.Rcpts = []string{"ann@example.net", "bob@strict.example.net"} })
	add("the null sender", letter+"Hello.\r\n", from(""))
	add("8-bit text", letter+"Grüße aus Köln.\r\n\xe9\xff\xfe\r\n", nil)
	add("8-bit text in the header", strings.Replace(letter, "Minutes", "Grüße \xe9", 1)+"Hello.\r\n", nil)
	add("addresses beyond ASCII", letter+"Hello.\r\n", func(e *message.Envelope) {
		e.HasFrom, e.From, e.Rcpts = true, "jörg@example.org", []string{"änne@example.net"}
	})
	add("lines that begin with dots", letter+".\r\n..\r\n.hidden\r\n...\r\nend\r\n.\r\n", nil)
	add("bare LF", letter+"one\ntwo\n.\nthree\r\n", nil)
	add("bare LF and a smuggled end", letter+"one\n.\r\nMAIL FROM:<x@example.org>\r\n\r\n.\nend\r\n", nil)
	add("LF alone, as in files", strings.ReplaceAll(letter+"Hello.\r\n\r\n.\r\n", "\r\n", "\n"), nil)
	add("bare CR", letter+"one\rtwo\r\r\nthree\r\n", nil)
	add("no line end at the end", letter+"Hello", nil)
	add("NUL bytes", letter+"a\x00b\r\n", nil)
	add("an empty body", letter, nil)
	add("no empty line behind the header", strings.TrimSuffix(letter, "\r\n"), nil)
	add("a line that is no field", strings.Replace(letter, "Subject:", "no field at all\r\nSubject:", 1)+"Hello.\r\n", nil)
	add("a folded subject and odd space", strings.Replace(letter, "Subject: Minutes", "Subject:Minutes\r\n\tof\r\n   today ", 1)+"Hello.\r\n", nil)
	add("fields that only Weir may write", "X-Spam-Flag: NO\r\nX-Weir-ID: 1\r\nX-Spam-Status: No,\r\n\tscore=-9\r\n"+letter+"Hello.\r\n", nil)
	add("two fields of one name, both ours", "X-Spam-Flag: NO\r\n"+letter[:len(letter)-2]+"X-Spam-Flag: NO\r\n\r\nHello.\r\n", nil)
	add("5 MB", letter+large(5<<20), nil)
	add("an IPv6 client", letter+"Hello.\r\n", func(e *message.Envelope) { e.Client.Addr = netip.MustParseAddr("2001:db8::25") })
	add("a HELO literal", letter+"Hello.\r\n", func(e *message.Envelope) { e.Helo = "[203.0.113.77]" })
	add("an IPv6 HELO literal", letter+"Hello.\r\n", func(e *message.Envelope) {
		e.Client.Addr, e.Helo = netip.MustParseAddr("2001:db8::25"), "[IPv6:2001:db8::25]"
	})
	add("a client with a name", letter+"Hello.\r\n", func(e *message.Envelope) { e.Client.Name = "mx.example.org" })
	add("an authenticated user", letter+"Hello.\r\n", func(e *message.Envelope) { e.Client.Auth = "jo@example.net" })
	add("spam that is refused", strings.Replace(letter, "Minutes", "F R E E C A S H", 1)+"Win cash prizes now, lottery winner, claim money\r\n",
		func(e *message.Envelope) { e.Rcpts = []string{"bob@strict.example.net"} })
	return list
}

// large is text of n bytes in lines of 70, no two alike.
func large(n int) string {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		line := strings.Repeat("word ", 12)
		b.WriteString(line + strings.Repeat("x", i%9) + string(rune('a'+i%26)) + "\r\n")
	}
	return b.String()
}
