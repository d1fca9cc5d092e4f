package smtp

import (
	"context"
	"crypto/tls"
	"fmt"
	"time"
)

var tlsVersions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// load reads the certificate; nil where TLS is not offered.
func (c *TLS) load() (*tls.Config, error) {
	if c.Mode == TLSNone {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("smtp.tls: cert %q, key %q: %w", c.Cert, c.Key, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tlsVersions[c.MinVersion]}, nil
}

func (s *session) mayStartTLS() bool { return s.cfg.tls != nil && s.conn.Conn == s.conn.tcp }

// starttlsVerb changes to TLS (RFC 3207). Whatever was said before is forgotten, and bytes sent ahead of the
// handshake have ended the session already (verb.last).
func (s *session) starttlsVerb(arg string) {
	switch {
	case s.cfg.tls == nil:
		s.reply(local(502, "5.5.1", "STARTTLS is not offered"))
		return
	case s.conn.Conn != s.conn.tcp:
		s.reply(local(503, "5.5.1", "TLS is on already"))
		return
	case arg != "":
		s.reply(local(501, "5.5.4", "STARTTLS has no parameters"))
		return
	}
	s.reply(local(220, "2.0.0", "Go ahead"))
	if s.conn.flush() != nil || !s.handshake() {
		s.over = true
		return
	}
	s.forget()
}

func (s *session) handshake() bool {
	wait := s.cfg.Timeouts.TLS.D()
	if s.await(time.Now().Add(wait), false) != nil {
		return false
	}
	t := tls.Server(s.conn.tcp, s.cfg.tls)
	ctx, cancel := context.WithTimeout(s.ctx, wait)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		s.note(NoTLS)
		s.server.Log.Debug("smtp: TLS handshake failed", "ip", s.who.base.Addr, "error", err)
		return false
	}
	s.conn.Conn = t
	state := t.ConnectionState()
	s.who.base.TLS, s.who.base.Cipher = versionName(state.Version), tls.CipherSuiteName(state.CipherSuite)
	return true
}

// versionName is the name as Received fields and macros have it: "TLSv1.3".
func versionName(v uint16) string {
	for short, version := range tlsVersions {
		if version == v {
			return "TLSv" + short
		}
	}
	return "TLS"
}

// forget drops all that was learned in the clear (RFC 3207 section 4.2). What the PROXY header said stays: it came
// from the proxy, not from the client.
func (s *session) forget() {
	s.reset()
	s.helo, s.esmtp, s.offer = "", false, offer{}
	s.who.xclient = attributes{}
}
