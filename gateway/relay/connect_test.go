package relay

import (
	"testing"
	"time"

	"weir/gateway/relay/hoptest"
)

// TestConnectFaults: CASES B01.
func TestConnectFaults(t *testing.T) {
	certificate := hoptest.NewCertificate(t, "somebody.else.example")
	ca, _ := certificate.Files(t)
	for name, test := range map[string]struct {
		broken func(*hoptest.Server)
		heal   func(*hoptest.Server)
		change func(*HopConfig)
	}{
		"B01_refused": {(*hoptest.Server).Stop, func(s *hoptest.Server) { s.Restart(nil) }, nil},
		"B01_accepts_and_stays_silent": {
			func(s *hoptest.Server) { s.On("CONNECT", hoptest.Hang()) }, func(s *hoptest.Server) { s.On("CONNECT") }, nil},
		"B01_silent_after_EHLO": {
			func(s *hoptest.Server) { s.On("EHLO", hoptest.Hang()) }, func(s *hoptest.Server) { s.On("EHLO") }, nil},
		"B01_greets_with_554": {
			func(s *hoptest.Server) { s.On("CONNECT", hoptest.Reply("554 no")) }, func(s *hoptest.Server) { s.On("CONNECT") }, nil},
		"B01_TLS_fails": {
			func(s *hoptest.Server) { s.Set(func(o *hoptest.Options) { o.BadTLS = true }) },
			func(s *hoptest.Server) { s.Set(func(o *hoptest.Options) { o.BadTLS = false }) },
			func(c *HopConfig) { c.TLS, c.TLSInsecure = TLSRequired, true }},
		"B01_certificate_of_another": {
			func(s *hoptest.Server) {}, nil, func(c *HopConfig) { c.TLS, c.TLSCA = TLSRequired, ca }},
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{Caps: []string{"STARTTLS", "PIPELINING"}})
			test.broken(srv)
			cfg := short(SMTP, srv.Addr())
			cfg.Timeouts.Connect, cfg.TLS = ms(200), TLSNone
			if test.change != nil {
				test.change(&cfg)
			}
			n := &counts{}
			hop := open(t, cfg, n.hooks())
			for range cfg.WithDefaults().BreakerFailures {
				asked, sent := mail(t, hop, content, a)
				want(t, "RCPT while it is down", "451", asked)
				if len(sent) > 0 || !asked[0].Local {
					t.Errorf("sent %v, asked %+v", sent, asked)
				}
			}
			if hop.Ready() {
				t.Error("the breaker is closed after 3 failures")
			}
			if _, rep := hop.Begin(t.Context(), envelope("a@example.org"), MailParams{}); rep.Code != 451 {
				t.Errorf("MAIL with the breaker open got %+v", rep)
			}
			if test.heal == nil {
				return
			}
			test.heal(srv)
			eventually(t, "a probe closes the breaker", hop.Ready)
			_, sent := mail(t, hop, content, a)
			want(t, "dot after recovery", "250", sent)
			if srv.Delivered() != 1 {
				t.Errorf("delivered %d", srv.Delivered())
			}
		})
	}
}

func TestShippedTimes(t *testing.T) {
	d := DefaultHop()
	if d.Timeouts.Connect.D() > 5*time.Second {
		t.Errorf("B01: a client must have its 451 within 5s, connect is %v", d.Timeouts.Connect.D())
	}
	if d.Timeouts.Dot.D() < 10*time.Minute || d.Timeouts.Data.D() < 2*time.Minute || d.Timeouts.Command.D() < 5*time.Minute || d.Timeouts.Block.D() < 3*time.Minute {
		t.Errorf("B05: shorter than RFC 5321 section 4.5.3.2: %+v", d.Timeouts)
	}
}

// TestFailover: an address that answers nothing at all leaves time for the next one.
func TestFailover(t *testing.T) {
	for name, first := range map[string]func(*testing.T) string{
		"B01_first_address_refuses": func(t *testing.T) string {
			srv := hoptest.Start(t, hoptest.Options{})
			srv.Stop()
			return srv.Addr()
		},
		"B01_first_address_is_silent": func(t *testing.T) string {
			srv := hoptest.Start(t, hoptest.Options{})
			srv.On("CONNECT", hoptest.Hang())
			return srv.Addr()
		},
	} {
		t.Run(name, func(t *testing.T) {
			second := hoptest.Start(t, hoptest.Options{})
			cfg := short(SMTP, first(t), second.Addr())
			cfg.Timeouts.Connect = ms(400)
			hop := open(t, cfg, Hooks{})
			_, sent := mail(t, hop, content, a)
			want(t, "dot", "250", sent)
			if second.Delivered() != 1 || !hop.Ready() {
				t.Errorf("delivered %d by the second address, ready %v", second.Delivered(), hop.Ready())
			}
		})
	}
}

// TestTLSPolicy: CASES A07 and the policies.
func TestTLSPolicy(t *testing.T) {
	injected := "250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n"
	for name, test := range map[string]struct {
		mode   TLSMode
		opts   hoptest.Options
		trust  bool
		asked  string
		secure bool
	}{
		"required, offered and verified":         {TLSRequired, hoptest.Options{Caps: []string{"STARTTLS"}}, true, "250", true},
		"required, not verified":                 {TLSRequired, hoptest.Options{Caps: []string{"STARTTLS"}}, false, "451", false},
		"opportunistic takes any certificate":    {TLSOpportunistic, hoptest.Options{Caps: []string{"STARTTLS"}}, false, "250", true},
		"opportunistic goes on without":          {TLSOpportunistic, hoptest.Options{Caps: []string{}}, false, "250", false},
		"opportunistic goes on where TLS breaks": {TLSOpportunistic, hoptest.Options{Caps: []string{"STARTTLS"}, BadTLS: true}, false, "250", false},
		"none":                                   {TLSNone, hoptest.Options{Caps: []string{"STARTTLS"}}, false, "250", false},
		"A07_STARTTLS_stripped":                  {TLSRequired, hoptest.Options{Caps: []string{}}, true, "451", false},
		"A07_replies_injected_required":          {TLSRequired, hoptest.Options{Caps: []string{"STARTTLS"}, Inject: injected}, true, "451", false},
		"A07_replies_injected_opportunistic":     {TLSOpportunistic, hoptest.Options{Caps: []string{"STARTTLS"}, Inject: injected}, true, "451", false},
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, test.opts)
			cfg := short(SMTP, srv.Addr())
			cfg.TLS = test.mode
			if test.trust {
				cfg.TLSCA, _ = srv.Certificate().Files(t)
			}
			hop := open(t, cfg, Hooks{})
			asked, _ := mail(t, hop, content, a)
			want(t, "RCPT", test.asked, asked)
			if test.asked == "250" && (len(srv.Messages()) != 1 || srv.Messages()[0].TLS != test.secure || string(srv.Messages()[0].Content) != content) {
				t.Errorf("want TLS %v, got %+v", test.secure, srv.Messages())
			}
			if test.asked != "250" && (srv.Said("MAIL") > 0 || srv.Count() > 0) {
				t.Errorf("it went on: %q", srv.Commands())
			}
		})
	}
}
