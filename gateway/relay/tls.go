package relay

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

var (
	errTLS      = errors.New("relay: STARTTLS failed")
	errNoTLS    = errors.New("relay: TLS is required, but the next hop does not offer STARTTLS")
	errInjected = errors.New("relay: bytes came in the clear after the reply to STARTTLS (somebody tampers with the connection)")
)

// wantsTLS tells whether to ask for TLS; a socket of this machine needs none.
func (s *server) wantsTLS(t *target) bool {
	return s.cfg.TLS == TLSRequired || s.cfg.TLS == TLSOpportunistic && t.network != "unix"
}

// tlsFor gives the TLS settings for an address: opportunistic TLS takes any certificate, since clear text is the
// alternative.
func (s *server) tlsFor(t *target) *tls.Config {
	c := s.tls.Clone()
	c.ServerName = or(s.cfg.TLSName, t.host)
	return c
}

func tlsConfig(cfg HopConfig) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion: tls.VersionTLS10, ClientSessionCache: tls.NewLRUClientSessionCache(16),
		InsecureSkipVerify: cfg.TLSInsecure || cfg.TLS != TLSRequired, //nolint:gosec // opportunistic TLS, RFC 7435
	}
	if cfg.TLS == TLSRequired {
		c.MinVersion = tls.VersionTLS12
	}
	if cfg.TLSCA == "" {
		return c, nil
	}
	pool, err := loadCA(cfg.TLSCA)
	c.RootCAs = pool
	return c, err
}

// loadCA reads certificates in PEM.
func loadCA(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", path)
	}
	return pool, nil
}
