package milter

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// dialog is what Postfix writes for one mail, in the pieces in which it writes it: it waits for an answer after each.
func dialog(mail string) []string {
	head, body, _ := strings.Cut(mail, "\n\n")
	var header strings.Builder
	for _, f := range fields(head) {
		name, value, _ := strings.Cut(f, ":")
		header.WriteString(packet('L', name+"\x00"+value+"\x00"))
	}
	return []string{
		packet('C', connect4("203.0.113.7")) + packet('H', "client.example\x00") + packet('D', "Mi\x001\x00{mail_addr}\x00ann@shop.example\x00") + packet('M', "<ann@shop.example>\x00SIZE=4000\x00"),
		packet('D', "Ri\x004TcXl\x00{rcpt_addr}\x00bob@house.example\x00") + packet('R', "<bob@house.example>\x00"),
		header.String() + packet('N', "") + packet('B', strings.ReplaceAll(body, "\n", "\r\n")),
		packet('D', "Ei\x004TcXl\x00") + packet('E', ""),
	}
}

// usual is a mail of 4 kB with a header as mail has it.
var usual = "Received: from a.example (a.example [192.0.2.1])\n\tby b.example with ESMTPS id 1;\n\tMon, 2 Mar 2026 10:00:00 +0000\n" +
	"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=a; h=from:to;\n\tbh=abcd;\n\tb=" + strings.Repeat("c2ln", 60) + "\n" +
	"From: Ann <ann@shop.example>\nTo: Bob <bob@house.example>\nSubject: Lunch\nDate: Mon, 2 Mar 2026 10:00:00 +0000\nMessage-ID: <1@shop.example>\n" +
	"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + strings.Repeat("At noon, at the old place by the river, as always?\n", 64)

var negotiation = packet('O', "\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff")

// replay is a connection whose other end says everything at once, again and again.
type replay struct {
	script
	text  string
	mails int
	at    int
}

func (c *replay) Read(p []byte) (int, error) {
	if c.at == len(c.text) {
		if c.mails--; c.mails <= 0 {
			return 0, io.EOF
		}
		c.at = len(negotiation)
	}
	n := copy(p, c.text[c.at:])
	c.at += n
	return n, nil
}

func (c *replay) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkDoor is the door alone, with a filter that does nothing: packets in, the message put together, a verdict and four fields out.
func BenchmarkDoor(b *testing.B) {
	d := start(b)
	b.SetBytes(int64(len(usual)))
	b.ReportAllocs()
	b.ResetTimer()
	newSession(d.Server, &replay{text: negotiation + strings.Join(dialog(usual), ""), mails: b.N}).serve()
}

// BenchmarkLatency is one mail on a connection of its own, with all its answers, as Postfix does it. nagle: the mail
// server leaves small packets waiting, and writes macros and commands one by one.
func BenchmarkLatency(b *testing.B) {
	for _, c := range []struct {
		name  string
		setup setup
		nagle bool
	}{{"unix", onUnix, false}, {"tcp", func(*door) {}, false}, {"tcp-nagle", func(*door) {}, true}} {
		b.Run(c.name, func(b *testing.B) {
			d := start(b, c.setup)
			steps := append([]string{negotiation}, dialog(usual)...)
			took := make([]time.Duration, 0, b.N)
			for b.Loop() {
				began := time.Now()
				d.once(b, steps, c.nagle)
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// once sends one mail.
func (d *door) once(b *testing.B, steps []string, nagle bool) {
	c, err := net.Dial(d.network, d.addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetNoDelay(!nagle)
	}
	m := &mta{Conn: c, t: b}
	for _, s := range steps {
		for nagle && len(s) > 0 { // packet by packet
			n := 4 + int(s[2])<<8 + int(s[3])
			_, _ = io.WriteString(c, s[:n])
			s = s[n:]
		}
		if !nagle {
			_, _ = io.WriteString(c, s)
		}
		for m.hear()[0] == 'i' { // the verdict comes behind the changes
		}
	}
}
