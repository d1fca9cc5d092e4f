package headers

import (
	"errors"
	"testing"
	"time"

	"weir/message"
	"weir/rules/eval"
	"weir/rules/eval/evaltest"
	"weir/rules/view"
)

func TestWhatHeadersGiveAway(t *testing.T) {
	received := "Received: from h (r.example.com [192.0.2.1]) by mx.example.net (Postfix) with SMTP id abc; Mon, 2 Jan 2023 10:00:00 +0000\n"
	for _, c := range []struct {
		name, mail, function string
		args                 []string
		want                 int
	}{
		{"a relay named like AOL's", "Received: from rly-xw01.mx.example.com by x with SMTP\n\n", "check_for_fake_aol_relay_in_rcvd", nil, 1},
		{"a relay of AOL's", "Received: from rly-xw01.mx.aol.com by x (8.8/AOL-5.0.0) with ESMTP\n\n", "check_for_fake_aol_relay_in_rcvd", nil, 0},
		{"a client that says it is Hotmail's", "Received: from x.hotmail.com (r.example.com [192.0.2.1]) by mx\n\n", "check_for_forged_hotmail_received_headers", nil, 1},
		{"an author at Hotmail whose mail was never there", received + "From: a@hotmail.com\n\n", "check_for_no_hotmail_received_headers", nil, 1},
		{"the same is no client that says so", received + "From: a@hotmail.com\n\n", "check_for_forged_hotmail_received_headers", nil, 0},
		{"an author at Hotmail from Outlook's servers", "Received: from A.outbound.protection.outlook.com (mail-x.outbound.protection.outlook.com [40.92.66.56]) by mx\nX-OriginatorOrg: sct-hotmail.com\nFrom: a@hotmail.com\n\n", "check_for_no_hotmail_received_headers", nil, 0},
		{"an author at Hotmail without a trace", "From: a@hotmail.com\n\n", "check_for_no_hotmail_received_headers", nil, 0},
		{"an author at Yahoo whose mail was never there", received + "From: a@yahoo.com\n\n", "check_for_forged_yahoo_received_headers", nil, 1},
		{"an author at Yahoo from its servers", "Received: from h by sonic1.consmr.mail.ne1.yahoo.com with HTTP; Mon, 2 Jan 2023 10:00:00 +0000\n" + received + "From: a@yahoo.com\n\n", "check_for_forged_yahoo_received_headers", nil, 0},
		{"an author at Gmail whose mail was never there", received + "From: a@gmail.com\n\n", "check_for_forged_gmail_received_headers", nil, 1},
		{"an author at Gmail from its servers", "X-Received: by 2002:a05:6000:1:b0:1 with SMTP id abc\n" + received + "From: a@gmail.com\n\n", "check_for_forged_gmail_received_headers", nil, 0},
		{"an author at Juno whose mail was never there", received + "From: a@juno.com\nX-Originating-IP: 192.0.2.3\n\n", "check_for_forged_juno_received_headers", nil, 1},
		{"an author at Juno from its servers", "Received: from m.juno.com (m.juno.com [192.0.2.1]) by mx\nFrom: a@juno.com\nX-Originating-IP: 192.0.2.3\nX-Mailer: Juno 5\n\n", "check_for_forged_juno_received_headers", nil, 0},
		{"an author at Eudora whose mail was never there", received + "From: a@eudoramail.com\n\n", "check_for_forged_eudoramail_received_headers", nil, 1},
		{"no trace at all", "From: a@b.org\n\n", "gated_through_received_hdr_remover", nil, 1},
		{"a trace", received + "\n", "gated_through_received_hdr_remover", nil, 0},
		{"sender and author alike", "Return-Path: <A@b.org>\nFrom: a@B.org\n\n", "check_for_matching_env_and_hdr_from", nil, 1},
		{"sender and author of other domains", "Return-Path: <a@x.b.org>\nFrom: a@c.org\n\n", "check_equal_from_domains", nil, 1},
		{"sender and author of one domain", "Return-Path: <a@x.b.org>\nFrom: a@y.b.org\n\n", "check_equal_from_domains", nil, 0},
		{"nobody to whom it goes", "From: a@b.org\n\n", "check_for_missing_to_header", nil, 1},
		{"somebody to whom it goes", "To: a@b.org\n\n", "check_for_missing_to_header", nil, 0},
		{"recipients in order", "To: a@x, b@x, c@x, d@x, e@x, f@x, g@x\n\n", "sorted_recipients", nil, 1},
		{"recipients in disorder", "To: a@x, b@x, d@x, c@x, e@x, f@x, g@x\n\n", "sorted_recipients", nil, 0},
		{"few recipients in order", "To: a@x, b@x\n\n", "sorted_recipients", nil, 0},
		{"recipients alike", "To: ann1@x, ann2@x, ann3@x, ann4@x, ann5@x\n\n", "similar_recipients", []string{"0.65", "undef"}, 1},
		{"recipients of all kinds", "To: bob@x, ann2@x, cy3@x, dan4@x, eve5@x\n\n", "similar_recipients", []string{"0.65", "undef"}, 0},
		{"a date in the future", "Received: from a by b; Mon, 2 Jan 2023 10:00:00 +0000\nDate: Mon, 2 Jan 2023 15:00:00 +0000\n\n", "check_for_shifted_date", []string{"3", "6"}, 1},
		{"a date just sent", "Received: from a by b; Mon, 2 Jan 2023 10:00:10 +0000\nDate: Mon, 2 Jan 2023 12:00:00 +0200\n\n", "check_for_shifted_date", []string{"3", "undef"}, 0},
		{"a date of long ago", "Received: from a by b; Mon, 2 Jan 2023 10:00:10 +0000\nDate: 2 Jan 99 12:00:00 EST\n\n", "check_for_shifted_date", []string{"undef", "-96"}, 1},
		{"a Resent-Date that counts first", "Received: from a by b; Mon, 2 Jan 2023 10:00:10 +0000\nResent-Date: Mon, 2 Jan 2023 10:00:00 +0000\nDate: 2 Jan 99 12:00:00 EST\n\n", "check_for_shifted_date", []string{"undef", "-96"}, 0},
		{"mail of two months ago", "Date: Tue, 22 Sep 2026 12:00:00 +0000\n\n", "received_within_months", []string{"1", "3"}, 1},
		{"mail of today", "Date: Sun, 22 Nov 2026 12:00:00 +0000\n\n", "received_within_months", []string{"1", "3"}, 0},
		{"a Subject in capitals", "Subject: Re: BUY THIS NOW\n\n", "subject_is_all_caps", nil, 1},
		{"a Subject in small letters", "Subject: buy this now\n\n", "subject_is_all_caps", nil, 0},
		{"a short Subject in capitals", "Subject: BUY NOW\n\n", "subject_is_all_caps", nil, 0},
		{"a Subject of one word", "Subject: ABRACADABRA\n\n", "subject_is_all_caps", nil, 0},
		{"a Subject in Chinese", "Subject: =?gb2312?q?BUY THIS NOW AND?=\n\n", "subject_is_all_caps", nil, 0},
		{"a Subject that calls by name", "To: ann@b.org\nSubject: ann, look\n\n", "check_for_to_in_subject", []string{"user"}, 1},
		{"a Subject that answers a name", "To: ann@b.org\nSubject: Re: hello Ann\n\n", "check_for_to_in_subject", []string{"user"}, 1},
		{"a Subject that holds a name", "To: ann@b.org\nSubject: Hello ann now\n\n", "check_for_to_in_subject", []string{"user"}, 0},
		{"a Subject with the address", "To: ann@b.org\nSubject: For ANN@b.org only\n\n", "check_for_to_in_subject", []string{"address"}, 1},
		{"a Message-ID of Outlook's form with a false time", "Message-ID: <000000000001$1234abcd$0100007f@x>\nDate: Mon, 2 Jan 2023 10:00:00 +0000\n\n", "check_outlook_message_id", nil, 1},
		{"a Message-ID of Outlook's", "Message-ID: <000001d91e90$1234abcd$0100007f@x>\nDate: Mon, 2 Jan 2023 10:00:00 +0000\n\n", "check_outlook_message_id", nil, 0},
		{"a list that writes Message-IDs", received + "List-Unsubscribe: <mailto:leave-x-1@b.org>\n\n", "check_messageid_not_usable", nil, 1},
		{"a field that is there twice", "Subject: a\nSubject: b\n\n", "check_header_count_range", []string{"Subject", "2", "999"}, 1},
		{"a field that is there twice alike", "Subject: a\nSubject: a\n\n", "check_header_count_range", []string{"Subject", "2", "999"}, 0},
		{"a template that was not filled in", "X-Foo: %RND_WORD\n\n", "check_unresolved_template", nil, 1},
		{"a percent sign in a Subject", "Subject: %RND_WORD\n\n", "check_unresolved_template", nil, 0},
		{"the author in the Message-ID", "Message-ID: <ABCDEFGHIJKLMNOPQRSTUVWXYZAB.a@b.org>\nFrom: \"A B\" <a@b.org>\n\n", "check_ratware_name_id", nil, 1},
		{"the recipient in the sender", "Return-Path: <x-b.org-ann@evil.example.com>\nTo: ann@b.org\n\n", "check_ratware_envelope_from", nil, 1},
		{"another sender", "Return-Path: <x@evil.example.com>\nTo: ann@b.org\n\n", "check_ratware_envelope_from", nil, 0},
		{"bytes that no header may hold", "Subject: \xe9\xe8\xff abc\n\n", "check_illegal_chars", []string{"Subject", "0.00", "2"}, 1},
		{"a pound sign", "Subject: \xa3 and \xff\n\n", "check_illegal_chars", []string{"Subject", "0.00", "2"}, 0},
		{"UTF-8", "Subject: éé abc\n\n", "check_illegal_chars", []string{"Subject", "0.00", "2"}, 0},
		{"a gateway without a domain", "Received: from a by b\nReceived: from mail.example.com by gw05 with ESMTP; Thu, 21 Jun 2001 02:28:32 -0400\n\n", "check_for_forged_gw05_received_headers", nil, 1},
	} {
		if got := evaltest.Ask(t, New(), nil, c.mail, "header", c.function, c.args...); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestCharsetsThatNobodyReads(t *testing.T) {
	mail := "Subject: =?koi8-r?B?8NLJ18XU?=\n\n"
	for locales, want := range map[string]int{"en": 1, "en ru": 0, "EN RU": 0, "all": 0, "ALL": 0} {
		if got := evaltest.Ask(t, New(), evaltest.Lines{{"ok_locales", locales}}, mail, "header", "check_for_faraway_charset_in_headers"); got != want {
			t.Errorf("%s: got %d", locales, got)
		}
	}
}

func TestDatesAreReadAsMailHasThem(t *testing.T) {
	for in, want := range map[string]string{
		"Mon, 2 Jan 2023 10:11:12 +0130": "2023-01-02T08:41:12Z",
		"2 jan 2023 10:11 EST":           "2023-01-02T15:11:00Z",
		"2 Jan 23 10:11:12 (CEST)":       "2023-01-02T08:11:12Z",
		"2 Jan 99 10:11:12":              "1999-01-02T10:11:12Z",
		"2 Jan 123 10:11:12":             "2023-01-02T10:11:12Z",
		"Mon Jan  2 10:11:12 2023":       "2023-01-02T00:00:00Z",
		"31 Feb 2023 25:61:61":           "2023-03-01T23:59:59Z",
		"31 Dec 2099 00:00:00":           "2037-12-31T00:00:00Z",
		"1 Jan 1960 00:00:00 +1000":      "1970-01-01T00:00:00Z",
		"0 Jan 2023 00:00:00":            "-",
		"yesterday":                      "-",
		"":                               "-",
	} {
		got := "-"
		if n, ok := when(in); ok {
			got = time.Unix(n, 0).UTC().Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestFetchedMailIsDatedByWhatCameBefore(t *testing.T) {
	mail := "Received: from localhost (x [127.0.0.1]) by me; Mon, 2 Jan 2023 12:00:00 +0000\n" +
		"Received: from pop by localhost with POP3 (fetchmail-6.3); Mon, 2 Jan 2023 12:00:00 +0000\n" +
		"Received: from a by b; Mon, 2 Jan 2023 08:00:00 +0000\nDate: Mon, 2 Jan 2023 12:00:00 +0000\n\n"
	if got := evaltest.Ask(t, New(), nil, mail, "header", "check_for_shifted_date", "3", "6"); got != 1 {
		t.Errorf("got %d", got)
	}
}

func TestCallsThatCannotBeBound(t *testing.T) {
	for _, c := range []eval.Call{{Name: "check_header_count_range", Args: []string{"Subject"}}, {Name: "check_illegal_chars", Args: []string{"A B", "1", "1"}},
		{Name: "check_for_shifted_date", Args: []string{"soon"}}} {
		if _, err := New().Bind(c); err == nil || errors.Is(err, eval.ErrUnknown) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, err := New().Bind(eval.Call{Name: "no_such"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

// Hostile headers must not break or hang a function.
func FuzzFunctions(f *testing.F) {
	f.Add("Received: from a by b; 2 Jan 2023 10:00:00 +0000", "Re: ann", "a@yahoo.com")
	f.Fuzz(func(t *testing.T, received, subject, from string) {
		m := message.New(message.Envelope{}, message.Options{})
		m.Load([]byte("Received: " + received + "\nSubject: " + subject + "\nFrom: " + from + "\nTo: " + from + "\nMessage-ID: " + received + "\n\n"))
		v := view.New(m, view.NewSettings(), view.Facts{}, time.Unix(1e9, 0))
		for name := range plain {
			check, err := New().Bind(eval.Call{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			check(v)
		}
		datesOf(v)
	})
}
