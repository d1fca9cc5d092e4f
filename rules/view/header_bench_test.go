package view

import (
	"strings"
	"testing"
	"time"

	"weir/message"
	"weir/rules/view/field"
)

// usual is the header of a mail that came through five relays.
var usual = strings.Repeat("Received: from mail.example.com (mail.example.com [192.0.2.1])\n\tby mx.example.net (Postfix) with ESMTPS id 4ABC12\n"+
	"\tfor <ann@example.net>; Mon,  2 Jan 2023 10:00:00 +0000 (UTC)\n", 5) +
	"From: =?utf-8?q?Ann_=C3=89x?= <ann@example.com>\nTo: bob@example.org, \"Cy\" <cy@example.org>\nSubject: Re: the plan\n" +
	"Date: Mon, 2 Jan 2023 10:00:00 +0000\nMessage-ID: <abc@mail.example.com>\nMIME-Version: 1.0\nContent-Type: text/plain\nX-Mailer: none\n\nbody\n"

// BenchmarkHeader measures what all header rules of a large set ask of a mail.
func BenchmarkHeader(b *testing.B) {
	var targets []*field.Target
	for _, s := range []string{"Subject", "X-Spam-Relays-External", "X-Spam-Relays-Untrusted", "X-Mailer", "ALL", "Received", "From", "From:addr", "From:name",
		"Content-Type", "MESSAGEID", "Message-ID", "Reply-To:addr", "User-Agent", "Return-Path", "From:raw", "Subject:raw", "Date", "EnvelopeFrom", "To", "ToCc", "List-Id"} {
		targets = append(targets, field.MustParse(s))
	}
	for len(targets) < 150 {
		targets = append(targets, field.MustParse("X-Absent-"+strings.Repeat("x", len(targets)%20)))
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(usual))
	set := NewSettings()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		v := New(m, set, Facts{}, time.Time{})
		for _, t := range targets {
			buf, _ = v.Header().Append(buf[:0], t)
		}
	}
}
