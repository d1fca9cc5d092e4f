package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// dialog is a talk with a mail server, line by line and bounded.
type dialog struct {
	conn   net.Conn
	in     *bufio.Reader
	host   string // for the certificate
	hail   string
	offers map[string]bool
}

const (
	maxReplyLine  = 4096
	maxReplyLines = 100
)

func newDialog(c net.Conn, host string) *dialog {
	return &dialog{conn: c, in: bufio.NewReaderSize(c, maxReplyLine), host: host}
}

func (d *dialog) greet() error {
	code, lines, err := d.reply()
	if err == nil && code/100 != 2 {
		err = fmt.Errorf("it greets with %d %s", code, strings.Join(lines, " "))
	}
	if len(lines) > 0 {
		d.hail = lines[0]
	}
	return err
}

// greeting is what the server says of itself, in short.
func (d *dialog) greeting() string {
	name, _, _ := strings.Cut(d.hail, " ")
	return name
}

// hello says EHLO or LHLO and notes what is offered.
func (d *dialog) hello(verb, name string) error {
	if _, err := fmt.Fprintf(d.conn, "%s %s\r\n", verb, name); err != nil {
		return err
	}
	code, lines, err := d.reply()
	if err == nil && code/100 != 2 {
		err = fmt.Errorf("it answers %s with %d %s", verb, code, strings.Join(lines, " "))
	}
	d.offers = map[string]bool{}
	for _, l := range lines[min(1, len(lines)):] {
		word, _, _ := strings.Cut(l, " ")
		d.offers[strings.ToUpper(word)] = true
	}
	return err
}

// say sends a command and gives the reply. A code of 0 says that the connection is lost, and why.
func (d *dialog) say(command string) (int, string) {
	if _, err := io.WriteString(d.conn, command+"\r\n"); err != nil {
		return 0, err.Error()
	}
	code, lines, err := d.reply()
	if err != nil {
		return 0, err.Error()
	}
	return code, strings.Join(lines, " ")
}

var errReply = errors.New("it does not speak SMTP")

// reply reads a reply of one line or more.
func (d *dialog) reply() (code int, lines []string, err error) {
	for range maxReplyLines {
		raw, err := d.in.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		line := strings.TrimRight(string(raw), "\r\n")
		if len(line) < 3 {
			return 0, nil, errReply
		}
		if code, err = strconv.Atoi(line[:3]); err != nil || code < 200 || code > 599 {
			return 0, nil, errReply
		}
		if len(line) == 3 {
			return code, append(lines, ""), nil
		}
		lines = append(lines, line[4:])
		if line[3] != '-' {
			return code, lines, nil
		}
	}
	return 0, nil, errReply
}

// startTLS begins TLS with whatever certificate the server has, and gives it: it is looked at afterwards, so that all
// can be said of it.
func (d *dialog) startTLS(ctx context.Context) ([]*x509.Certificate, error) {
	if code, text := d.say("STARTTLS"); code != 220 {
		return nil, fmt.Errorf("it offers STARTTLS and then says %d %s", code, text)
	}
	if d.in.Buffered() > 0 {
		return nil, errors.New("it talks on in clear text after STARTTLS")
	}
	c := tls.Client(d.conn, &tls.Config{ServerName: d.host, InsecureSkipVerify: true}) //nolint:gosec // looked at by verify
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	d.conn, d.in = c, bufio.NewReaderSize(c, maxReplyLine)
	certs := c.ConnectionState().PeerCertificates
	if len(certs) == 0 {
		return nil, errors.New("it shows no certificate")
	}
	return certs, nil
}

// close says goodbye.
func (d *dialog) close() {
	_, _ = io.WriteString(d.conn, "QUIT\r\n")
	_ = d.conn.Close()
}
