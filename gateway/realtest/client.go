package realtest

import (
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"
)

// Client speaks SMTP step by step, as a test needs it: it tells apart whether a mail was refused, never sent, or sent
// with an unknown outcome. It does not pipeline.
type Client struct {
	conn net.Conn
	text *textproto.Conn
}

// answerLimit is how long a client waits for one answer. It is a hang guard.
const answerLimit = 60 * time.Second

// Dial connects, reads the greeting and says EHLO.
func Dial(addr string) (*Client, error) { return DialFrom("", addr) }

// DialFrom is Dial from an address of this machine, such as 127.0.0.9; "" leaves the choice to the system.
func DialFrom(local, addr string) (*Client, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if local != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(local)}
	}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, text: textproto.NewConn(conn)}
	for _, step := range []string{"", "EHLO client.weir.test"} {
		if code, answer, err := c.Say(step); err != nil || code/100 != 2 {
			_ = c.Close()
			return nil, fmt.Errorf("realtest: %q: %d %s: %w", step, code, answer, err)
		}
	}
	return c, nil
}

// Close closes the connection without QUIT.
func (c *Client) Close() error { return c.text.Close() }

// Quit says QUIT and closes.
func (c *Client) Quit() error {
	_, _, _ = c.Say("QUIT")
	return c.Close()
}

// Say sends one command line (none for "") and reads one reply of any code. An error means that no reply came.
func (c *Client) Say(line string) (code int, text string, err error) {
	_ = c.conn.SetDeadline(time.Now().Add(answerLimit))
	if line != "" {
		if _, err := io.WriteString(c.conn, line+"\r\n"); err != nil {
			return 0, "", err
		}
	}
	code, text, err = c.text.ReadResponse(0)
	if _, ok := err.(*textproto.Error); ok {
		err = nil
	}
	return code, text, err
}

// Outcome is what a client knows of a mail it tried to send.
type Outcome struct {
	Accepted bool           // 250 after the dot
	Unknown  bool           // the dot may have been sent and no reply was read: delivered or not, nobody can tell
	AfterDot bool           // Code came after the dot
	Code     int            // of the reply that ended the transaction; 0 where none came
	Text     string         // its text
	Rcpts    map[string]int // the reply's code for each recipient that got one
	Err      error          // the connection's error, if that ended it
}

// Send carries out one transaction. data has CRLF line ends and is dot-stuffed here.
func (c *Client) Send(from string, rcpts []string, data string) (o Outcome) {
	o.Rcpts = map[string]int{}
	if !c.step(&o, "MAIL FROM:<"+from+">", 2) {
		return o
	}
	accepted := 0
	for _, to := range rcpts {
		if c.step(&o, "RCPT TO:<"+to+">", 2) {
			accepted++
		}
		if o.Err != nil {
			return o
		}
		o.Rcpts[to] = o.Code
	}
	if accepted == 0 {
		_, _, _ = c.Say("RSET")
		return o
	}
	if !c.step(&o, "DATA", 3) {
		return o
	}
	return c.content(o, data)
}

// step tells whether the reply has the wanted class.
func (c *Client) step(o *Outcome, line string, class int) bool {
	o.Code, o.Text, o.Err = c.Say(line)
	return o.Err == nil && o.Code/100 == class
}

// content holds back the very last byte of the dot line: while that is unsent, nothing can have been accepted.
func (c *Client) content(o Outcome, data string) Outcome {
	o.Code = 0
	_ = c.conn.SetDeadline(time.Now().Add(answerLimit))
	if _, o.Err = io.WriteString(c.conn, dotStuff(data)+".\r"); o.Err != nil {
		return o
	}
	if _, o.Err = io.WriteString(c.conn, "\n"); o.Err != nil {
		return o
	}
	o.AfterDot = true
	o.Code, o.Text, o.Err = c.Say("")
	o.Accepted = o.Err == nil && o.Code/100 == 2
	o.Unknown = o.Err != nil
	return o
}

// dotStuff doubles the dots at line starts (RFC 5321 section 4.5.2) and ends the last line.
func dotStuff(data string) string {
	if !strings.HasSuffix(data, "\r\n") {
		data += "\r\n"
	}
	data = strings.ReplaceAll(data, "\r\n.", "\r\n..")
	if strings.HasPrefix(data, ".") {
		data = "." + data
	}
	return data
}
