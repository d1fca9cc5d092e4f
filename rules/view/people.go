package view

import (
	"slices"
	"strings"
)

type sendersKey struct{}

// Senders gives every address that says who sent the mail, each once: those of Resent-From if it was sent on, else From, the
// envelope's sender and what other programs noted of him.
func (m *Mail) Senders() []string {
	return Once(m, sendersKey{}, func() []string {
		if resent := m.List("Resent-From:first:addr"); len(resent) > 0 {
			return people(nil, resent)
		}
		var all []string
		for _, target := range []string{"From:addr", "Envelope-Sender:addr", "Resent-Sender:addr", "X-Envelope-From:addr", "EnvelopeFrom:addr"} {
			all = people(all, m.List(target))
		}
		return all
	})
}

// people appends addresses that are new, without empty ones. Two dots in a row are one: some programs write ann@example.org...
func people(all, more []string) []string {
	for _, a := range more {
		a = strings.TrimSuffix(a, "\n")
		for strings.Contains(a, "..") {
			a = strings.ReplaceAll(a, "..", ".")
		}
		if a != "" {
			all = distinct(all, a)
		}
	}
	return all
}

// maxPeople bounds how many senders or recipients a mail has.
const maxPeople = 1000

type recipientsKey struct{}

// recipientFields may each name one to whom the mail went.
var recipientFields = []string{
	"To:addr", "Apparently-To:addr", "Delivered-To:addr", "Envelope-Recipients:addr", "Apparently-Resent-To:addr", "X-Envelope-To:addr",
	"Envelope-To:addr", "X-Delivered-To:addr", "X-Original-To:addr", "X-Rcpt-To:addr", "X-Real-To:addr", "Cc:addr",
}

// Recipients gives every address that says to whom the mail went, each once: those it was sent on to if it was, else those of
// the newest three Received fields, of To and Cc, and what other programs noted.
func (m *Mail) Recipients() []string {
	return Once(m, recipientsKey{}, func() []string {
		all := distinct(distinct(nil, m.List("Resent-To:first:addr")...), m.List("Resent-Cc:first:addr")...)
		if len(all) > 0 {
			return all
		}
		for i, line := range m.List("Received") {
			if i == 3 {
				break
			}
			if a := receivedFor(line); a != "" {
				all = distinct(all, a)
			}
		}
		for _, target := range recipientFields {
			all = distinct(all, m.List(target)...)
		}
		return all
	})
}

// distinct appends what is new.
func distinct(all []string, more ...string) []string {
	for _, a := range more {
		if len(all) < maxPeople && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// receivedFor gives the address that a relay took a mail for: " for <ann@example.org>;".
func receivedFor(line string) string {
	for {
		_, behind, there := strings.Cut(line, " for ")
		if !there {
			return ""
		}
		line = behind
		word := strings.TrimPrefix(behind, "<")
		if i := strings.IndexAny(word, " \t\r\n"); i >= 0 {
			word = word[:i]
		}
		word, _, ended := strings.Cut(word, ";")
		word = strings.TrimSuffix(word, ">")
		if at := strings.LastIndexByte(word, '@'); ended && at > 0 && isHost(word[at+1:]) {
			return word
		}
	}
}

// isHost tells whether a word looks like a host in the DNS.
func isHost(word string) bool {
	i := strings.IndexByte(word, '.')
	return i > 0 && i < len(word)-1 && strings.Trim(word, hostLetters) == ""
}

const hostLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
