package relay

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// shown gives what a Received line comes to in short: ip rdns helo by ident sender id auth, - for nothing.
func shown(value string) string {
	p := Build(Mail{Received: []string{value + "\n"}}, &Settings{})
	list := append(p.Trusted, p.Untrusted...)
	switch {
	case p.Unreadable > 0:
		return "unread"
	case len(list) == 0:
		return "nothing"
	}
	r := &list[0]
	var out []string
	for _, s := range []string{r.IP, r.RDNS, r.Helo, r.By, r.Ident, r.Sender, r.ID, r.Auth} {
		if s == "" {
			s = "-"
		}
		out = append(out, s)
	}
	return strings.TrimRight(strings.Join(out, " "), " -")
}

func TestLinesOfManyServersAreRead(t *testing.T) {
	for in, want := range map[string]string{
		// Postfix
		"from h.example.com (r.example.com [192.0.2.1])\n\tby mx.example.net (Postfix) with ESMTPS id 4ABC12\n\tfor <ann@example.net>; Mon,  2 Jan 2023 10:00:00 +0000 (UTC)": "192.0.2.1 r.example.com h.example.com mx.example.net - - 4ABC12",
		"from h (unknown [192.0.2.1]) by mx.example.net (Postfix) with SMTP id 4ABC12; Mon, 2 Jan 2023 10:00:00 +0000":                                                        "192.0.2.1 - h mx.example.net - - 4ABC12",
		"from h (r.example.com [IPv6:2001:db8::1]) (Authenticated sender: ann) by mx.example.net (Postfix) with ESMTPSA id 4ABC12":                                            "2001:db8::1 r.example.com h mx.example.net - - 4ABC12 ESMTPSA",
		// Sendmail
		"from h (IDENT:bob@r.example.com [192.0.2.1] (may be forged)) by mx.example.net (8.11.6/8.11.6) with ESMTP id x1": "192.0.2.1 r.example.com h mx.example.net bob - ",
		"from h ([192.0.2.1]) by mx.example.net (8.12/8.12) with ESMTP id abc123":                                         "192.0.2.1 - h mx.example.net - - abc123",
		"from h (r.example.com [192.0.2.1]) (authenticated bits=0) by mx.example.net (8.12) with ESMTP id abc123":         "192.0.2.1 r.example.com h mx.example.net - - abc123 Sendmail",
		// Exim
		"from [192.0.2.1] (helo=h.example.com ident=bob) by mx.example.net with esmtp (Exim 4.92) id 1abc-2":                                           "192.0.2.1 - h.example.com mx.example.net bob - 1abc-2",
		"from r.example.com ([192.0.2.1]:2525 helo=h.example.com) by mx.example.net with esmtps (Exim 4.92) (envelope-from <b@example.com>) id 1abc-2": "192.0.2.1 r.example.com h.example.com mx.example.net - b@example.com 1abc-2",
		"from r.example.com ([192.0.2.1]) by mx.example.net with esmtp (Exim 4.92) id 1abc-2":                                                          "192.0.2.1 r.example.com r.example.com mx.example.net - - 1abc-2",
		"from bob by mx.example.net with local (Exim 4.92) id 1abc-2":                                                                                  "nothing",
		// Exchange
		"from A.example.com (192.0.2.1) by B.example.com (192.0.2.2) with Microsoft SMTP Server id 14.3.1.2":                   "192.0.2.1 A.example.com A.example.com B.example.com - - 14.3.1.2",
		"from A.example.com ([fe80::1]) by B.example.com ([fe80::2%6]) with mapi id 15.20.1.2; Mon, 2 Jan 2023 10:00:00 +0000": "fe80::1 - A.example.com B.example.com",
		"from h ([192.0.2.1]) by mx.example.net with Microsoft SMTPSVC(6.0.3790.0)":                                            "192.0.2.1 - h mx.example.net",
		"from mail pickup service by mx.example.net with Microsoft SMTPSVC":                                                    "nothing",
		// qmail
		"from r.example.com (HELO h.example.com) (bob@192.0.2.1) by mx.example.net with SMTP; 2 Jan 2023 10:00:00 -0000": "192.0.2.1 r.example.com h.example.com mx.example.net bob",
		"from unknown (192.0.2.1) by mx.example.net with SMTP; 2 Jan 2023 10:00:00 -0000":                                "192.0.2.1 - unknown mx.example.net",
		"(qmail 123 invoked by uid 1); 2 Jan 2023 10:00:00 -0000":                                                        "nothing",
		// others
		"from h (softdnserr [::ffff:192.0.2.1]) by mx.example.net with esmtp":                                                           "192.0.2.1 - h mx.example.net",
		"from [192.0.2.1] by web.example.com via HTTP; Mon, 2 Jan 2023 10:00:00 PST":                                                    "192.0.2.1 - - web.example.com",
		"from 192.0.2.1 (SquirrelMail authenticated user bob) by mail.example.com with HTTP":                                            "192.0.2.1 - - mail.example.com - - - HTTP",
		"from ([192.0.2.1:1234] helo=h.example.com) by mx.example.net (ecelerity 2.1) with ESMTP id A/B":                                "192.0.2.1 - h.example.com mx.example.net - - A/B",
		"from r.example.com (192.0.2.1:23) by mx.example.net with [XMail 1.20 ESMTP Server] id <S1> for <a@b.org> from <s@example.com>": "192.0.2.1 - r.example.com mx.example.net - s@example.com S1",
		"FROM h.example.com (r.example.com [192.0.2.1]) BY mx.example.net ID 434B508E.1 ; 11 Oct 2005 01:41:34 -0400":                   "192.0.2.1 r.example.com h.example.com mx.example.net - - 434B508E.1",
		"(from h [192.0.2.1]) by mx.example.net (NAVGW 2.5) with SMTP id M2":                                                            "192.0.2.1 - h mx.example.net",
		"from r.example.com(192.0.2.1), claiming to be \"h.example.com\" via SMTP by mx.example.net, id smtpd1":                         "192.0.2.1 r.example.com h.example.com mx.example.net - - smtpd1",
		"from pop.example.com [192.0.2.1] by localhost with POP3 (fetchmail-6.3)":                                                       "nothing",
		"from a.example.com by b.example.com with ESMTP":                                                                                "nothing",
		"from a.example.com by b.example.com; Mon, 2 Jan 2023 10:00:00 +0000":                                                           "nothing",
		"from X-Originating-IP: 192.0.2.1":                                                                                              "192.0.2.1",
		"from strange things [192.0.2.1] happen by mx.example.net today":                                                                "192.0.2.1 - strange mx.example.net",
		"from strange things happen": "unread",
		"by mx.example.net":          "nothing",
		"":                           "nothing",
		"from x[y (r [192.0.2.1]) by mx.example.net (Postfix) with SMTP id a>b": "192.0.2.1 r x!y mx.example.net",
	} {
		if got := shown(in); got != strings.TrimRight(want, " -") {
			t.Errorf("%q:\n got  %s\n want %s", in, got, want)
		}
	}
}

func TestTheNotationOfRelays(t *testing.T) {
	p := Build(Mail{Received: []string{"from h (r.example.com [192.0.2.1]) by mx (Postfix) with SMTP id abc", "from k (unknown [10.0.0.1]) by h (Postfix) with SMTP id d1f"}}, &Settings{})
	want := "[ ip=192.0.2.1 rdns=r.example.com helo=h by=mx ident= envfrom= intl=0 id=abc auth= msa=0 ] " +
		"[ ip=10.0.0.1 rdns= helo=k by=h ident= envfrom= intl=0 id=d1f auth= msa=0 ]"
	if got := p.Text(Untrusted); got != want {
		t.Errorf("got %s", got)
	}
	if !p.Untrusted[1].NoReverse || p.Untrusted[0].NoReverse || !p.Untrusted[1].Private {
		t.Errorf("got %+v", p.Untrusted)
	}
}

// hop is a line of a relay with an address.
func hop(address string) string {
	return "from h (r [" + address + "]) by mx (Postfix) with SMTP id abc"
}

func TestTrust(t *testing.T) {
	auth := "from h (r [192.0.2.9]) by mx (Postfix) with ESMTPA id abc"
	for name, c := range map[string]struct {
		lines          []string
		settings       string
		own            string
		client         string
		trusted, inner int
		last           int
	}{
		"ends at the first public address":                {lines: []string{hop("10.0.0.1"), hop("192.0.2.1"), hop("10.0.0.2")}, trusted: 1, inner: 1, last: 0},
		"goes on behind a client that authenticated":      {lines: []string{auth, hop("192.0.2.1")}, trusted: 1, inner: 1, last: 0},
		"is what the files say":                           {lines: []string{hop("192.0.2.1"), hop("10.0.0.1")}, settings: "trusted_networks 192.0.2.0/24", trusted: 1, inner: 1, last: 0},
		"reaches further than the own networks":           {lines: []string{hop("192.0.2.1"), hop("198.51.100.1")}, settings: "trusted_networks 192.0.2. 198.51.100.0/24\ninternal_networks 192.0.2.1", trusted: 2, inner: 1, last: 1},
		"has exceptions":                                  {lines: []string{hop("192.0.2.1")}, settings: "trusted_networks !192.0.2.1 192.0.2.0/24", last: -1},
		"holds for all behind a submission server":        {lines: []string{hop("192.0.2.1"), hop("198.51.100.1")}, settings: "trusted_networks 192.0.2.1\nmsa_networks 192.0.2.1", trusted: 2, inner: 2, last: 1},
		"counts lines that nobody can read":               {lines: []string{"from strange things happen", hop("192.0.2.1")}, last: 0},
		"begins with the client":                          {lines: []string{hop("10.0.0.1")}, client: "192.0.2.1", last: -2},
		"goes on behind a client whom the gateway trusts": {lines: []string{hop("198.51.100.1")}, client: "192.0.2.1", own: "192.0.2.0/24", trusted: 1, inner: 1, last: -1},
		"begins anew where mail was fetched":              {lines: []string{hop("10.0.0.1"), "from p [192.0.2.7] ; by localhost with IMAP (fetchmail)", hop("10.0.0.3")}, trusted: 1, inner: 1, last: 2},
	} {
		s := &Settings{}
		for l := range strings.SplitSeq(c.settings, "\n") {
			if key, value, ok := strings.Cut(l, " "); ok {
				if known, err := s.Set(key, value); !known || err != nil {
					t.Fatalf("%s: %v, %v", l, known, err)
				}
			}
		}
		m := Mail{Received: c.lines}
		if c.own != "" {
			m.Own = []netip.Prefix{netip.MustParsePrefix(c.own)}
		}
		if c.client != "" {
			m.Client = Current(netip.MustParseAddr(c.client))
		}
		p := Build(m, s)
		if len(p.Trusted) != c.trusted || len(p.Internal) != c.inner || p.Last(Trusted) != c.last {
			t.Errorf("%s: trusted %d, own %d, last %d: %s | %s", name, len(p.Trusted), len(p.Internal), p.Last(Trusted), p.Text(Trusted), p.Text(Untrusted))
		}
	}
}

func TestFieldsOfWebMailersAreRelays(t *testing.T) {
	s := &Settings{}
	s.Set("originating_ip_headers", "X-Originating-IP x-originating-ip")
	p := Build(Mail{Field: func(string) string { return "[198.51.100.7]" }}, s)
	if got := p.Text(Untrusted); !strings.Contains(got, "[ ip=198.51.100.7 rdns= helo= by= ") || len(p.Untrusted) != 1 {
		t.Errorf("got %s", got)
	}
}

func TestSenderIsThatOfTheBorder(t *testing.T) {
	p := Build(Mail{Received: []string{"from a (r [10.0.0.1]) by mx (Postfix) with SMTP (envelope-from <in@example.com>) id abc",
		"from a (r [192.0.2.1]) by mx (Postfix) with SMTP (envelope-from <out@example.com>) id abc"}}, &Settings{})
	if s, ok := p.Sender(); s != "out@example.com" || !ok {
		t.Errorf("got %q, %v", s, ok)
	}
}

func TestBadNetworksAreRefused(t *testing.T) {
	for _, value := range []string{"", "x", "192.0.2.0/33", "1.2.3.4.5", "2001:db8::/200", "192.0.2.9-192.0.2.1", "192.0.2.1/255.0.255.0"} {
		var n Networks
		if err := n.Add(value); err == nil {
			t.Errorf("%q is taken", value)
		}
	}
}

func TestNetworksAreWrittenInManyWays(t *testing.T) {
	for value, has := range map[string]string{"192.0.2.7": "192.0.2.7", "192.0.2.": "192.0.2.200", "10": "10.9.8.7", "192.0.2.0/255.255.255.0": "192.0.2.1",
		"[2001:db8::1%eth0]": "2001:db8::1", "192.0.2.5-192.0.2.9": "192.0.2.8", "010.1/16": "10.1.255.1", "192.0.2.0/24, 2001:db8::/32": "2001:db8:5::1", "::ffff:192.0.2.1": "192.0.2.1"} {
		var n Networks
		if err := n.Add(value); err != nil || !n.Contains(netip.MustParseAddr(has)) || n.Contains(netip.MustParseAddr("203.0.113.1")) {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// Hostile lines must not take long.
func TestHostileLinesStayCheap(t *testing.T) {
	for name, line := range map[string]string{
		"hosts":    "from a " + strings.Repeat("(b [1.2.3.4]) ", 580),
		"by":       "from a (b [1.2.3.4]) " + strings.Repeat("by x ", 1600),
		"brackets": "from a " + strings.Repeat("[", 8000),
		"numbers":  "from " + strings.Repeat("1.2.3.4 ", 1000) + "(SquirrelMail authenticated user x)",
		"colons":   "from [" + strings.Repeat("1:", 4000),
		"with":     "from a (HELO b) (1.2.3.4) by c (" + strings.Repeat(") with ", 1100),
		"words":    "from " + strings.Repeat("a", 8000),
	} {
		begin := time.Now()
		Build(Mail{Received: hundred(line)}, &Settings{})
		if d := time.Since(begin); d > 10*time.Second {
			t.Errorf("%s: took %s", name, d)
		}
	}
}

func hundred(line string) (list []string) {
	for range 100 {
		list = append(list, line)
	}
	return list
}

func FuzzBuild(f *testing.F) {
	f.Add("from h (r.example.com [192.0.2.1]) by mx.example.net (Postfix) with ESMTPS id 4ABC12 for <ann@example.net>; Mon, 2 Jan 2023 10:00:00 +0000 (UTC)")
	f.Add("from unknown (HELO x) (a@1.2.3.4) by y with SMTP; 2 Jan 2023 10:00:00 -0000")
	f.Fuzz(func(t *testing.T, line string) {
		p := Build(Mail{Received: []string{line, line}}, &Settings{})
		for _, k := range []Kind{Trusted, Untrusted} {
			for _, r := range p.Of(k) {
				if strings.ContainsAny(r.IP+r.RDNS+r.Helo+r.By+r.Ident+r.Sender, " []()<>\n") {
					t.Errorf("%q breaks the notation: %s", line, r.String())
				}
			}
		}
	})
}
