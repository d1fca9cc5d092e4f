package milter

import (
	"strings"
	"testing"

	"github.com/emersion/go-message/textproto"
	"github.com/emersion/go-milter"
	"github.com/google/go-cmp/cmp"

	"weir/gateway"
	"weir/scoring"
)

// TestWithTheClientOfGoMilter sends a mail with another implementation of the protocol.
func TestWithTheClientOfGoMilter(t *testing.T) {
	for _, on := range []setup{func(*door) {}, onUnix} {
		d := start(t, on)
		c, err := milter.NewDefaultClient(d.network, d.addr).Session()
		if err != nil {
			t.Fatal(err)
		}
		acts := []func() (*milter.Action, error){
			func() (*milter.Action, error) {
				return c.Conn("client.example", milter.FamilyInet, 1234, "203.0.113.7")
			},
			func() (*milter.Action, error) { return c.Helo("client.example") },
			func() (*milter.Action, error) { return c.Mail("ann@shop.example", []string{"SIZE=100"}) },
			func() (*milter.Action, error) { return c.Rcpt("bob@house.example", nil) },
			func() (*milter.Action, error) {
				var h textproto.Header
				h.Add("Subject", "TAG_WORD")
				h.Add("From", "ann@shop.example")
				return c.Header(h)
			},
		}
		for i, act := range acts {
			if a, err := act(); err != nil || a.Code != milter.ActContinue {
				t.Fatalf("step %d: %v %v", i, a, err)
			}
		}
		mods, act, err := c.BodyReadFrom(strings.NewReader("Hello\r\n"))
		if err != nil || act.Code != milter.ActContinue {
			t.Fatalf("%v %v", act, err)
		}
		if len(mods) == 0 || mods[len(mods)-1].HeaderName == "" {
			t.Errorf("no field was added: %+v", mods)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		r := d.last(1)
		if r.IP != "203.0.113.7" || r.Helo != "client.example" || *r.From != "ann@shop.example" || r.Rcpt[0] != "bob@house.example" || r.Action != scoring.Tag {
			t.Errorf("%+v", r)
		}
	}
}

// rough leaves out what differs from mail to mail: ids, and fields that say nothing of the decision.
func rough(answers []string, id string) (list []string) {
	for _, a := range answers {
		switch {
		case strings.HasPrefix(a, "i 0|X-Spam-S"), strings.HasPrefix(a, "i 0|X-Weir"), strings.HasPrefix(a, "i 0|Auth"):
		default:
			list = append(list, strings.ReplaceAll(a, id, "ID"))
		}
	}
	return list
}

// TestWhatADecisionBecomes is the table of docs/milter.md.
func TestWhatADecisionBecomes(t *testing.T) {
	hold := with(func(c *Config) { c.Quarantine = QuarantineHold })
	gone := func(d *door) { d.noKeeper = true }
	lenient := policy("lenient.example", scoring.Thresholds{Tag: 100})
	strict := policy("strict.example", scoring.Thresholds{Reject: 5})
	keeping := policy("keeping.example", scoring.Thresholds{Quarantine: 5})
	dropping := policy("dropping.example", scoring.Thresholds{Discard: 5})
	putOff := "y 451 4.7.1 Can't be taken now, try again later [ID]"
	for _, c := range []struct {
		name   string
		setup  []setup
		mail   string
		rcpts  []string
		want   []string
		kept   [][]string // recipients of the copies in the quarantine
		reply  string
		action scoring.Action
	}{
		{"accept", nil, plain, nil, []string{"c"}, nil, "250 2.0.0 Ok: taken [ID]", scoring.Accept},
		{"tag", nil, saying("TAG_WORD"), nil, []string{"i 0|X-Spam-Flag| YES", "c"}, nil, "250 2.0.0 Ok: taken [ID]", scoring.Tag},
		{"tag with a subject", []setup{func(d *door) { d.settings.Headers.SubjectPrefix = "[100% SPAM]" }}, saying("TAG_WORD"), nil,
			[]string{"m 1|Subject| [100% SPAM] Lunch", "i 0|X-Spam-Flag| YES", "c"}, nil, "250 2.0.0 Ok: taken [ID]", scoring.Tag},
		{"greylist", nil, saying("GREY_WORD"), nil, []string{"y 451 4.7.1 Greylisted, try again later [ID]"}, nil, "451 4.7.1 Greylisted, try again later [ID]", scoring.Greylist},
		{"reject", nil, saying("REJECT_WORD"), nil, []string{"y 554 5.7.1 Message refused by policy [ID]"}, nil, "554 5.7.1 Message refused by policy [ID]", scoring.Reject},
		{"discard", nil, saying("DISCARD_WORD"), nil, []string{"d"}, nil, "250 2.0.0 Ok: taken [ID]", scoring.Discard},
		{"quarantine", nil, saying("HOLD_WORD"), nil, []string{"d"}, [][]string{{"bob@house.example"}}, "250 2.0.0 Ok: taken [ID]", scoring.Quarantine},
		{"quarantine without one", []setup{gone}, saying("HOLD_WORD"), nil, []string{putOff}, nil, putOff[2:], scoring.Quarantine},
		{"quarantine that is full", []setup{func(d *door) { d.kept.err = errNoQuarantine }, func(d *door) { d.kept.err = errShort }}, saying("HOLD_WORD"), nil, []string{putOff}, nil, putOff[2:], scoring.Quarantine},
		{"quarantine of the mail server", []setup{hold}, saying("HOLD_WORD"), nil, []string{"q Weir: score 8 reaches the quarantine threshold 8 [ID]", "c"}, nil, "250 2.0.0 Ok: taken [ID]", scoring.Quarantine},
		{"B10_one refuses", []setup{lenient, strict}, saying("TAG_WORD"), []string{"a@lenient.example", "b@strict.example", "c@lenient.example"},
			[]string{"- <b@strict.example>", "c"}, [][]string{{"b@strict.example"}}, "250 2.0.0 Ok: taken [ID]", scoring.Accept},
		{"B10_one refuses and there is no quarantine", []setup{lenient, strict, gone}, saying("TAG_WORD"), []string{"a@lenient.example", "b@strict.example"},
			[]string{putOff}, nil, putOff[2:], scoring.Accept},
		{"B10_one refuses and the quarantine is full", []setup{lenient, strict, func(d *door) { d.kept.err = errShort }}, saying("TAG_WORD"), []string{"a@lenient.example", "b@strict.example"},
			[]string{putOff}, nil, putOff[2:], scoring.Accept},
		{"one throws it away", []setup{lenient, dropping}, saying("TAG_WORD"), []string{"a@lenient.example", "b@dropping.example"},
			[]string{"- <b@dropping.example>", "c"}, nil, "250 2.0.0 Ok: taken [ID]", scoring.Accept},
		{"one wants it held, which would hold it for all", []setup{lenient, keeping, hold}, saying("TAG_WORD"), []string{"a@lenient.example", "b@keeping.example"},
			[]string{"- <b@keeping.example>", "c"}, [][]string{{"b@keeping.example"}}, "250 2.0.0 Ok: taken [ID]", scoring.Accept},
		{"one refuses and one wants it kept", []setup{strict, keeping}, saying("TAG_WORD"), []string{"a@strict.example", "b@keeping.example"},
			[]string{"d"}, [][]string{{"a@strict.example"}, {"b@keeping.example"}}, "250 2.0.0 Ok: taken [ID]", scoring.Reject},
		{"one refuses and one throws it away", []setup{strict, dropping}, saying("TAG_WORD"), []string{"a@strict.example", "b@dropping.example"},
			[]string{"d"}, [][]string{{"a@strict.example"}}, "250 2.0.0 Ok: taken [ID]", scoring.Reject},
		{"one throws it away and one has it held", []setup{dropping, keeping, hold}, saying("TAG_WORD"), []string{"a@dropping.example", "b@keeping.example"},
			[]string{"- <a@dropping.example>", "q Weir: score 5 reaches the discard threshold 5 [ID]", "c"}, nil, "250 2.0.0 Ok: taken [ID]", scoring.Discard},
		{"one puts it off", []setup{lenient, policy("grey.example", scoring.Thresholds{Greylist: 1})}, saying("GREY_WORD"), []string{"a@lenient.example", "b@grey.example"},
			[]string{"y 451 4.7.1 Greylisted, try again later [ID]"}, nil, "451 4.7.1 Greylisted, try again later [ID]", scoring.Accept},
		{"one has it tagged", []setup{lenient}, saying("TAG_WORD"), []string{"a@lenient.example", "b@house.example"},
			[]string{"i 0|X-Spam-Flag| YES", "c"}, nil, "250 2.0.0 Ok: taken [ID]", scoring.Accept},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := start(t, c.setup...)
			m := d.dial().greet()
			got := m.mail(c.mail, c.rcpts...)
			r := d.last(1)
			if diff := cmp.Diff(c.want, rough(got, r.ID)); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			if reply := strings.ReplaceAll(r.Reply, r.ID, "ID"); reply != c.reply || r.Action != c.action {
				t.Errorf("the report says %s, %q; want %s, %q", r.Action, reply, c.action, c.reply)
			}
			var rcpts [][]string
			for _, k := range d.kept.mail {
				rcpts = append(rcpts, k.rcpts)
				if want := strings.ReplaceAll(c.mail, "\n", "\r\n"); !strings.HasSuffix(k.raw, want) {
					t.Errorf("the copy is %q", k.raw)
				}
			}
			if diff := cmp.Diff(c.kept, rcpts); diff != "" {
				t.Errorf("quarantine (-want +got):\n%s", diff)
			}
			m.want("c", m.ask('M', "<>\x00")) // the connection goes on
		})
	}
}

// TestAMailServerThatCanLess offers less than what a decision needs.
func TestAMailServerThatCanLess(t *testing.T) {
	lenient, strict := policy("lenient.example", scoring.Thresholds{Tag: 100}), policy("strict.example", scoring.Thresholds{Reject: 5})
	for _, c := range []struct {
		name    string
		actions milter.OptAction
		setup   []setup
		mail    string
		want    string
	}{
		{"it can't delete recipients", needed, []setup{lenient, strict}, "TAG_WORD", "y 451 4.7.1 Can't be taken now, try again later [ID]"},
		{"it can't hold, so that our quarantine does", needed, []setup{with(func(c *Config) { c.Quarantine = QuarantineHold })}, "HOLD_WORD", "d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := start(t, c.setup...)
			m := d.connect()
			m.negotiate(6, uint32(c.actions), everything)
			m.greet()
			got := m.mail(saying(c.mail), "a@lenient.example", "b@strict.example")
			if list := rough(got, d.last(1).ID); len(list) != 1 || list[0] != c.want {
				t.Errorf("%q, want %q", list, c.want)
			}
		})
	}
}

// TestEarlyDecisions refuses before the message comes.
func TestEarlyDecisions(t *testing.T) {
	early := with(func(c *Config) { c.Early = true })
	for _, c := range []struct {
		name   string
		setup  []setup
		play   func(m *mta)
		report int // how many reports
	}{
		{"at connect", []setup{early, clientStage(1)}, func(m *mta) {
			m.want("y 554 5.7.1 Refused by policy, reference ID", m.ask('C', connect4("203.0.113.7")))
		}, 1},
		{"at HELO", []setup{early, clientStage(2)}, func(m *mta) {
			m.want("c", m.ask('C', connect4("203.0.113.7")))
			m.want("y 554 5.7.1 Refused by policy, reference ID", m.ask('H', "client.example\x00"))
		}, 1},
		{"a client at MAIL, since it may still log in", []setup{clientStage(1)}, func(m *mta) {
			m.greet()
			m.want("y 554 5.7.1 Refused by policy, reference ID", m.ask('M', "<ann@shop.example>\x00"))
		}, 1},
		{"nobody who has logged in", []setup{clientStage(1)}, func(m *mta) {
			m.greet()
			m.send('D', "M{auth_authen}\x00ann\x00")
			m.want("c", m.ask('M', "<ann@shop.example>\x00"))
		}, 0},
		{"a sender", []setup{clientStage(3)}, func(m *mta) {
			m.greet()
			m.want("y 554 5.7.1 Refused by policy, reference ID", m.ask('M', "<ann@shop.example>\x00"))
			m.want("t", m.ask('R', "<bob@house.example>\x00"))
		}, 1},
		{"one recipient", []setup{rcptStage("nobody@house.example")}, func(m *mta) {
			m.greet()
			m.want("c", m.ask('M', "<ann@shop.example>\x00"))
			m.want("y 550 5.7.1 Refused by policy, reference ID", m.ask('R', "<nobody@house.example>\x00"))
			m.want("c", m.ask('R', "<bob@house.example>\x00"))
			got := m.content(plain)
			m.want("c", got[len(got)-1])
		}, 2},
		{"a recipient with another policy, for later", []setup{func(d *door) { d.settings.Split452 = true }, policy("strict.example", scoring.Thresholds{Reject: 5})}, func(m *mta) {
			m.greet()
			m.envelope("ann@shop.example", "bob@house.example")
			m.want("y 452 4.5.3 One policy a transaction, send this recipient again, reference ID", m.ask('R', "<a@strict.example>\x00"))
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := start(t, append(c.setup, refusing)...)
			m := d.dial()
			m.blind = true
			c.play(m)
			if c.report > 0 {
				d.last(c.report)
			}
		})
	}
}

// TestTheFoundIsNotLost keeps a message's report whole: who, from where, and under which name the mail server has it.
func TestTheReportTellsWhoAndWhere(t *testing.T) {
	d := start(t, func(d *door) { d.outgoing = &scoring.Policy{Name: "outgoing"} })
	m := d.dial()
	m.send('D', "Cj\x00mx.house.example\x00{daemon_name}\x00smtpd\x00")
	m.send('C', "client.example\x006\x30\x39IPv6:2001:db8::1\x00")
	m.send('D', "H{tls_version}\x00TLSv1.3\x00{cipher}\x00TLS_AES_128_GCM_SHA256\x00")
	m.send('H', "[IPv6:2001:db8::1]\x00")
	m.send('D', "M{auth_authen}\x00ann\x00")
	m.want("c", m.ask('M', "<ann@shop.example>\x00SIZE=50\x00BODY=8BITMIME\x00"))
	m.send('D', "Ri\x004TcXl\x00")
	m.want("c", m.ask('R', "<\"bob b\"@house.example>\x00ORCPT=rfc822;x\x00"))
	got := m.content(plain)
	m.want("c", got[len(got)-1])
	r := d.last(1)
	for what, pair := range map[string][2]string{
		"address": {r.IP, "2001:db8::1"}, "HELO": {r.Helo, "[IPv6:2001:db8::1]"}, "user": {r.User, "ann"}, "policy": {r.Policy, "outgoing"},
		"next": {r.Next, "mx.house.example queue 4TcXl"}, "recipient": {r.Rcpt[0], `"bob b"@house.example`}, "sender": {*r.From, "ann@shop.example"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	m.greet() // another client: nothing of the first one is left
	m.envelope("")
	m.content(plain)
	if r := d.last(2); r.User != "" || r.Next != "" || r.IP != "203.0.113.7" || *r.From != "" {
		t.Errorf("after another client: user %q, next %q, ip %s", r.User, r.Next, r.IP)
	}
}

func TestClients(t *testing.T) {
	for _, c := range []struct {
		name, packet, ip, reverse string
		port                      uint16
	}{
		{"IPv4", "a.example\x004\x00\x19192.0.2.1\x00", "192.0.2.1", "a.example", 25},
		{"IPv6 of Postfix", "a.example\x006\x00\x192001:db8::1\x00", "2001:db8::1", "a.example", 25},
		{"IPv6 of Sendmail", "a.example\x006\x00\x19IPv6:2001:db8::1\x00", "2001:db8::1", "a.example", 25},
		{"IPv4 in IPv6", "a.example\x006\x00\x19::ffff:192.0.2.1\x00", "192.0.2.1", "a.example", 25},
		{"a name that is not known to Postfix", "unknown\x004\x00\x19192.0.2.1\x00", "192.0.2.1", "", 25},
		{"a name that is not known to Sendmail", "[192.0.2.1]\x004\x00\x19192.0.2.1\x00", "192.0.2.1", "", 25},
		{"an unknown family", "unknown\x00U", "", "", 0},
		{"a unix socket", "localhost\x00L\x00\x00/run/x\x00", "", "", 0},
		{"no family", "localhost\x00", "", "", 0},
		{"no address", "localhost\x004\x00\x19", "", "", 0},
		{"a bad address", "localhost\x004\x00\x19999.0.2.1\x00", "", "", 0},
		{"nothing", "", "", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ip := parseConnect([]byte(c.packet)), ""
			if got.Addr.IsValid() {
				ip = got.Addr.String()
			}
			if ip != c.ip || got.Name != c.reverse || got.Port != c.port {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestRepliesAreOneLineThatNobodyTakesForAFormat has texts that a mail server must not act on.
func TestRepliesAreOneLineThatNobodyTakesForAFormat(t *testing.T) {
	s := &session{wire: &wire{}}
	s.reply(gateway.Reply{Code: 550, Enhanced: "5.7.1", Text: "100%s\r\n250 ok\x00é" + strings.Repeat("%", 1000)})
	got := string(s.wire.out[5:])
	if want := "550 5.7.1 100%%s??250 ok??"; !strings.HasPrefix(got, want) || strings.ContainsAny(got[:len(got)-1], "\r\n\x00") || len(got) > 512 {
		t.Errorf("%d bytes, %q", len(got), got)
	}
}
