package realtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// settings writes a weir.toml with one next hop for weir.test and whatever else a test adds.
func settings(t *testing.T, listen, hop, more string) string {
	t.Helper()
	text := fmt.Sprintf("hostname = \"gate.weir.test\"\n%s\n[smtp]\nlisten = [%q]\nxforward = [\"127.0.0.0/8\"]\n\n[metrics]\nlisten = \"\"\n\n[[next_hop]]\naddress = [%q]\ndomains = [\"weir.test\"]\n", more, listen, hop)
	file := filepath.Join(t.TempDir(), "weir.toml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

const alice, bob = "alice@weir.test", "bob@weir.test"

const plain = "From: Ann <ann@example.org>\r\nTo: <alice@weir.test>\r\nSubject: Lunch\r\nMessage-ID: <1@example.org>\r\n" +
	"Date: Mon, 05 Oct 2026 10:00:00 +0000\r\n\r\nShall we?\r\n.\r\n..and dots\r\n"

// received is the only mail in a mailbox; it waits for it.
func received(t *testing.T, p *Postfix, mailbox string) string {
	t.Helper()
	eventually(t, "delivery to "+mailbox, func() bool { return p.Queued() == 0 && len(p.Mail(mailbox)) > 0 })
	files := p.Mail(mailbox)
	if len(files) != 1 {
		t.Fatalf("%d mails for %s", len(files), mailbox)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPostfixBehindWeir: a weir process in front of a real Postfix.
func TestPostfixBehindWeir(t *testing.T) {
	t.Parallel()
	binary := Build(t)
	start := func(t *testing.T, main map[string]string, more string) (*Postfix, *Weir) {
		p := NewPostfix(t, PostfixOptions{Mailboxes: []string{alice, bob}, Main: main})
		addr := FreeAddr(t)
		return p, NewWeir(t, binary, addr, "--config", settings(t, addr, p.Addr, more))
	}
	t.Run("an accepted mail arrives byte for byte below the fields that were added", func(t *testing.T) {
		p, w := start(t, nil, "")
		o := dial(t, w.Addr).Send("ann@example.org", []string{alice}, plain)
		if !o.Accepted || !strings.Contains(o.Text, "queued as") {
			t.Fatalf("outcome %+v: the next hop's answer should be the client's", o)
		}
		mail := received(t, p, alice)
		if !strings.HasSuffix(mail, strings.ReplaceAll(plain, "\r\n", "\n")) || !strings.Contains(mail, "by gate.weir.test") {
			t.Errorf("mail:\n%s", mail)
		}
	})
	t.Run("B09_the_real_servers_550_for_one_recipient_reaches_the_client_and_the_other_is_served", func(t *testing.T) {
		p, w := start(t, nil, "")
		o := dial(t, w.Addr).Send("ann@example.org", []string{"nobody@weir.test", alice}, plain)
		if !o.Accepted || o.Rcpts["nobody@weir.test"] != 550 || o.Rcpts[alice] != 250 {
			t.Fatalf("outcome %+v", o)
		}
		received(t, p, alice)
	})
	t.Run("B11_the_real_servers_refusal_at_the_dot_reaches_the_client", func(t *testing.T) {
		p, w := start(t, map[string]string{"header_checks": "regexp:{ {/^Subject: Lunch/ REJECT no lunch here} }"}, "")
		o := dial(t, w.Addr).Send("ann@example.org", []string{alice}, plain)
		if o.Accepted || !o.AfterDot || o.Code != 550 || !strings.Contains(o.Text, "no lunch here") {
			t.Errorf("outcome %+v", o)
		}
		if p.Queued() != 0 || len(p.Mail(alice)) != 0 {
			t.Error("it was delivered all the same")
		}
	})
	t.Run("B08_what_a_rule_rejects_never_reaches_the_real_server", func(t *testing.T) {
		rules := filepath.Join(t.TempDir(), "own.cf")
		if err := os.WriteFile(rules, []byte("header LUNCH Subject =~ /^Lunch/\nscore LUNCH 100\ndescribe LUNCH Lunch\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		p, w := start(t, nil, fmt.Sprintf("rules = [%q]\n", rules))
		o := dial(t, w.Addr).Send("ann@example.org", []string{alice}, plain)
		if o.Accepted || o.Code != 554 {
			t.Errorf("outcome %+v", o)
		}
		if strings.Contains(p.Log(), "queue active") || len(p.Mail(alice)) != 0 {
			t.Errorf("Postfix took it:\n%s", p.Log())
		}
	})
	t.Run("a domain that is not listed is not relayed", func(t *testing.T) {
		_, w := start(t, nil, "")
		o := dial(t, w.Addr).Send("ann@example.org", []string{"x@elsewhere.test"}, plain)
		if o.Accepted || o.Rcpts["x@elsewhere.test"]/100 != 5 {
			t.Errorf("outcome %+v", o)
		}
	})
}

// TestPostfixActsOnTheRealClient: with XCLIENT, the Postfix behind Weir judges, logs and records who really came.
func TestPostfixActsOnTheRealClient(t *testing.T) {
	t.Parallel()
	p := NewPostfix(t, PostfixOptions{Mailboxes: []string{alice}, Main: map[string]string{
		"smtpd_authorized_xclient_hosts": "127.0.0.0/8",
		"smtpd_client_restrictions":      "check_client_access inline:{ {127.0.0.66 = REJECT you are known here} }",
		"smtpd_delay_reject":             "yes",
	}})
	addr := FreeAddr(t)
	NewWeir(t, Build(t), addr, "--config", settings(t, addr, p.Addr, ""))
	send := func(t *testing.T, from string) Outcome {
		c, err := DialFrom(from, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.Send("ann@example.org", []string{alice}, plain)
	}
	t.Run("a client that Postfix knows is refused by Postfix", func(t *testing.T) {
		if o := send(t, "127.0.0.66"); o.Accepted || o.Rcpts[alice] != 554 || !strings.Contains(o.Text, "you are known here") {
			t.Errorf("outcome %+v", o)
		}
	})
	t.Run("another is not, and Postfix's Received field names it and not Weir", func(t *testing.T) {
		if o := send(t, "127.0.0.9"); !o.Accepted {
			t.Fatalf("outcome %+v", o)
		}
		mail := received(t, p, alice)
		_, ours, _ := strings.Cut(mail, "Received: ")
		ours, _, _ = strings.Cut(ours, "Received: ")
		if !strings.Contains(ours, "from client.weir.test (unknown [127.0.0.9])") || !strings.Contains(ours, "by mx.weir.test") {
			t.Errorf("Postfix wrote %q", ours)
		}
	})
}

// TestPostfixRestart: the real server goes away and comes back while a client's session stays open.
func TestPostfixRestart(t *testing.T) {
	t.Parallel()
	p := NewPostfix(t, PostfixOptions{Mailboxes: []string{alice, bob}})
	addr := FreeAddr(t)
	w := NewWeir(t, Build(t), addr, "--config", settings(t, addr, p.Addr, ""))
	c := dial(t, w.Addr)
	t.Run("B02_it_dies_between_RCPT_and_DATA_and_the_mail_is_not_lost", func(t *testing.T) {
		for _, line := range []string{"MAIL FROM:<ann@example.org>", "RCPT TO:<" + bob + ">"} {
			if code, text, err := c.Say(line); err != nil || code != 250 {
				t.Fatalf("%s: %d %s %v", line, code, text, err)
			}
		}
		p.Kill()
		code, text, err := c.Say("DATA")
		if code == 354 {
			code, text, err = c.Say(strings.ReplaceAll(plain, "\r\n.", "\r\n..") + ".")
		}
		if err != nil || code/100 != 4 {
			t.Fatalf("answered %d %s %v: 250 without a next hop would lose the mail", code, text, err)
		}
	})
	t.Run("while it is away every attempt is told 4xx on the same session", func(t *testing.T) {
		if o := c.Send("ann@example.org", []string{alice}, plain); o.Accepted || o.Err != nil || o.Code/100 != 4 {
			t.Errorf("outcome %+v", o)
		}
		_, _, _ = c.Say("RSET")
	})
	t.Run("B01_after_its_restart_the_same_session_delivers_again", func(t *testing.T) {
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "acceptance after the restart", func() bool {
			o := c.Send("ann@example.org", []string{alice}, plain)
			if !o.Accepted {
				_, _, _ = c.Say("RSET")
			}
			return o.Accepted
		})
		received(t, p, alice)
		if n := len(p.Mail(bob)); n != 0 {
			t.Errorf("%d copies of the mail that was told 4xx before the dot", n)
		}
	})
}

// TestWeirBehindPostfix: Postfix's smtpd_proxy_filter hands each mail to Weir, which hands it back on another port.
func TestWeirBehindPostfix(t *testing.T) {
	t.Parallel()
	back, addr := FreeAddr(t), FreeAddr(t)
	p := NewPostfix(t, PostfixOptions{
		Mailboxes: []string{alice},
		Main:      map[string]string{"smtpd_proxy_filter": addr, "smtpd_authorized_xclient_hosts": "127.0.0.0/8"},
		Services:  []string{back + " inet n - n - - smtpd -o smtpd_proxy_filter= -o smtpd_authorized_xclient_hosts= -o smtpd_authorized_xforward_hosts=127.0.0.0/8"},
	})
	w := NewWeir(t, Build(t), addr, "--config", settings(t, addr, back, ""))
	c := dial(t, p.Addr)
	for _, line := range []string{"XCLIENT ADDR=192.0.2.7 NAME=client.example.org", "EHLO real.example.org"} {
		if code, text, err := c.Say(line); err != nil || code/100 != 2 {
			t.Fatalf("%s: %d %s %v", line, code, text, err)
		}
	}
	o := c.Send("ann@example.org", []string{alice}, plain)
	if !o.Accepted {
		t.Fatalf("outcome %+v", o)
	}
	mail := received(t, p, alice)
	if !strings.HasSuffix(mail, strings.ReplaceAll(plain, "\r\n", "\n")) {
		t.Errorf("mail:\n%s", mail)
	}
	t.Run("XFORWARD tells Weir the real client's address and name", func(t *testing.T) {
		for _, want := range []string{"192.0.2.7", "real.example.org"} {
			if !strings.Contains(w.Log(), want) {
				t.Errorf("no %s in Weir's log:\n%s", want, w.Log())
			}
		}
	})
	t.Run("Weir tells the Postfix behind it as well", func(t *testing.T) {
		if !strings.Contains(p.Log(), "orig_client=client.example.org[192.0.2.7]") {
			t.Errorf("Postfix's log:\n%s", p.Log())
		}
	})
}
