package icap

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"weir/filters/scanner"
)

// Probe asks for the service's options (RFC 3507 section 4.10), and with test has a few harmless bytes scanned.
func (e *engine) Probe(dial func() (net.Conn, error), test bool) (scanner.Condition, error) {
	c, err := e.options(dial)
	if err != nil || !test {
		return c, err
	}
	conn, err := dial()
	if err != nil {
		return c, err
	}
	v, err := e.Scan(conn, &scanner.Piece{Body: []byte("Weir asks whether you can scan.\r\n")})
	if err == nil && v.State != scanner.Clean {
		err = fmt.Errorf("%w: %s is found in a harmless line", scanner.ErrReply, v.Name)
	}
	return c, err
}

func (e *engine) options(dial func() (net.Conn, error)) (scanner.Condition, error) {
	conn, err := dial()
	if err != nil {
		return scanner.Condition{}, err
	}
	conn = e.secure(conn)
	url, host := e.url(conn)
	if _, err := fmt.Fprintf(conn, "OPTIONS %s ICAP/1.0\r\nHost: %s\r\nUser-Agent: Weir\r\nConnection: close\r\nEncapsulated: null-body=0\r\n\r\n", url, host); err != nil {
		return scanner.Condition{}, err
	}
	h, err := readHead(bufio.NewReader(io.LimitReader(conn, maxAnswer)), "ICAP")
	if err != nil {
		return scanner.Condition{}, err
	}
	return e.condition(h)
}

// condition reads what the server offers.
func (e *engine) condition(h head) (scanner.Condition, error) {
	want := "RESPMOD"
	if e.reqmod {
		want = "REQMOD"
	}
	switch methods := strings.ToUpper(h.fields.Get("Methods")); {
	case h.code == 404:
		return scanner.Condition{}, fmt.Errorf("%w: 404: it has no service %q: set service", scanner.ErrFault, e.service)
	case h.code != 200:
		return scanner.Condition{}, fmt.Errorf("%w: status %d", scanner.ErrFault, h.code)
	case methods != "" && !strings.Contains(methods, want):
		return scanner.Condition{}, fmt.Errorf("%w: the service %q offers %s, and method is %s", scanner.ErrFault, e.service, clip(methods), strings.ToLower(want))
	}
	c := scanner.Condition{Version: clip(strings.TrimSpace(h.fields.Get("Service") + " " + h.fields.Get("Istag")))}
	if n, err := strconv.Atoi(h.fields.Get("Max-Connections")); err == nil && n > 0 {
		c.Scans = n
	}
	return c, nil
}
