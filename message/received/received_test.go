package received

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func addr(s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	return netip.MustParseAddr(s)
}

var compareRelays = cmp.Options{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.IgnoreFields(Relay{}, "Private")}

func TestParseKnowsTheServers(t *testing.T) {
	when := time.Date(2024, 3, 4, 5, 6, 7, 0, time.UTC)
	const at = "; Mon, 4 Mar 2024 05:06:07 +0000"
	for _, c := range []struct {
		name, in string
		want     Relay
	}{
		{"Postfix", "from mail.example.org (rdns.example.org [192.0.2.1])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n\tby mx.example.com (Postfix) with ESMTPS id 4ABC for <jo@example.com>" + at,
			Relay{Helo: "mail.example.org", Name: "rdns.example.org", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "ESMTPS", ID: "4ABC", For: "jo@example.com", Time: when}},
		{"Postfix, unknown name, IPv6", "from [127.0.0.1] (unknown [IPv6:2001:db8::1]) by mx.example.com (Postfix) with ESMTPSA id 1" + at,
			Relay{Helo: "[127.0.0.1]", Addr: addr("2001:db8::1"), By: "mx.example.com", With: "ESMTPSA", ID: "1", Auth: true, Time: when}},
		{"Postfix, authenticated sender", "from x (a.example [192.0.2.1]) (Authenticated sender: jo) by mx.example.com (Postfix) with ESMTP id 1" + at,
			Relay{Helo: "x", Name: "a.example", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "ESMTP", ID: "1", Auth: true, Time: when}},
		{"Postfix, from a local user", "by mx.example.com (Postfix, from userid 48) id DE66" + at, Relay{By: "mx.example.com", ID: "DE66", Local: true, Time: when}},
		{"Exim, name verified", "from mail.example.org ([192.0.2.1]) by mx.example.com with esmtps (TLS1.3) tls X (Exim 4.96) (envelope-from <a@b>) id 1abc-2" + at,
			Relay{Helo: "mail.example.org", Name: "mail.example.org", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "esmtps", ID: "1abc-2", Time: when}},
		{"Exim, other helo", "from rdns.example.org ([192.0.2.1] helo=mail.example.org) by mx.example.com with esmtp (Exim 4.96) id 1" + at,
			Relay{Helo: "mail.example.org", Name: "rdns.example.org", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "esmtp", ID: "1", Time: when}},
		{"Exim, no name", "from [192.0.2.1] (helo=mail.example.org) by mx.example.com with smtp (Exim 4.96) id 1" + at,
			Relay{Helo: "mail.example.org", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "smtp", ID: "1", Time: when}},
		{"Exim, with a port", "from [192.0.2.1]:2345 (helo=[10.0.0.1]) by mx.example.com with esmtpsa (Exim 4.96) id 1" + at,
			Relay{Helo: "[10.0.0.1]", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "esmtpsa", ID: "1", Auth: true, Time: when}},
		{"Exim, local", "from jo by mx.example.com with local (Exim 4.96) (envelope-from <jo@example.com>) id 1" + at, Relay{Helo: "jo", By: "mx.example.com", With: "local", ID: "1", Local: true, Time: when}},
		{"Sendmail", "from mail.example.org (IDENT:root@rdns.example.org [192.0.2.1] (may be forged)) by mx.example.com (8.15.2/8.15.2) with ESMTP id x6 for <jo@example.com>" + at,
			Relay{Helo: "mail.example.org", Name: "rdns.example.org", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "ESMTP", ID: "x6", For: "jo@example.com", Time: when}},
		{"Sendmail, authenticated", "from [10.0.0.1] (a.example [192.0.2.1]) (authenticated bits=0) by mx.example.com (8.15.2/8.15.2) with ESMTP id x6" + at,
			Relay{Helo: "[10.0.0.1]", Name: "a.example", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "ESMTP", ID: "x6", Auth: true, Time: when}},
		{"Sendmail, submitted", "(from jo@localhost) by mx.example.com (8.15.2/8.15.2/Submit) id x6 for a@b" + at, Relay{By: "mx.example.com", ID: "x6", For: "a@b", Local: true, Time: when}},
		{"qmail", "from rdns.example.org (HELO mail.example.org) (192.0.2.1) by mx.example.com with SMTP; 4 Mar 2024 05:06:07 -0000",
			Relay{Helo: "mail.example.org", Name: "rdns.example.org", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "SMTP", Time: when}},
		{"qmail, unknown name, user", "from unknown (HELO x) (jo@192.0.2.1) by 0 with ESMTPA; 4 Mar 2024 05:06:07 -0000", Relay{Helo: "x", Addr: addr("192.0.2.1"), By: "0", With: "ESMTPA", Auth: true, Time: when}},
		{"qmail's own note", "(qmail 123 invoked from network); 4 Mar 2024 05:06:07 -0000", Relay{Local: true, Time: when}},
		{"qmail-ldap", "from unknown (HELO x) ([192.0.2.1]) (envelope-sender <a@b>) by mx.example.com (qmail-ldap-1.03) with SMTP for <jo@example.com>; 4 Mar 2024 05:06:07 -0000",
			Relay{Helo: "x", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "SMTP", For: "jo@example.com", Time: when}},
		{"Yahoo", "from 192.0.2.1 (EHLO mail.example.org) (192.0.2.1) by mta.example.com with SMTPS" + at, Relay{Helo: "mail.example.org", Addr: addr("192.0.2.1"), By: "mta.example.com", With: "SMTPS", Time: when}},
		{"Exchange", "from AB1.example.org (2001:db8::5) by AB2.example.org\r\n (2001:db8::6) with Microsoft SMTP Server (version=TLS1_2,\r\n cipher=X) id 15.20.1 via Frontend Transport" + at,
			Relay{Helo: "AB1.example.org", Addr: addr("2001:db8::5"), By: "AB2.example.org", With: "SMTP", ID: "15.20.1", Time: when}},
		{"Exchange, inside", "from AB1.example.org ([fe80::1]) by AB2.example.org ([fe80::1%3]) with mapi id 15.20.1" + at, Relay{Helo: "AB1.example.org", Addr: addr("fe80::1"), By: "AB2.example.org", With: "mapi", ID: "15.20.1", Time: when}},
		{"IIS", "from x ([192.0.2.1]) by mx.example.com over TLS secured channel with Microsoft SMTPSVC(7.5.7601)" + at, Relay{Helo: "x", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "SMTPSVC", Time: when}},
		{"IIS, pickup", "from mail pickup service by mx.example.com with Microsoft SMTPSVC" + at, Relay{Helo: "mail", By: "mx.example.com", With: "SMTPSVC", Time: when}},
		{"Gmail", "from mail.example.org (mail.example.org. [192.0.2.1])\r\n        by mx.google.com with ESMTPS id a1-2.3.4\r\n        for <jo@example.com>\r\n        (version=TLS1_3 cipher=X bits=128/128)" + at,
			Relay{Helo: "mail.example.org", Name: "mail.example.org", Addr: addr("192.0.2.1"), By: "mx.google.com", With: "ESMTPS", ID: "a1-2.3.4", For: "jo@example.com", Time: when}},
		{"Gmail, inside", "by 2002:a05:612c:2c95:b0:4bf:d2e8:882f with SMTP id a1" + at, Relay{By: "2002:a05:612c:2c95:b0:4bf:d2e8:882f", With: "SMTP", ID: "a1", Time: when}},
		{"Amazon SES", "from mail.example.org (mail.example.org [192.0.2.1]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP id q1 for jo@example.com" + at,
			Relay{Helo: "mail.example.org", Name: "mail.example.org", Addr: addr("192.0.2.1"), By: "inbound-smtp.eu-west-1.amazonaws.com", With: "SMTP", ID: "q1", For: "jo@example.com", Time: when}},
		{"Courier", "from mail.example.org (mail.example.org [::ffff:192.0.2.1]) (AUTH: LOGIN jo, TLS: TLSv1.3) by mx.example.com with ESMTPA; Mon, 04 Mar 2024 05:06:07 +0000",
			Relay{Helo: "mail.example.org", Name: "mail.example.org", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "ESMTPA", Auth: true, Time: when}},
		{"CommuniGate", "from [192.0.2.1] (account jo@example.org HELO x) by mx.example.com (CommuniGate Pro SMTP 6.2) with ESMTPSA id 12 for a@b; Mon, 04 Mar 2024 05:06:07 +0000",
			Relay{Helo: "[192.0.2.1]", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "ESMTPSA", ID: "12", For: "a@b", Auth: true, Time: when}},
		{"CommuniGate, no account", "from [192.0.2.1] (HELO x) by mx.example.com (CommuniGate Pro SMTP 6.2) with SMTP id 12" + at, Relay{Helo: "x", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "SMTP", ID: "12", Time: when}},
		{"Domino", "from mail.example.org ([192.0.2.1]) by mx.example.com (Lotus Domino Release 9.0) with ESMTP id 2024-1" + at, Relay{Helo: "mail.example.org", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "ESMTP", ID: "2024-1", Time: when}},
		{"Zimbra, amavis", "from localhost (localhost [127.0.0.1]) by mx.example.com (Postfix) with ESMTP id 1" + at, Relay{Helo: "localhost", Name: "localhost", Addr: addr("127.0.0.1"), By: "mx.example.com", With: "ESMTP", ID: "1", Time: when}},
		{"fetchmail", "from mail.example.org [192.0.2.1] by localhost with POP3 (fetchmail-6.4) for jo@localhost (single-drop)" + at,
			Relay{Helo: "mail.example.org", Addr: addr("192.0.2.1"), By: "localhost", With: "POP3", For: "jo@localhost", Time: when}},
		{"Webmail", "from [192.0.2.1] by web.example.com via HTTP; Mon, 04 Mar 2024 05:06:07 +0000", Relay{Helo: "[192.0.2.1]", Addr: addr("192.0.2.1"), By: "web.example.com", Time: when}},
		{"PowerMTA", "from agent5 (192.0.2.1) by mx.example.com (PowerMTA(TM) v1.5)" + at + " (envelope-from <a@b>)", Relay{Helo: "agent5", Addr: addr("192.0.2.1"), By: "mx.example.com", Time: when}},
		{"a name without an address", "from x (rdns.example.org) by mx.example.com with SMTP id 1" + at, Relay{Helo: "x", Name: "rdns.example.org", By: "mx.example.com", With: "SMTP", ID: "1", Time: when}},
		{"an address twice", "from x (192.0.2.1 [192.0.2.1]) by mx.example.com with SMTP" + at, Relay{Helo: "x", Addr: addr("192.0.2.1"), By: "mx.example.com", With: "SMTP", Time: when}},
		{"nothing", "", Relay{}},
		{"no field at all", "hello (world", Relay{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Parse(c.in), compareRelays); diff != "" {
				t.Errorf("%s\n-want +got\n%s", c.in, diff)
			}
		})
	}
}

func TestBuildBelievesOnlyTrustedHosts(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	inside := Value{3, "from gw (gw [10.0.0.2]) by mx (Postfix) with ESMTP id 1; Mon, 4 Mar 2024 05:06:07 +0000"}
	outside := Value{4, "from x (x [192.0.2.1]) by gw (Postfix) with ESMTP id 1; Mon, 4 Mar 2024 05:06:07 +0000"}
	forged := Value{5, "from localhost (localhost [127.0.0.1]) by bank.example with ESMTP id 1; Mon, 4 Mar 2024 05:06:07 +0000"}
	for _, c := range []struct {
		name    string
		client  Client
		fields  []Value
		trusted string // t or f by relay
	}{
		{"a stranger's fields are not believed", Client{Addr: addr("192.0.2.9")}, []Value{inside, outside}, "tff"},
		{"a trusted client's are, up to the first stranger", Client{Addr: addr("10.0.0.1")}, []Value{inside, outside, forged}, "tttf"},
		{"a user's are not, even from a trusted address", Client{Addr: addr("10.0.0.1"), Auth: true}, []Value{inside}, "tf"},
		{"with no client known the topmost is believed", Client{}, []Value{outside, forged}, "tf"},
		{"loopback is the host itself", Client{Addr: addr("::ffff:127.0.0.1")}, []Value{forged, outside, inside}, "tttf"},
		{"a local note is the host itself", Client{}, []Value{{0, "(qmail 1 invoked by alias); 4 Mar 2024 05:06:07 -0000"}, outside, forged}, "ttf"},
		{"a field without a client ends belief", Client{}, []Value{{0, "by web with HTTP id 1; 4 Mar 2024 05:06:07 -0000"}, outside}, "tf"},
		{"no fields", Client{}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			trail := Build(c.fields, c.client, trusted)
			got := ""
			for _, r := range trail {
				if r.Trusted {
					got += "t"
				} else {
					got += "f"
				}
			}
			if got != c.trusted {
				t.Errorf("got %q, want %q", got, c.trusted)
			}
			border, ok := trail.Border()
			if ok != (c.trusted != "") || ok && !border.Trusted {
				t.Errorf("border %v %v", border, ok)
			}
		})
	}
}
