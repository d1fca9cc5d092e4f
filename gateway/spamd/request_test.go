package spamd

import (
	"bufio"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters/setting"
)

func TestRequestsThatAreNotUnderstood(t *testing.T) {
	d := open(t, nil)
	long := strings.Repeat("x", maxLine)
	bad := func(text string) string { return "SPAMD/1.0 76 Bad header line: " + text + "\r\n" }
	for _, c := range []struct{ name, request, want string }{
		{"another command", "BLAH SPAMC/1.5\r\n\r\n", bad("BLAH SPAMC/1.5")},
		{"lower case", "check SPAMC/1.5\r\n\r\n", bad("check SPAMC/1.5")},
		{"another protocol", "CHECK SPAMD/1.5\r\n\r\n", bad("CHECK SPAMD/1.5")},
		{"two spaces", "CHECK  SPAMC/1.5\r\n\r\n", bad("CHECK  SPAMC/1.5")},
		{"no version", "CHECK SPAMC/\r\n\r\n", bad("CHECK SPAMC/")},
		{"a version that is no number", "CHECK SPAMC/one.5\r\n\r\n", bad("CHECK SPAMC/one.5")},
		{"a huge version", "CHECK SPAMC/1.999999999999999999999\r\n\r\n", bad("CHECK SPAMC/1.999999999999999999999")},
		{"more on the line", "CHECK SPAMC/1.5 please\r\n\r\n", bad("CHECK SPAMC/1.5 please")},
		{"a web page's request", "POST /CHECK%20SPAMC/1.2 HTTP/1.1\r\n\r\n", bad("POST /CHECK%20SPAMC/1.2 HTTP/1.1")},
		{"a web page's request with our words in it", "GET /?CHECK SPAMC/1.2\r\n\r\n", bad("GET /?CHECK SPAMC/1.2")},
		{"binary", "\x00\xff\x1b[2J\r\n\r\n", bad("???[2J")},
		{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\n", bad("?????????")},
		{"cut off in the line", "CHECK SPA", bad("(EOF during headers)")},
		{"cut off in the headers", "CHECK SPAMC/1.5\r\nUser: joe\r\n", bad("(EOF during headers)")},
		{"a line without end", "CHECK SPAMC/1.5" + long + long, bad("(line longer than 16384 bytes)")},
		{"a header without end", "CHECK SPAMC/1.5\r\nUser: " + long + long + "\r\n\r\n", bad("(line longer than 16384 bytes)")},
		{"too many headers", "CHECK SPAMC/1.5\r\n" + strings.Repeat("A: b\r\n", 256) + "\r\n", bad("(too many headers)")},
		{"no header", "CHECK SPAMC/1.5\r\nFoo\r\n\r\n", bad("(header not in 'Name: value' format)")},
		{"no number", "CHECK SPAMC/1.5\r\nContent-length: ten\r\n\r\n", bad("(Content-Length contains non-numeric bytes)")},
		{"a negative number", "CHECK SPAMC/1.5\r\nContent-length: -1\r\n\r\n", bad("(Content-Length contains non-numeric bytes)")},
		{"an empty number", "CHECK SPAMC/1.5\r\nContent-length:\r\n\r\n", bad("(Content-Length contains non-numeric bytes)")},
		{"two lengths", "CHECK SPAMC/1.5\r\nContent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef", bad("(two different Content-length headers)")},
		{"less than was announced", "CHECK SPAMC/1.5\r\nContent-length: 50\r\n\r\nabc", bad("(Content-Length mismatch: Expected 50 bytes, got 3 bytes)")},
		{"more than was announced", "CHECK SPAMC/1.5\r\nContent-length: 50\r\n\r\n" + mailOf("T_SPAM"), bad("(Content-Length mismatch: more than 50 bytes came)")},
		{"another compression", "CHECK SPAMC/1.5\r\nCompress: lzw\r\n\r\n", bad("(compression type not supported: lzw)")},
		{"control characters in a name", "CHECK SPAMC/1.5\r\nUser: a\x01b\r\n\r\n", bad("(User header contains control chars)")},
		{"too large", "CHECK SPAMC/1.5\r\nContent-length: 100001\r\n\r\n" + strings.Repeat("x", 100001), "SPAMD/1.0 65 Data Error: (the message is larger than 100000 bytes)\r\n"},
		{"far too large", "CHECK SPAMC/1.5\r\nContent-length: 99999999999999999999999\r\n\r\nx", "SPAMD/1.0 65 Data Error: (the message is larger than 100000 bytes)\r\n"},
		{"too large without a length", "CHECK SPAMC/1.5\r\n\r\n" + strings.Repeat("x", 150000), "SPAMD/1.0 65 Data Error: (the message is larger than 100000 bytes)\r\n"},
		{"no such request of Rspamd's", "PROCESS RSPAMC/1.3\r\n\r\n", bad("PROCESS RSPAMC/1.3")},
		{"Rspamd's, less than was announced", "CHECK RSPAMC/1.3\r\nContent-length: 50\r\n\r\nabc", "RSPAMD/1.3 76 Bad header line: (Content-Length mismatch: Expected 50 bytes, got 3 bytes)\r\n"},
		{"more recipients than a mail has", "CHECK RSPAMC/1.3\r\n" + strings.Repeat("Rcpt: a@b\r\n", 1001) + "\r\n", "RSPAMD/1.3 76 Bad header line: (too many recipients: at most 1000 for one mail)\r\n"},
		{"headers without end", "CHECK RSPAMC/1.3\r\n" + strings.Repeat("Rcpt: "+strings.Repeat("y", 1000)+"\r\n", 300) + "\r\n", "RSPAMD/1.3 76 Bad header line: (too many headers)\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.TB = t
			same(t, d.say(c.request), c.want)
			if len(d.reports) > 0 && !strings.HasPrefix(c.name, "more than") {
				t.Error("it was judged")
			}
			d.reports = nil
		})
	}
}

// TestWhatComesBehindTheEndIsNotPassedOver with clients that send the rest in time, with the mail or while it is judged.
func TestWhatComesBehindTheEndIsNotPassedOver(t *testing.T) {
	for _, size := range []int{20, 5000, 70_000} {
		for _, with := range []bool{true, false} {
			d := open(t, nil)
			c := d.dial()
			request, more := wireRequest("CHECK SPAMC/1.5", "Subject: HOLD\n\n"+strings.Repeat("a", size-len("Subject: HOLD\n\n"))), "more"
			if with {
				request, more = request+more, ""
			}
			if _, err := io.WriteString(c, request); err != nil {
				t.Fatal(err)
			}
			<-d.filter.held
			if _, err := io.WriteString(c, more); err != nil {
				t.Fatal(err)
			}
			close(d.filter.hold)
			got := d.talk(c, "", true)
			if !strings.HasPrefix(got, "SPAMD/1.0 76 Bad header line: (Content-Length mismatch: more than") {
				t.Errorf("size %d, together %v: got %q", size, with, got)
			}
		}
	}
}

func TestSlowClientsAreGivenUp(t *testing.T) {
	d := open(t, func(d *visited, _ settings, _ policy) { d.config.HeaderTime = short })
	same(t, d.talk(d.dial(), "CHECK SPAMC/1.5\r\n", false), "SPAMD/1.0 79 Timeout: (the header did not come in time)\r\n")
	same(t, d.talk(d.dial(), "", false), "") // an idle one is hung up on
	d = open(t, func(d *visited, _ settings, _ policy) {
		d.config.HeaderTime, d.config.ReadTime = setting.Duration(time.Minute), short
	})
	same(t, d.talk(d.dial(), "CHECK SPAMC/1.5\r\nContent-length: 100\r\n\r\nabc", false), "SPAMD/1.0 79 Timeout: (the message did not come in time)\r\n")
	same(t, d.talk(d.dial(), "CHECK SPAMC/1.5\r\nContent-length: 100\r\nCompress: zlib\r\n\r\n"+packed("abc")[:5], false), "SPAMD/1.0 79 Timeout: (the message did not come in time)\r\n")
}

const short = setting.Duration(100 * time.Millisecond)

func TestRspamdsRequestTellsTheWay(t *testing.T) {
	r, f := parseLine("CHECK RSPAMC/1.3")
	if f != nil {
		t.Fatal(f)
	}
	head := "Content-length: 7\r\nQueue-Id: 1a\r\nFrom: <>\r\nRecipient-Number: 2\r\nRcpt: <joe@example.com>\r\nRcpt: ann@example.com\r\n" +
		"Helo: client.example\r\nHostname: host.example\r\nIP: [2001:db8::1]\r\nUser: login\r\n\r\n"
	if err := r.readHeaders(bufio.NewReaderSize(strings.NewReader(head), maxLine)); err != nil {
		t.Fatal(err)
	}
	want := r.Envelope
	want.HasFrom, want.From, want.Rcpts, want.Helo = true, "", []string{"joe@example.com", "ann@example.com"}, "client.example"
	want.Client.Name, want.Client.Addr, want.Client.Auth = "host.example", netip.MustParseAddr("2001:db8::1"), "login"
	if diff := cmp.Diff(want, r.Envelope, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || r.length != 7 {
		t.Errorf("length %d, envelope (-want +got):\n%s", r.length, diff)
	}
}

// TestRspamdsClientIsTheSameBehindAllDoors wants of an address what HTTP makes of it: lists are asked by it, and networks
// trusted.
func TestRspamdsClientIsTheSameBehindAllDoors(t *testing.T) {
	d := open(t, nil)
	for told, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "[IPv6:2001:db8::1]": "2001:db8::1", "fe80::1%eth0": "fe80::1", "unix:/x": "",
	} {
		d.ask("CHECK RSPAMC/1.3", mailOf("hello"), "IP: "+told)
		if r := d.last(t); r.IP != want {
			t.Errorf("%s is %q, want %q", told, r.IP, want)
		}
	}
}

// FuzzRequest wants an answer or an error for any bytes, and that what was read as the mail is what came.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		wireRequest("CHECK SPAMC/1.5", mailOf("T_SPAM"), "User: joe"), "PING SPAMC/1.2\r\n", "TELL SPAMC/1.5\r\nMessage-class: spam\r\nSet: local\r\n\r\nx",
		wireRequest("CHECK RSPAMC/1.3", "x", "From: <a@b>", "Rcpt: <c@d>", "IP: ::1"), wireRequest("PROCESS SPAMC/1.5", packed("x"), "Compress: zlib"), "CHECK SPAMC/1.0\r\nx",
	} {
		f.Add(seed)
	}
	d := open(f, nil)
	f.Fuzz(func(t *testing.T, text string) {
		in := bufio.NewReaderSize(strings.NewReader(text), maxLine)
		line, err := readLine(in)
		if err != nil {
			return
		}
		r, fault := parseLine(line)
		if fault != nil || r.hasHeaders() && r.readHeaders(in) != nil {
			return
		}
		m, err := d.server.readMail(in, r)
		if err != nil {
			return
		}
		defer m.buf.Close()
		if !r.zlib && !m.lf && r.length >= 0 && int64(len(m.top)+len(m.raw)) != r.length || int64(len(m.raw)) > 2*d.limit {
			t.Errorf("%d bytes of %d were read from %q", len(m.raw), r.length, text)
		}
		if got := (content{[][]byte{m.raw}, m.lf}).size(); m.lf && got >= len(m.raw) {
			t.Errorf("%d bytes go back of %d", got, len(m.raw))
		}
		_ = spamHead(r, agreeing(true, 1, 2), len(m.raw))
		_ = failure(r, protocol("%s", shown(text)))
	})
}
