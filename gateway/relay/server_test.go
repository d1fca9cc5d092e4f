package relay

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/gateway/relay/hoptest"
	"weir/message"
)

func TestConnectionsAreReused(t *testing.T) {
	for name, test := range map[string]struct {
		change      func(*HopConfig)
		between     func(*hoptest.Server)
		connections int
	}{
		"one connection for all mails": {func(*HopConfig) {}, nil, 1},
		"one connection a mail":        {func(c *HopConfig) { c.MessagesPerConn = 1 }, nil, 6},
		"three mails a connection":     {func(c *HopConfig) { c.MessagesPerConn = 3 }, nil, 2},
		"a connection that the hop closed is replaced": {func(*HopConfig) {}, func(s *hoptest.Server) {
			s.Drop()
			for s.Open() > 0 {
				time.Sleep(time.Millisecond)
			}
		}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			cfg := short(SMTP, srv.Addr())
			test.change(&cfg)
			hop := open(t, cfg, Hooks{})
			for range 6 {
				_, sent := mail(t, hop, content, a)
				want(t, "dot", "250", sent)
				if test.between != nil {
					test.between(srv)
				}
			}
			if srv.Connections() != test.connections || srv.Delivered() != 6 {
				t.Errorf("%d connections for %d mails, want %d", srv.Connections(), srv.Delivered(), test.connections)
			}
		})
	}
}

// A connection may also die in the moment it is used, after it looked alive.
func TestDeadConnectionIsReplacedSilently(t *testing.T) {
	for name, dies := range map[string]hoptest.Action{
		"closed without a word": hoptest.Close(), "reset": hoptest.Reset(), "421": hoptest.Reply("421 4.4.2 too long idle").ThenClose(),
		"421 and still open": hoptest.Reply("421 4.4.2 too long idle"),
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			srv.On("MAIL", hoptest.OK(), dies, hoptest.OK())
			n := &counts{}
			hop := open(t, short(SMTP, srv.Addr()), n.hooks())
			for range 2 {
				_, sent := mail(t, hop, content, a)
				want(t, "dot", "250", sent)
			}
			if srv.Delivered() != 2 || srv.Connections() != 2 || n.get(&n.reused) != 1 {
				t.Errorf("delivered %d over %d connections, reused %d", srv.Delivered(), srv.Connections(), n.get(&n.reused))
			}
		})
	}
}

// A reply that nobody asked for would be taken for the answer to the next command.
func TestConnectionThatSpeaksUnaskedIsNotUsed(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	srv.On("DOT", hoptest.Raw("250 ok\r\n250 2.1.5 not asked for\r\n"), hoptest.OK())
	srv.On("RCPT "+b, hoptest.Reply("550 5.1.1 no"))
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	mail(t, hop, content, a)
	asked, _ := mail(t, hop, content, b)
	want(t, "RCPT", "550", asked)
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	cfg := short(SMTP, srv.Addr())
	cfg.IdleTime = ms(60)
	hop := open(t, cfg, Hooks{})
	mail(t, hop, content, a)
	eventually(t, "the idle connection is closed", func() bool { return srv.Open() == 0 })
	if srv.Said("QUIT") != 1 {
		t.Errorf("no QUIT: %q", srv.Commands())
	}
	_, sent := mail(t, hop, content, a)
	want(t, "dot", "250", sent)
}

func TestIdleConnectionsAreBounded(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	cfg := short(SMTP, srv.Addr())
	cfg.IdleMax = 2
	hop := open(t, cfg, Hooks{})
	var open []Delivery
	for range 5 {
		d, _ := hop.Begin(t.Context(), envelope(""), MailParams{})
		d.Rcpt(t.Context(), a, RcptParams{})
		open = append(open, d)
	}
	for _, d := range open {
		d.Abort()
	}
	eventually(t, "2 connections are left", func() bool { return srv.Open() == 2 })
}

func TestAbortedTransactionLeavesNothingBehind(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	d, _ := hop.Begin(t.Context(), envelope("first@example.org"), MailParams{})
	d.Rcpt(t.Context(), a, RcptParams{})
	d.Abort()
	d.Abort()
	_, sent := mail(t, hop, content, b)
	want(t, "dot", "250", sent)
	m := srv.Messages()[0]
	if m.From != "a@example.org" || len(m.Rcpts) != 1 || m.Rcpts[0] != b || srv.Connections() != 1 {
		t.Errorf("got %+v over %d connections", m, srv.Connections())
	}
}

func TestRefusedMailIsToldAtRcpt(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	srv.On("MAIL", hoptest.Reply("550 5.7.1 not from you"))
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	asked, sent := mail(t, hop, content, a, b)
	want(t, "RCPT", "550 550", asked)
	if sent != nil || srv.Said("MAIL") != 1 {
		t.Errorf("sent %v, commands %q", sent, srv.Commands())
	}
}

func TestOneOfThreeRecipientsIsRefused(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		for _, code := range []string{"550 5.1.1 no", "450 4.2.1 later"} {
			t.Run(fmt.Sprintf("B09_%s_pipelining_%v", code[:3], pipelining), func(t *testing.T) {
				opts := hoptest.Options{Caps: []string{"8BITMIME"}}
				if pipelining {
					opts.Caps = []string{"PIPELINING"}
				}
				srv := hoptest.Start(t, opts)
				srv.On("RCPT "+b, hoptest.Reply(code))
				hop := open(t, short(SMTP, srv.Addr()), Hooks{})
				asked, sent := mail(t, hop, content, a, b, c)
				want(t, "RCPT", "250 "+code[:3]+" 250", asked)
				want(t, "dot", "250 250", sent)
				if got := strings.Join(srv.Messages()[0].Accepted, " "); got != a+" "+c {
					t.Errorf("delivered to %s", got)
				}
			})
		}
	}
}

func TestAnswersAfterReconnectingAreNotMixedUp(t *testing.T) {
	t.Run("B09_refused_on_another_connection", func(t *testing.T) {
		srv := hoptest.Start(t, hoptest.Options{})
		srv.On("RCPT "+c, hoptest.Reply("550 5.1.1 no"))
		hop := open(t, short(SMTP, srv.Addr()), Hooks{})
		d, _ := hop.Begin(t.Context(), envelope(""), MailParams{})
		defer d.Abort()
		asked := []Reply{d.Rcpt(t.Context(), a, RcptParams{}), d.Rcpt(t.Context(), b, RcptParams{})}
		srv.Drop()
		asked = append(asked, d.Rcpt(t.Context(), c, RcptParams{}))
		want(t, "RCPT", "250 250 550", asked)
		want(t, "dot", "250 250", d.Send(t.Context(), []string{a, b}, [][]byte{[]byte(content)}, nil))
	})
}

func TestSendAgainToOthers(t *testing.T) {
	for _, protocol := range []Protocol{SMTP, LMTP} {
		t.Run(string(protocol), func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{LMTP: protocol == LMTP})
			hop := open(t, short(protocol, srv.Addr()), Hooks{})
			d, _ := hop.Begin(t.Context(), envelope("a@example.org"), MailParams{})
			defer d.Abort()
			for _, r := range []string{a, b, c} {
				d.Rcpt(t.Context(), r, RcptParams{})
			}
			want(t, "first", "250 250", d.Send(t.Context(), []string{a, c}, [][]byte{[]byte("one\r\n")}, nil))
			want(t, "second", "250", d.Send(t.Context(), []string{b}, [][]byte{[]byte("two\r\n")}, nil))
			want(t, "nobody asked for", "451", d.Send(t.Context(), []string{"x@example.com"}, [][]byte{[]byte("three\r\n")}, nil))
			got := map[string]string{}
			for _, m := range srv.Messages() {
				got[strings.Join(m.Accepted, " ")] += string(m.Content)
			}
			if diff := cmp.Diff(map[string]string{a + " " + c: "one\r\n", b: "two\r\n"}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if srv.Connections() != 1 {
				t.Errorf("%d connections", srv.Connections())
			}
		})
	}
}

// TestLMTPMixes: every mix of answers for three recipients, each passed back to its own recipient.
func TestLMTPMixes(t *testing.T) {
	says := map[string]string{"250": "250 2.0.0 ok", "450": "450 4.2.2 full", "550": "550 5.7.1 no"}
	srv := hoptest.Start(t, hoptest.Options{LMTP: true})
	hop := open(t, short(LMTP, srv.Addr()), Hooks{})
	for x := range says {
		for y := range says {
			for z := range says {
				t.Run(x+" "+y+" "+z, func(t *testing.T) {
					srv.Forget()
					for rcpt, code := range map[string]string{a: x, b: y, c: z} {
						srv.On("DOT "+rcpt, hoptest.Reply(says[code]))
					}
					_, sent := mail(t, hop, content, a, b, c)
					want(t, "dot", x+" "+y+" "+z, sent)
					if got := len(srv.Messages()[0].Accepted); got != strings.Count(x+y+z, "250") {
						t.Errorf("delivered to %d", got)
					}
				})
			}
		}
	}
	if srv.Connections() != 1 {
		t.Errorf("%d connections", srv.Connections())
	}
}

func TestLMTPLostBetweenReplies(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{LMTP: true, Unix: t.TempDir() + "/lmtp"})
	srv.On("DOT "+b, hoptest.Close())
	n := &counts{}
	hop := open(t, short(LMTP, srv.Addr()), n.hooks())
	_, sent := mail(t, hop, content, a, b, c)
	want(t, "dot", "250 451 451", sent)
	if n.get(&n.lost) != 1 || srv.Said("LHLO") != 1 {
		t.Errorf("unknown outcomes: %d; commands %q", n.get(&n.lost), srv.Commands())
	}
}

func TestOldServerGetsHELO(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	srv.On("EHLO", hoptest.Reply("502 what?"))
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	_, sent := mail(t, hop, content, a)
	want(t, "dot", "250", sent)
}

func TestParametersGoOn(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{Caps: []string{"PIPELINING", "size", "8bitmime", "SMTPUTF8", "DSN"}})
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	d, _ := hop.Begin(t.Context(), envelope("é@example.org"), MailParams{Body: "8BITMIME", SMTPUTF8: true, Ret: "HDRS", EnvID: "QQ+2B", Size: 77})
	defer d.Abort()
	d.Rcpt(t.Context(), a, RcptParams{Notify: "SUCCESS,FAILURE", ORcpt: "rfc822;x@example.com"})
	want(t, "dot", "250", d.Send(t.Context(), []string{a}, [][]byte{[]byte("\xe9\r\n")}, nil))
	m := srv.Messages()[0]
	if got, wanted := m.MailArgs, "<é@example.org> SIZE=77 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ+2B"; got != wanted {
		t.Errorf("MAIL got %q, want %q", got, wanted)
	}
	if got, wanted := m.RcptArgs[0], "<a@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x@example.com"; got != wanted {
		t.Errorf("RCPT got %q, want %q", got, wanted)
	}
}

func TestManyRecipientsAreReplayedInGroups(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	d, _ := hop.Begin(t.Context(), envelope(""), MailParams{})
	defer d.Abort()
	var to []string
	for i := range 1000 {
		to = append(to, fmt.Sprintf("user%d@example.com", i))
		if rep := d.Rcpt(t.Context(), to[i], RcptParams{}); !rep.OK() {
			t.Fatal(rep)
		}
	}
	srv.Drop()
	for _, rep := range d.Send(t.Context(), to, [][]byte{[]byte(content)}, nil) {
		if !rep.OK() {
			t.Fatal(rep)
		}
	}
	if srv.Delivered() != 1000 {
		t.Errorf("delivered to %d", srv.Delivered())
	}
}

func TestManyAtOnce(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			for range 20 {
				rcpt := fmt.Sprintf("u%d@example.com", i)
				if _, sent := mail(t, hop, rcpt+"\r\n", rcpt); codes(sent) != "250" {
					t.Errorf("got %v", sent)
				}
			}
		})
	}
	group.Wait()
	for _, m := range srv.Messages() {
		if string(m.Content) != m.Rcpts[0]+"\r\n" {
			t.Errorf("%s got %q", m.Rcpts[0], m.Content)
		}
	}
	if srv.Delivered() != 400 || srv.Connections() > 40 {
		t.Errorf("%d delivered over %d connections", srv.Delivered(), srv.Connections())
	}
}

func TestHopSeesTheClient(t *testing.T) {
	xclient, xforward := "XCLIENT NAME ADDR PORT PROTO HELO LOGIN", "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"
	v6 := envelope("")
	v6.Client = message.Client{Addr: netip.MustParseAddr("2001:db8::1%eth0")}
	v6.Helo = "[a b+=\r\n]"
	literal := envelope("")
	literal.Helo = "[192.0.2.7]"
	long := envelope("")
	long.Helo = strings.Repeat("x", 5000)
	for name, test := range map[string]struct {
		caps   []string
		env    *message.Envelope
		change func(*HopConfig)
		want   []string
		helo   string // the name the hop is greeted with; "" ours
	}{
		"by XCLIENT": {[]string{xclient, xforward}, envelope(""), nil,
			[]string{"XCLIENT NAME=client.example.org ADDR=192.0.2.7 PORT=4711 PROTO=ESMTP HELO=client.example.org LOGIN=[UNAVAILABLE]"}, "client.example.org"},
		"by XFORWARD where XCLIENT is not offered": {[]string{"PIPELINING", xforward}, envelope(""), nil,
			[]string{"XFORWARD NAME=client.example.org ADDR=192.0.2.7 PORT=4711 PROTO=ESMTP HELO=client.example.org IDENT=id1 SOURCE=REMOTE"}, ""},
		"by XFORWARD where XCLIENT is off": {[]string{xclient, xforward}, envelope(""), func(c *HopConfig) { c.XCLIENT = Off },
			[]string{"XFORWARD NAME=client.example.org ADDR=192.0.2.7 PORT=4711 PROTO=ESMTP HELO=client.example.org IDENT=id1 SOURCE=REMOTE"}, ""},
		"not at all where both are off": {[]string{xclient, xforward}, envelope(""), func(c *HopConfig) { c.XCLIENT, c.XFORWARD = Off, Off }, nil, ""},
		"only what is offered":          {[]string{"XCLIENT ADDR SECRET"}, envelope(""), nil, []string{"XCLIENT ADDR=192.0.2.7"}, ""},
		"IPv6 and xtext": {[]string{"XCLIENT ADDR HELO PORT NAME"}, v6, nil,
			[]string{"XCLIENT ADDR=IPV6:2001:db8::1 HELO=[a+20b+2B+3D+0D+0A] PORT=[UNAVAILABLE] NAME=[UNAVAILABLE]"}, ""},
		"an address as a name":          {[]string{"XCLIENT HELO"}, literal, nil, []string{"XCLIENT HELO=[192.0.2.7]"}, "[192.0.2.7]"},
		"what is too long is left out":  {[]string{"XCLIENT ADDR HELO"}, long, nil, []string{"XCLIENT ADDR=192.0.2.7 HELO=[UNAVAILABLE]"}, ""},
		"nothing for an unknown client": {[]string{xclient}, &message.Envelope{}, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{Caps: test.caps})
			cfg := short(SMTP, srv.Addr())
			if test.change != nil {
				test.change(&cfg)
			}
			hop := open(t, cfg, Hooks{})
			for range 2 { // the second mail goes over the same connection
				d, _ := hop.Begin(t.Context(), test.env, MailParams{})
				want(t, "RCPT", "250", []Reply{d.Rcpt(t.Context(), a, RcptParams{})})
				want(t, "dot", "250", d.Send(t.Context(), []string{a}, [][]byte{[]byte(content)}, nil))
			}
			for _, m := range srv.Messages() {
				if diff := cmp.Diff(test.want, m.Forward); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if test.helo == "" {
					test.helo = "weir.example.net"
				}
				if m.Helo != test.helo {
					t.Errorf("greeted as %q, want %q", m.Helo, test.helo)
				}
			}
			if srv.Connections() != 1 {
				t.Errorf("%d connections", srv.Connections())
			}
		})
	}
}

func TestNextClientIsNotTakenForTheLast(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{Caps: []string{"XCLIENT ADDR"}})
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	mail(t, hop, content, a)
	srv.On("XCLIENT", hoptest.Reply("550 5.7.0 not any more"))
	srv.Forget()
	d, _ := hop.Begin(t.Context(), &message.Envelope{Client: message.Client{Addr: netip.MustParseAddr("192.0.2.8")}}, MailParams{})
	defer d.Abort()
	d.Rcpt(t.Context(), a, RcptParams{})
	want(t, "dot", "250", d.Send(t.Context(), []string{a}, [][]byte{[]byte(content)}, nil))
	for _, m := range srv.Messages() {
		if strings.Contains(strings.Join(m.Forward, " "), "192.0.2.7") {
			t.Errorf("the mail of 192.0.2.8 went out as %q", m.Forward)
		}
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	srv.On("DOT", hoptest.Hang())
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	time.AfterFunc(100*time.Millisecond, func() { hop.Close() })
	_, sent := mail(t, hop, content, a)
	want(t, "dot", "451", sent)
	if _, err := hop.Caps(t.Context()); err == nil {
		asked, _ := mail(t, hop, content, a)
		want(t, "after Close", "451", asked)
	}
}
