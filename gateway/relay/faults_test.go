package relay

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"weir/gateway/relay/hoptest"
)

// TestDiesInTheMiddle: CASES B02, B03, B04, B12: what breaks where, and what the client hears.
func TestDiesInTheMiddle(t *testing.T) {
	big := strings.Repeat("a line of text\r\n", 1<<20)
	for name, test := range map[string]struct {
		broken  func(*hoptest.Server)
		text    string
		asked   string
		sent    string
		unknown int
	}{
		"B02_closes_at_MAIL":            {on("MAIL", hoptest.Close()), content, "451", "", 0},
		"B02_resets_at_MAIL":            {on("MAIL", hoptest.Reset()), content, "451", "", 0},
		"B02_421_at_MAIL":               {on("MAIL", hoptest.Reply("421 bye").ThenClose()), content, "451", "", 0},
		"B02_resets_at_RCPT":            {on("RCPT", hoptest.Reset()), content, "451", "", 0},
		"B02_closes_after_RCPT":         {on("DATA", hoptest.Close()), content, "250", "451", 0},
		"B02_resets_after_RCPT":         {on("DATA", hoptest.Reset()), content, "250", "451", 0},
		"B02_421_at_DATA":               {on("DATA", hoptest.Reply("421 4.3.2 bye").ThenClose()), content, "250", "451", 0},
		"B03_resets_in_the_content":     {on("CONTENT", hoptest.Reset().At(100)), big, "250", "451", 0},
		"B03_closes_in_the_content":     {on("CONTENT", hoptest.Close().At(100)), big, "250", "451", 0},
		"B04_resets_after_the_dot":      {on("DOT", hoptest.Reset()), content, "250", "451", 1},
		"B04_closes_after_the_dot":      {on("DOT", hoptest.Close()), content, "250", "451", 1},
		"B04_half_a_250_then_closes":    {on("DOT", hoptest.Raw("250 2.0.0 queu").ThenClose()), content, "250", "451", 1},
		"B12_garbage_at_MAIL":           {on("MAIL", hoptest.Raw("hello there\r\n")), content, "451", "", 0},
		"B12_one_MB_in_lines_at_RCPT":   {on("RCPT", hoptest.Flood("250", 1<<20)), content, "451", "", 0},
		"B12_one_MB_line_at_DATA":       {on("DATA", hoptest.Raw("354 "+strings.Repeat("x", 1<<20)+"\r\n")), content, "250", "451", 0},
		"B12_250_in_place_of_354":       {on("DATA", hoptest.Reply("250 ok")), content, "250", "451", 0},
		"B12_one_MB_in_lines_at_dot":    {on("DOT", hoptest.Flood("250", 1<<20)), content, "250", "451", 1},
		"B12_two_codes_in_a_reply":      {on("DOT", hoptest.Raw("250-ok\r\n550 no\r\n")), content, "250", "451", 1},
		"B12_250_before_the_dot":        {on("CONTENT", hoptest.Reply("250 2.0.0 taken").At(100)), big, "250", "451", 0},
		"B12_354_at_the_dot":            {on("DOT", hoptest.Reply("354 more")), content, "250", "451", 1},
		"B12_greeting_at_the_dot":       {on("DOT", hoptest.Reply("220 mx ready")), content, "250", "451", 1},
		"B12_200_at_the_dot":            {on("DOT", hoptest.Reply("200 fine")), content, "250", "451", 1},
		"B12_greeting_at_RCPT":          {on("RCPT", hoptest.Reply("220 mx ready")), content, "451", "", 0},
		"B12_greeting_at_MAIL":          {on("MAIL", hoptest.Reply("220 mx ready")), content, "451", "", 0},
		"B12_garbage_at_the_dot":        {on("DOT", hoptest.Raw("\x00\xff2500\r\n")), content, "250", "451", 1},
		"B12_250_in_pieces_is_accepted": {on("DOT", hoptest.Raw("250-2.0.0 one\r\n250 2.0.0 two\r\n").Bytewise(time.Millisecond)), content, "250", "250", 0},
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			test.broken(srv)
			n := &counts{}
			hop := open(t, short(SMTP, srv.Addr()), n.hooks())
			asked, sent := mail(t, hop, test.text, a)
			want(t, "RCPT", test.asked, asked)
			want(t, "dot", test.sent, sent)
			if got := n.get(&n.lost); got != test.unknown {
				t.Errorf("%d outcomes counted as unknown, want %d", got, test.unknown)
			}
			if test.sent != "250" && srv.Delivered() > 0 && test.unknown == 0 {
				t.Errorf("delivered %d although the client was told 451", srv.Delivered())
			}
			for _, point := range []string{"MAIL", "RCPT", "DATA", "CONTENT", "DOT"} {
				srv.On(point)
			}
			_, sent = mail(t, hop, content, a)
			want(t, "dot of the next mail", "250", sent)
		})
	}
}

func on(point string, actions ...hoptest.Action) func(*hoptest.Server) {
	return func(s *hoptest.Server) { s.On(point, actions...) }
}

// TestDotIsAwaited: CASES B05. That the shipped time is 10 minutes is checked by TestShippedTimes.
func TestDotIsAwaited(t *testing.T) {
	t.Run("B05_slow_after_the_dot", func(t *testing.T) {
		srv := hoptest.Start(t, hoptest.Options{})
		srv.On("DOT", hoptest.OK().After(700*time.Millisecond))
		cfg := short(SMTP, srv.Addr())
		cfg.Timeouts.Connect, cfg.Timeouts.Command, cfg.Timeouts.Data, cfg.Timeouts.Block = ms(300), ms(300), ms(300), ms(300)
		hop := open(t, cfg, Hooks{})
		_, sent := mail(t, hop, content, a)
		want(t, "dot", "250", sent)
	})
	t.Run("B05_client_gone_after_the_dot", func(t *testing.T) {
		srv := hoptest.Start(t, hoptest.Options{})
		srv.On("DOT", hoptest.OK().After(200*time.Millisecond))
		hop := open(t, short(SMTP, srv.Addr()), Hooks{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		time.AfterFunc(100*time.Millisecond, cancel)
		_, sent := mailContext(ctx, t, hop, content, a)
		want(t, "dot", "250", sent)
	})
	t.Run("B05_never_answers", func(t *testing.T) {
		srv := hoptest.Start(t, hoptest.Options{})
		srv.On("DOT", hoptest.Hang())
		cfg := short(SMTP, srv.Addr())
		cfg.Timeouts.Dot = ms(200)
		n := &counts{}
		hop := open(t, cfg, n.hooks())
		_, sent := mail(t, hop, content, a)
		want(t, "dot", "451", sent)
		if n.get(&n.lost) != 1 {
			t.Error("the outcome is unknown, and not counted so")
		}
	})
}

// TestAbortBeforeDot: the gate's side of CASES B06 and B08.
func TestAbortBeforeDot(t *testing.T) {
	for name, stop := range map[string]func(cancel func()) error{
		"before says no":                       func(func()) error { return errors.New("the client is gone") },
		"the context ends just before the dot": func(cancel func()) error { cancel(); time.Sleep(20 * time.Millisecond); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			n := &counts{}
			hop := open(t, short(SMTP, srv.Addr()), n.hooks())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			d, _ := hop.Begin(ctx, envelope("a@example.org"), MailParams{})
			d.Rcpt(ctx, a, RcptParams{})
			sent := d.Send(ctx, []string{a}, [][]byte{[]byte(content)}, func() error { return stop(cancel) })
			want(t, "dot", "451", sent)
			eventually(t, "the connection is closed", func() bool { return srv.Open() == 0 })
			if srv.Count() != 0 || len(n.causes) != 0 {
				t.Errorf("%d mails went out; held against the hop: %q", srv.Count(), n.causes)
			}
		})
	}
}

// A client that leaves is noticed while the hop is still being waited for.
func TestClientGoneWhileWaiting(t *testing.T) {
	for _, point := range []string{"CONNECT", "EHLO", "MAIL", "RCPT", "DATA"} {
		t.Run("B06_at_"+point, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			srv.On(point, hoptest.Hang())
			cfg := short(SMTP, srv.Addr())
			cfg.Timeouts.Connect, cfg.Timeouts.Command, cfg.Timeouts.Data = ms(60_000), ms(60_000), ms(60_000)
			hop := open(t, cfg, Hooks{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(50*time.Millisecond, cancel)
			done := make(chan []Reply, 1)
			go func() {
				asked, sent := mailContext(ctx, t, hop, content, a)
				done <- append(asked, sent...)
			}()
			select {
			case got := <-done:
				want(t, "last reply", "451", got[len(got)-1:])
			case <-time.After(20 * time.Second):
				t.Fatal("still waiting for the hop")
			}
			if !hop.Ready() {
				t.Error("the client's leaving is held against the hop")
			}
		})
	}
}

// TestReplyIsPassedOn: CASES B11.
func TestReplyIsPassedOn(t *testing.T) {
	for name, test := range map[string]struct {
		says string
		want Reply
	}{
		"B11_550_stays_550":        {"550 5.7.1 spam", Reply{Code: 550, Enhanced: "5.7.1", Text: "spam"}},
		"B11_452_stays_452":        {"452 4.2.2 full", Reply{Code: 452, Enhanced: "4.2.2", Text: "full"}},
		"B11_421_becomes_451":      {"421 4.3.2 closing", Reply{Code: 451, Enhanced: "4.3.2", Text: "closing"}},
		"B11_599_stays_permanent":  {"599 odd", Reply{Code: 599, Text: "odd"}},
		"B11_text_is_made_safe":    {"554 5.6.0 a\x1b[2Jb\x00c\xe9\rd", Reply{Code: 554, Enhanced: "5.6.0", Text: "a?[2Jb?c??d"}},
		"B11_several_lines":        {"550-5.1.1 one\r\n550 5.1.1 two", Reply{Code: 550, Enhanced: "5.1.1", Text: "one\ntwo"}},
		"B11_wrong_class_of_codes": {"550 2.0.0 ok", Reply{Code: 550, Text: "2.0.0 ok"}},
		"B11_text_is_bounded":      {"550 " + strings.Repeat("x", 1900), Reply{Code: 550, Text: strings.Repeat("x", keepBytes)}},
		"B11_2xx_keeps_its_text":   {"250 2.0.0 Ok: queued as 4D2F", Reply{Code: 250, Enhanced: "2.0.0", Text: "Ok: queued as 4D2F"}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			srv.On("DOT", hoptest.Reply(test.says))
			srv.On("RCPT bob@example.com", hoptest.Reply(test.says))
			hop := open(t, short(SMTP, srv.Addr()), Hooks{})
			asked, sent := mail(t, hop, content, a, "bob@example.com")
			if sent[0] != test.want {
				t.Errorf("at the dot: got %+v, want %+v", sent[0], test.want)
			}
			if test.want.Code != 451 && asked[1] != test.want {
				t.Errorf("at RCPT: got %+v, want %+v", asked[1], test.want)
			}
		})
	}
}

// TestEarlyRefusal: a hop that answers in the middle of the content and closes has said why.
func TestEarlyRefusal(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	srv.On("CONTENT", hoptest.Reply("552 5.3.4 too large").At(1000).ThenHang())
	cfg := short(SMTP, srv.Addr())
	cfg.Timeouts.Block = ms(300)
	hop := open(t, cfg, Hooks{})
	_, sent := mail(t, hop, strings.Repeat("a line of text\r\n", 1<<20), a)
	want(t, "dot", "552", sent)
}

// TestIdleHop: CASES B13: the hop drops the connection while the client is slow.
func TestIdleHop(t *testing.T) {
	for name, test := range map[string]struct {
		second hoptest.Action // what the second RCPT of b gets, on the new connection
		sent   string
		gets   int
	}{
		"B13_opened_again_before_the_dot": {hoptest.OK(), "250 250", 2},
		"B13_other_answer_on_replay":      {hoptest.Reply("550 5.1.1 no"), "451 451", 0},
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			srv.On("RCPT "+b, hoptest.OK(), test.second)
			hop := open(t, short(SMTP, srv.Addr()), Hooks{})
			d, _ := hop.Begin(t.Context(), envelope("a@example.org"), MailParams{})
			defer d.Abort()
			want(t, "RCPT", "250 250", []Reply{d.Rcpt(t.Context(), a, RcptParams{}), d.Rcpt(t.Context(), b, RcptParams{})})
			srv.Drop()
			sent := d.Send(t.Context(), []string{a, b}, [][]byte{[]byte(content)}, nil)
			want(t, "dot", test.sent, sent)
			if srv.Delivered() != test.gets {
				t.Errorf("delivered to %d, want %d", srv.Delivered(), test.gets)
			}
			if test.gets > 0 && string(srv.Messages()[0].Content) != content {
				t.Errorf("content %q", srv.Messages()[0].Content)
			}
		})
	}
}

// TestCapsAfterRestart: CASES B14.
func TestCapsAfterRestart(t *testing.T) {
	t.Run("B14_size_shrinks_with_a_restart", func(t *testing.T) {
		srv := hoptest.Start(t, hoptest.Options{Caps: []string{"SIZE 5000", "8BITMIME"}})
		hop := open(t, short(SMTP, srv.Addr()), Hooks{})
		mail(t, hop, content, a)
		if caps, err := hop.Caps(t.Context()); err != nil || caps.Size != 5000 || !caps.EightBit {
			t.Fatalf("got %+v, %v", caps, err)
		}
		before := srv.Connections()
		srv.Restart([]string{"SIZE 1000"})
		eventually(t, "the new offers are seen", func() bool {
			caps, err := hop.Caps(t.Context())
			return err == nil && caps.Size == 1000 && !caps.EightBit
		})
		if srv.Connections() != before+1 {
			t.Errorf("%d connections were made to learn it", srv.Connections()-before)
		}
	})
	t.Run("B14_stale_promises_are_not_sent", func(t *testing.T) {
		srv := hoptest.Start(t, hoptest.Options{Caps: []string{"SIZE 5000", "8BITMIME", "SMTPUTF8", "DSN"}})
		hop := open(t, short(SMTP, srv.Addr()), Hooks{})
		hop.Caps(t.Context())
		srv.Restart([]string{"SIZE 1000"})
		for _, test := range []struct {
			p     MailParams
			asked int
		}{{MailParams{Size: 2000}, 552}, {MailParams{SMTPUTF8: true}, 451}, {MailParams{Body: "8BITMIME", Ret: "HDRS", EnvID: "x"}, 250}} {
			d, rep := hop.Begin(t.Context(), envelope("a@example.org"), test.p)
			if rep = d.Rcpt(t.Context(), a, RcptParams{Notify: "NEVER"}); rep.Code != test.asked {
				t.Errorf("%+v: got %+v, want %d", test.p, rep, test.asked)
			}
			if test.asked == 250 {
				want(t, "8-bit content", "451", d.Send(t.Context(), []string{a}, [][]byte{[]byte("\r\n\xe9\r\n")}, nil))
			}
			d.Abort()
		}
		if got := strings.Join(srv.Commands(), "|"); strings.Contains(got, "BODY=") || strings.Contains(got, "RET=") || strings.Contains(got, "NOTIFY=") {
			t.Errorf("parameters went to a hop that does not offer them: %s", got)
		}
	})
}
