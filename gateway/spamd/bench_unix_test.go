//go:build unix

package spamd

import (
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/gateway"
	"weir/message"
)

// BenchmarkDoor is one mail of 20 kB by one client over loopback, a connection each: what the door costs beside the judging,
// of which there is next to none here. cpu-µs/op is the process's, with the client's part. LF is how spamc sends mail, and it is given
// CRLF first.
func BenchmarkDoor(b *testing.B) {
	body := strings.Repeat(strings.Repeat("0123456789 ", 6)+"\n", 300)
	lf := mailOf("hello") + body
	for _, c := range []struct{ name, line, mail string }{
		{"CHECK/LF", "CHECK SPAMC/1.5", lf},
		{"CHECK/CRLF", "CHECK SPAMC/1.5", strings.ReplaceAll(lf, "\n", "\r\n")},
		{"PROCESS/LF", "PROCESS SPAMC/1.5", lf},
		{"CHECK/Rspamd", "CHECK RSPAMC/1.3", lf},
		{"PING", "PING SPAMC/1.5", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			d := open(b, func(d *visited, _ settings, _ policy) { d.memory = 1 << 20 })
			request := []byte(wireRequest(c.line, c.mail))
			answer := make([]byte, 64<<10)
			b.ReportAllocs()
			began := used()
			b.ResetTimer()
			for range b.N {
				conn, err := net.Dial("tcp", d.addr.String())
				if err != nil {
					b.Fatal(err)
				}
				_, err = conn.Write(request)
				n := 0
				for err == nil {
					var k int
					k, err = conn.Read(answer[n:])
					n += k
				}
				_ = conn.Close()
				if err != io.EOF || !strings.Contains(string(answer[:n]), " 0 ") {
					b.Fatalf("%q, %v", answer[:n], err)
				}
			}
			b.ReportMetric(float64((used()-began).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// used is the CPU time of this process.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkJudge is the judging of the same mail without the door.
func BenchmarkJudge(b *testing.B) {
	d := open(b, nil)
	mail := []byte(strings.ReplaceAll(mailOf("hello")+strings.Repeat(strings.Repeat("0123456789 ", 6)+"\n", 300), "\n", "\r\n"))
	b.ReportAllocs()
	for range b.N {
		d.server.gateway.Judge(b.Context(), &message.Envelope{}, mail, func(*gateway.Outcome) {})
	}
}
