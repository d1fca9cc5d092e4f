package bounces

import (
	"errors"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

func TestBouncesOfOurOwnMail(t *testing.T) {
	ours := evaltest.Lines{{"whitelist_bounce_relays", "mail*.example.org"}, {"welcomelist_bounce_relays", "out.example.net"}}
	for _, c := range []struct {
		name, mail string
		lines      evaltest.Lines
		want       int
	}{
		{"our relay is in the text", "Subject: x\n\nReceived: from a.example by mail7.example.org with SMTP; today\n", ours, 1},
		{"quoted", "Subject: x\n\n> Received: by out.example.net (Postfix)\n", ours, 1},
		{"in a line that continues", "Subject: x\n\nReceived: from a.example\n\tby mail7.example.org with SMTP\n\n", ours, 1},
		{"in an attached message", "Content-Type: multipart/report; boundary=b\n\n--b\n\nsorry\n--b\nContent-Type: message/rfc822\n\nReceived: from a.example\n by mail7.example.org ; today\nSubject: y\n\n--b--\n", ours, 1},
		{"another relay", "Subject: x\n\nReceived: from a.example by mail7.example.com with SMTP; today\n", ours, 0},
		{"our relay, but no Received field", "Subject: x\n\nSent: by mail7.example.org with SMTP; today\n", ours, 0},
		{"in the mail's own header", "Received: from a.example by mail7.example.org with SMTP; today\nSubject: x\n\nhello\n", ours, 0},
		{"we have named no relay", "Subject: x\n\nReceived: from a.example by mail7.example.org with SMTP; today\n", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), c.lines, c.mail, "body", "check_welcomelist_bounce_relays"); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestRelaysAreNamedByFiles(t *testing.T) {
	if evaltest.Ask(t, New(), nil, "\n", "body", "have_any_bounce_relays") != 0 ||
		evaltest.Ask(t, New(), evaltest.Lines{{"welcomelist_bounce_relays", "x.example"}}, "\n", "body", "have_any_bounce_relays") != 1 {
		t.Error("whether there are any is told wrongly")
	}
	if known, err := New().Set("welcomelist_bounce_relays", " "); !known || err == nil {
		t.Errorf("a line without hosts: known %v, %v", known, err)
	}
	if _, err := New().Bind(eval.Call{Name: "other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}
