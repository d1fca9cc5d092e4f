package icap

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"weir/filters/scanner"
)

// engine is ICAP (RFC 3507), one request a connection.
type engine struct {
	service string
	reqmod  bool
	tls     *tls.Config // nil: none
}

func newEngine(c *Config) (*engine, error) {
	e := &engine{service: strings.TrimPrefix(c.Service, "/"), reqmod: c.Method == "reqmod"}
	if !c.TLS {
		return e, nil
	}
	e.tls = &tls.Config{ServerName: c.TLSName, MinVersion: tls.VersionTLS12}
	if c.TLSCA != "" {
		pem, err := os.ReadFile(c.TLSCA)
		if err != nil {
			return nil, fmt.Errorf("tls_ca: %w", err)
		}
		e.tls.RootCAs = x509.NewCertPool()
		if !e.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls_ca: no certificate in %s", c.TLSCA)
		}
	}
	return e, nil
}

// secure speaks TLS where that is set.
func (e *engine) secure(c net.Conn) net.Conn {
	if e.tls == nil {
		return c
	}
	return tls.Client(c, e.tls)
}

// url names the service as the request line and the Host field want it.
func (e *engine) url(c net.Conn) (url, host string) {
	host = c.RemoteAddr().String()
	if e.tls != nil {
		host = e.tls.ServerName
	}
	return "icap://" + host + "/" + e.service, host
}

// Scan hands a piece over and reads the answer.
func (e *engine) Scan(c net.Conn, p *scanner.Piece) (scanner.Verdict, error) {
	if p.Len() == 0 {
		return scanner.Verdict{State: scanner.Clean}, nil // a chunk of no bytes would end the body
	}
	c = e.secure(c)
	s := scanner.Send(c, e.request(c, p), p, []byte("\r\n0\r\n\r\n"))
	v, err := answer(bufio.NewReader(io.LimitReader(s, p.Len()+maxAnswer)), p)
	early := s.Early()
	if fault := s.End(); err != nil {
		return scanner.Verdict{}, note(err, fault)
	}
	if v.State == scanner.Clean && early {
		return scanner.Verdict{}, fmt.Errorf("%w: it said that all is well before it had the whole of it", scanner.ErrReply)
	}
	return v, nil
}

// note adds what went wrong in sending, which often is why.
func note(err, fault error) error {
	if fault == nil {
		return err
	}
	return fmt.Errorf("%w (%w)", err, fault)
}

// request is all that comes before the content: ICAP's header, then that of the HTTP message that the content is said
// to be part of (RFC 3507 sections 4.8 and 4.9).
func (e *engine) request(c net.Conn, p *scanner.Piece) []byte {
	kind, name := "application/octet-stream", "attachment"
	if p.Mail {
		kind, name = "message/rfc822", "mail.eml"
	}
	fields := fmt.Sprintf("Content-Type: %s\r\nContent-Length: %d\r\n\r\n", kind, p.Len())
	url, host := e.url(c)
	method, inner, places := "RESPMOD", "", ""
	if e.reqmod {
		method = "REQMOD"
		inner = "POST http://weir.invalid/" + name + " HTTP/1.1\r\nHost: weir.invalid\r\n" + fields
		places = fmt.Sprintf("req-hdr=0, req-body=%d", len(inner))
	} else {
		inner = "GET http://weir.invalid/" + name + " HTTP/1.1\r\nHost: weir.invalid\r\n\r\n"
		places = fmt.Sprintf("req-hdr=0, res-hdr=%d", len(inner))
		inner += "HTTP/1.1 200 OK\r\n" + fields
		places += fmt.Sprintf(", res-body=%d", len(inner))
	}
	return fmt.Appendf(nil, "%s %s ICAP/1.0\r\nHost: %s\r\nUser-Agent: Weir\r\nAllow: 204\r\nConnection: close\r\nEncapsulated: %s\r\n\r\n%s%x\r\n",
		method, url, host, places, inner, p.Len())
}
