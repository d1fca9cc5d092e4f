package smtp

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
)

func TestEarlyTalker(t *testing.T) {
	for _, row := range []struct {
		name  string
		delay int
	}{{"A04_without_delay", 0}, {"A04_with_delay", 2000}} {
		t.Run(row.name, func(t *testing.T) {
			// The PROXY header makes sure that the client's words are there when the session begins.
			d := start(t, with(func(c *Config) {
				c.GreetDelay = ms(row.delay)
				c.ProxyProtocol = loopback
			}))
			c := d.dial()
			c.write("PROXY TCP4 192.0.2.1 192.0.2.2 1000 25\r\nEHLO early.example\r\n")
			c.want("554 5.5.0")
			c.closed()
			if d.watched.count(EarlyTalker) != 1 {
				t.Error("not counted")
			}
		})
	}
	t.Run("A04_talks_during_the_delay", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.GreetDelay = ms(20_000) }))
		c := d.dial()
		c.write("EHLO early.example\r\n")
		c.want("554 5.5.0")
		c.closed()
	})
	t.Run("A04_who_waits_is_greeted", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.GreetDelay = ms(50) }))
		c := d.hello()
		c.mail(hello, "bob@example.com")
		if d.hop.Delivered() != 1 || d.watched.count(EarlyTalker) != 0 {
			t.Error("a client that waited was not served")
		}
	})
}

func TestUnauthorizedPipelining(t *testing.T) {
	d := start(t)
	for _, row := range []struct{ name, say string }{
		{"A05_data_with_body", "MAIL FROM:<a@example.org>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n"},
		{"A05_behind_ehlo", "EHLO again.example\r\nMAIL FROM:<a@example.org>\r\n"},
		{"A05_without_ehlo", "HELO again.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<bob@example.com>\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := d.watched.count(Pipelining)
			c := d.hello()
			c.t = t
			c.write(row.say)
			var last string
			for r := c.reply(); r != ""; r = c.reply() {
				last = r
			}
			if !strings.HasPrefix(last, "554 5.5.0") {
				t.Errorf("the last reply is %q", last)
			}
			if len(d.hop.Messages()) != 0 || d.watched.count(Pipelining) != before+1 {
				t.Errorf("delivered %d, counted %d", len(d.hop.Messages()), d.watched.count(Pipelining)-before)
			}
		})
	}
}

// A05 again, with the body in a segment of its own that arrives before the server has read DATA.
func TestBodyBeforeGoAhead(t *testing.T) {
	d := start(t)
	t.Run("A05_body_in_the_next_segment", func(t *testing.T) {
		d.hop.On("RCPT", hoptest.OK().After(300*time.Millisecond))
		c := d.hello()
		c.cmd("MAIL FROM:<a@example.org>", "250")
		c.write("RCPT TO:<bob@example.com>\r\nDATA\r\n")
		time.Sleep(50 * time.Millisecond)
		c.write("Subject: x\r\n\r\nbody\r\n.\r\n")
		c.want("250")
		c.want("554 5.5.0")
		c.closed()
	})
}

// secure is a setup with a certificate, and the client's settings for it.
func secure(t *testing.T, mode string) (setup, *tls.Config) {
	t.Helper()
	cert := hoptest.NewCertificate(t, "weir.example.net")
	certFile, keyFile := cert.Files(t)
	roots := x509.NewCertPool()
	roots.AddCert(cert.Pair.Leaf)
	return with(func(c *Config) {
		c.TLS = TLS{Mode: mode, Cert: certFile, Key: keyFile, MinVersion: "1.2"}
	}), &tls.Config{ServerName: "weir.example.net", InsecureSkipVerify: true, RootCAs: roots}
}

// startTLS changes a client to TLS.
func (c *client) startTLS(cfg *tls.Config) *tls.Conn {
	c.t.Helper()
	c.cmd("STARTTLS", "220")
	s := tls.Client(c.Conn, cfg)
	if err := s.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.Conn = s
	c.r.Reset(s)
	return s
}

func TestSTARTTLS(t *testing.T) {
	on, cfg := secure(t, TLSOptional)
	d := start(t, on)
	for _, ahead := range []string{"NOOP\r\n", "MAIL FROM:<evil@example.org>\r\nRCPT TO:<bob@example.com>\r\n"} {
		t.Run("A06_commands_behind_STARTTLS", func(t *testing.T) {
			c := d.hello()
			c.t = t
			c.write("STARTTLS\r\n" + ahead)
			c.want("554 5.5.0")
			c.closed()
		})
	}
	t.Run("A08_state_is_forgotten", func(t *testing.T) {
		c := d.hello()
		c.t = t
		c.envelope("bob@example.com")
		c.startTLS(cfg)
		c.cmd("RCPT TO:<bob@example.com>", "503")
		c.cmd("MAIL FROM:<a@example.org>", "503 5.5.1")
		if r := c.cmd("EHLO b.example.org", "250"); strings.Contains(r, "STARTTLS") {
			t.Errorf("STARTTLS is offered again: %q", r)
		}
		c.cmd("STARTTLS", "503")
		c.mail(hello, "bob@example.com")
		m := d.hop.Messages()
		if len(m) != 1 || !strings.Contains(string(m[0].Content), "with ESMTPS id") || !strings.Contains(string(m[0].Content), "(using TLSv1.") {
			t.Errorf("at the next hop: %+v", m)
		}
		c.Close()
		if j := d.court.messages(); j[0].env.Client.TLS == "" || j[0].env.Helo != "b.example.org" {
			t.Errorf("judged %+v", j[0].env)
		}
	})
	t.Run("A12_close_notify_in_a_chunk", func(t *testing.T) {
		before := len(d.hop.Messages())
		c := d.hello()
		c.t = t
		raw := c.Conn
		s := c.startTLS(cfg)
		c.cmd("EHLO b.example.org", "250")
		c.envelope("bob@example.com")
		c.write("BDAT 10 LAST\r\n12345")
		if err := s.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_, _ = raw.Write([]byte("6"))
		for c.reply() != "" {
		}
		eventually(t, "the session is over", func() bool { return d.Sessions() == 0 })
		if len(d.hop.Messages()) != before {
			t.Error("a message was delivered")
		}
	})
}

func TestXCLIENTAcrossSTARTTLS(t *testing.T) {
	on, cfg := secure(t, TLSOptional)
	d := start(t, on, with(func(c *Config) { c.XClient = loopback }))
	t.Run("A08_xclient_is_forgotten", func(t *testing.T) {
		c := d.hello()
		c.cmd("XCLIENT ADDR=192.0.2.9 NAME=spoof.example", "220")
		c.cmd("EHLO a.example.org", "250")
		c.startTLS(cfg)
		c.cmd("EHLO b.example.org", "250")
		c.mail(hello, "bob@example.com")
		if j := d.court.messages(); len(j) != 1 || !j[0].env.Client.Addr.IsLoopback() || j[0].env.Client.Name != "" {
			t.Errorf("judged %+v", j)
		}
	})
}

func TestTLSRequired(t *testing.T) {
	on, cfg := secure(t, TLSRequired)
	d := start(t, on)
	c := d.hello()
	c.cmd("MAIL FROM:<a@example.org>", "530 5.7.0")
	c.startTLS(cfg)
	c.cmd("EHLO a.example", "250")
	if r := c.mail(hello, "bob@example.com"); !strings.HasPrefix(r, "250") {
		t.Error(r)
	}
}

func TestCertificateReload(t *testing.T) {
	on, cfg := secure(t, TLSOptional)
	d := start(t, on)
	first := d.hello().startTLS(cfg).ConnectionState().PeerCertificates[0]
	old := d.hello()
	next := d.live.Load().Config
	next.TLS.Cert, next.TLS.Key = hoptest.NewCertificate(t, "new.example.net").Files(t)
	if err := d.Reload(next); err != nil {
		t.Fatal(err)
	}
	second := d.hello().startTLS(cfg).ConnectionState().PeerCertificates[0]
	if first.Equal(second) {
		t.Error("new sessions have the old certificate")
	}
	if kept := old.startTLS(cfg).ConnectionState().PeerCertificates[0]; !kept.Equal(first) {
		t.Error("a session in progress changed its certificate")
	}
	next.TLS.Cert = "missing.pem"
	if err := d.Reload(next); err == nil || !strings.Contains(err.Error(), "missing.pem") {
		t.Errorf("a missing certificate: %v", err)
	}
	if d.live.Load().TLS.Cert == "missing.pem" {
		t.Error("the wrong config is in force")
	}
}

func TestOffers(t *testing.T) {
	for _, row := range []struct {
		name, caps string
		has, not   string
	}{
		{"A15_all", "SIZE 1000000,8BITMIME,SMTPUTF8,DSN,BINARYMIME", "SIZE 1000000,8BITMIME,SMTPUTF8,DSN,PIPELINING,CHUNKING,ENHANCEDSTATUSCODES", "BINARYMIME,STARTTLS,XCLIENT,XFORWARD,AUTH"},
		{"A15_nothing", "", "PIPELINING", "SIZE,8BITMIME,SMTPUTF8,DSN,BINARYMIME"},
		{"A15_only_8bitmime", "8BITMIME", "8BITMIME", "SIZE,SMTPUTF8,DSN"},
		{"A15_larger_size_is_cut_to_ours", "SIZE 999999999999", "SIZE 52428800", ""},
		{"A15_size_without_a_limit_is_ours", "SIZE", "SIZE 52428800", ""},
		{"A15_size_zero_is_no_limit", "SIZE 0", "SIZE 52428800", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := start(t, offering(strings.FieldsFunc(row.caps, func(r rune) bool { return r == ',' })...))
			c := d.dial()
			c.want("220")
			got := c.cmd("EHLO a.example", "250")
			for _, w := range strings.Split(row.has, ",") {
				if !strings.Contains(got+"\n", " "+w+"\n") && !strings.Contains(got, "-"+w+"\n") {
					t.Errorf("%s is not offered: %q", w, got)
				}
			}
			for _, w := range strings.FieldsFunc(row.not, func(r rune) bool { return r == ',' }) {
				if strings.Contains(got, w) {
					t.Errorf("%s is offered: %q", w, got)
				}
			}
		})
	}
	t.Run("A15_what_is_not_offered_is_refused", func(t *testing.T) {
		d := start(t, offering())
		c := d.hello()
		for _, p := range []string{"BODY=8BITMIME", "BODY=BINARYMIME", "SMTPUTF8", "RET=FULL", "ENVID=x", "AUTH=<>", "X=1"} {
			c.cmd("MAIL FROM:<a@example.org> "+p, "555 5.5.4")
		}
		c.cmd("MAIL FROM:<a@example.org> BODY=7BIT", "250")
		c.cmd("RCPT TO:<bob@example.com> NOTIFY=NEVER", "555 5.5.4")
	})
}

// With several next hops only what all of them offer is offered.
func TestOffersOfSeveralHops(t *testing.T) {
	big := hoptest.Start(t, hoptest.Options{Caps: []string{"SIZE 5000", "8BITMIME", "SMTPUTF8", "DSN"}})
	small := hoptest.Start(t, hoptest.Options{Caps: []string{"SIZE 2000", "8BITMIME"}})
	d := start(t, func(p *plan) {
		p.hops = []relay.HopConfig{
			{Address: []string{big.Addr()}, Domains: []string{"big.example"}},
			{Address: []string{small.Addr()}, Domains: []string{"small.example"}},
		}
	})
	t.Run("A15_intersection", func(t *testing.T) {
		c := d.dial()
		c.want("220")
		got := c.cmd("EHLO a.example", "250")
		if !strings.Contains(got, "SIZE 2000") || !strings.Contains(got, "8BITMIME") || strings.Contains(got, "SMTPUTF8") || strings.Contains(got, "DSN") {
			t.Errorf("offered %q", got)
		}
		c.cmd("MAIL FROM:<a@example.org> SIZE=3000", "552 5.3.4")
		c.cmd("MAIL FROM:<a@example.org> SIZE=1500 BODY=8BITMIME", "250")
		c.cmd("RCPT TO:<x@big.example>", "250")
		c.cmd("RCPT TO:<x@small.example>", "452 4.5.3")
	})
	t.Run("A15_down_hop_does_not_block_the_other", func(t *testing.T) {
		small.Stop()
		time.Sleep(10 * time.Millisecond)
		c := d.dial()
		c.want("220")
		c.cmd("EHLO a.example", "250")
		if r := c.mail("x\r\n", "x@big.example"); !strings.HasPrefix(r, "250") {
			t.Error(r)
		}
	})
}
