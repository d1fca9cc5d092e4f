package view

import (
	"strings"
	"testing"
	"time"

	"weir/message"
)

func mailOf(text string) *Mail {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(text))
	return New(m, NewSettings(), Facts{}, time.Unix(1e9, 0))
}

func TestWhoSentAMail(t *testing.T) {
	for _, c := range []struct{ name, mail, want string }{
		{"From and what noted the envelope, each once", "From: Ann <ann@a.example>\nReturn-Path: <bounce@b.example>\nResent-Sender: ann@a.example\n\n", "ann@a.example bounce@b.example"},
		{"all authors", "From: ann@a.example, Bob <bob@b.example>\n\n", "ann@a.example bob@b.example"},
		{"whoever sent it on comes first", "Resent-From: carl@c.example\nFrom: ann@a.example\n\n", "carl@c.example"},
		{"dots in a row", "From: ann@a.example...\n\n", "ann@a.example."},
		{"nobody", "Subject: x\n\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(mailOf(c.mail).Senders(), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhomAMailWentTo(t *testing.T) {
	for _, c := range []struct{ name, mail, want string }{
		{"To and Cc", "To: ann@a.example\nCc: bob@b.example, ann@a.example\n\n", "ann@a.example bob@b.example"},
		{"sent on", "Resent-To: carl@c.example\nTo: ann@a.example\n\n", "carl@c.example"},
		{"a Received field tells", "Received: from x (y [192.0.2.1]) by mx.a.example with SMTP for <real@a.example>; Mon, 6 Jul 2026 00:00:00 +0000\nTo: list@b.example\n\n", "real@a.example list@b.example"},
		{"what Received tells is no address", "Received: from x by y for nobody; today\nReceived: from x by y for a@b; today\nTo: ann@a.example\n\n", "ann@a.example"},
		{"only the newest three Received fields tell", strings.Repeat("Received: from x by y; today\n", 3) + "Received: from x by y for <old@a.example>; today\nTo: ann@a.example\n\n", "ann@a.example"},
		{"Delivered-To", "Delivered-To: box@a.example\n\n", "box@a.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(mailOf(c.mail).Recipients(), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
