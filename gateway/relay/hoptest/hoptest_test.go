package hoptest

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// talk sends lines one by one and returns the replies' last lines.
func talk(t *testing.T, addr string, lines ...string) []string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	check(t, err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(c)
	replies := []string{reply(r)}
	for _, l := range lines {
		io.WriteString(c, l+"\r\n")
		replies = append(replies, reply(r))
	}
	return replies
}

func reply(r *bufio.Reader) string {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "error"
		}
		if len(line) > 3 && line[3] == ' ' {
			return strings.TrimSpace(line)
		}
	}
}

func TestServer(t *testing.T) {
	mail := []string{"EHLO me", "MAIL FROM:<a@example.org> SIZE=3", "RCPT TO:<b@example.com>", "RCPT TO:<c@example.com>", "DATA", "..x\r\n."}
	for name, test := range map[string]struct {
		script func(*Server)
		want   []string
		gets   int
	}{
		"takes everything by default": {func(*Server) {},
			[]string{"220 hop.example.com ESMTP", "250 ENHANCEDSTATUSCODES", "250 2.1.0 ok", "250 2.1.5 ok", "250 2.1.5 ok", "354 go on", "250 2.0.0 queued"}, 2},
		"refuses one recipient": {func(s *Server) { s.On("RCPT c@example.com", Reply("550 5.1.1 no")) },
			[]string{"220 hop.example.com ESMTP", "250 ENHANCEDSTATUSCODES", "250 2.1.0 ok", "250 2.1.5 ok", "550 5.1.1 no", "354 go on", "250 2.0.0 queued"}, 1},
		"resets at the dot": {func(s *Server) { s.On("DOT", Reset()) },
			[]string{"220 hop.example.com ESMTP", "250 ENHANCEDSTATUSCODES", "250 2.1.0 ok", "250 2.1.5 ok", "250 2.1.5 ok", "354 go on", "error"}, 0},
		"closes while content comes": {func(s *Server) { s.On("CONTENT", Close()) },
			[]string{"220 hop.example.com ESMTP", "250 ENHANCEDSTATUSCODES", "250 2.1.0 ok", "250 2.1.5 ok", "250 2.1.5 ok", "354 go on", "error"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := Start(t, Options{})
			test.script(s)
			if diff := cmp.Diff(test.want, talk(t, s.Addr(), mail...)); diff != "" {
				t.Errorf("replies (-want +got):\n%s", diff)
			}
			if s.Delivered() != test.gets {
				t.Errorf("delivered to %d, want %d", s.Delivered(), test.gets)
			}
		})
	}
}

func TestServerKeepsBytesAndUnstuffs(t *testing.T) {
	s := Start(t, Options{})
	lines := []string{"EHLO me", "MAIL FROM:<>", "RCPT TO:<b@example.com>", "DATA", "..x\r\n."}
	talk(t, s.Addr(), lines...)
	if got := string(s.Messages()[0].Content); got != ".x\r\n" {
		t.Errorf("content %q", got)
	}
	if got, want := string(s.Bytes()), strings.Join(lines, "\r\n")+"\r\n"; got != want {
		t.Errorf("bytes %q, want %q", got, want)
	}
}

func TestRestartRefusesThenServes(t *testing.T) {
	s := Start(t, Options{})
	s.Stop()
	if c, err := net.Dial("tcp", s.Addr()); err == nil {
		c.Close()
		t.Fatal("a stopped server takes connections")
	}
	s.Restart([]string{"SIZE 7"})
	if got := talk(t, s.Addr(), "EHLO me"); got[1] != "250 SIZE 7" {
		t.Errorf("got %q", got)
	}
}
