// Package hostile makes mail that wants to cost time.
//
// A gateway reads what strangers send. Whoever knows how a filter works can send what it is slowest at: nested tags, a
// hundred thousand links, a header of a megabyte, words that almost match. Each kind here is one such idea, made as long as
// is asked for. The tests of package rules run all rules over all of them and clock each rule and each view; a new idea, or
// an attack that was seen, is a line in one of the lists.
package hostile

import (
	"slices"
	"strings"
)

// Mail is a kind of hostile mail.
type Mail struct {
	Name string                // what it does, in some words
	Make func(size int) []byte // makes one of about that many bytes
}

// Kinds lists all kinds.
func Kinds() []Mail { return slices.Concat(texts, spread, markup, headers, structures, attachments) }

// head is a header that nothing is wrong with.
const head = "Received: from mail.example.org (mail.example.org [192.0.2.1]) by mx.example.net (Postfix) with ESMTP id A1; Sun, 22 Nov 2026 11:00:00 +0000\n" +
	"From: Ann <ann@example.org>\nTo: bob@example.net\nSubject: hello\nDate: Sun, 22 Nov 2026 11:00:00 +0000\nMessage-ID: <1@example.org>\nMIME-Version: 1.0\n"

const (
	plain = "Content-Type: text/plain; charset=utf-8\n\n"
	html  = "Content-Type: text/html; charset=utf-8\n\n"
)

// again repeats a text to a size.
func again(text string, size int) string { return strings.Repeat(text, max(size/max(len(text), 1), 1)) }

// body is a kind whose body is a text again and again, behind a beginning, with an end.
func body(name, fields, begin, text, end string) Mail {
	return Mail{name, func(size int) []byte {
		return []byte(head + fields + begin + again(text, size-len(head)-len(fields)-len(begin)-len(end)) + end)
	}}
}

// field is a kind with a field whose value is a text again and again.
func field(name, key, begin, text, end string) Mail {
	return Mail{name, func(size int) []byte {
		return []byte(key + ": " + begin + again(text, size-len(head)) + end + "\n" + head + plain + "hello\n")
	}}
}

// fields is a kind with lines of a header again and again; # in them is their number.
func fields(name, lines string) Mail {
	return Mail{name, func(size int) []byte {
		var b strings.Builder
		numbered(&b, lines, size-len(head))
		return []byte(b.String() + head + plain + "hello\n")
	}}
}

// counted is a kind whose body is a text again and again, with its number for each #.
func counted(name, fields, begin, text, end string) Mail {
	return Mail{name, func(size int) []byte {
		var b strings.Builder
		b.WriteString(head + fields + begin)
		numbered(&b, text, size-len(head)-len(fields)-len(end))
		return []byte(b.String() + end)
	}}
}

// Spread is a mail of some parts of plain text and HTML in turns, each a text again and again: rules see more of such a mail
// than of one long part.
func Spread(text string, parts, size int) []byte {
	var b strings.Builder
	b.WriteString(head + mixed)
	for i := range parts {
		b.WriteString("--b\n" + []string{plain, html}[i%2] + again(text, size/parts-60) + "\n")
	}
	return []byte(b.String() + "--b--\n")
}

// Field is a mail with a field whose value is a text again and again.
func Field(name, text string, size int) []byte { return field("", name, "", text, "").Make(size) }

// Links is a mail of links that end in a text.
func Links(text string, size int) []byte {
	return counted("", html, "", "<a href='"+strings.NewReplacer("'", "%27", "#", "%23").Replace(text)+"'>"+text+"</a> ", "").Make(size)
}
