// Package agree has functions of Weir's own: do the parts of a mail agree with each other?
//
// A sender can write anything into one field. That several places which are made by different programs, or are seen by
// different people, tell the same story is harder: the author's domain stands in the Message-ID, in the signature or in
// what the relays wrote; a link leads to where its text says. Honest mail fails now and then in one of them, so rules
// build on more than one.
package agree

import (
	"fmt"
	"strings"

	"weir/rules/ascii"
	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Room is the family of functions. The zero value is ready.
type Room struct{ brands brands }

// New makes the room.
func New() *Room { return &Room{} }

// Plugins implements eval.Room. No plugin of SpamAssassin's has these functions: rules guard them with ifplugin Weir.
func (r *Room) Plugins() []string { return nil }

// Set implements eval.Room: brand NAME DOMAIN…, brand_words WORD… and brand_common NAME….
func (r *Room) Set(key, value string) (known bool, err error) { return r.brands.set(key, value) }

var checks = map[string]func(m *view.Mail) bool{
	"author_unconfirmed":     authorUnconfirmed,
	"author_is_reader":       authorIsReader,
	"reply_elsewhere":        replyElsewhere,
	"subject_has_reader":     subjectHasReader,
	"links_elsewhere":        linksElsewhere,
	"link_text_elsewhere":    linkTextElsewhere,
	"link_has_reader":        linkHasReader,
	"name_has_reader_house":  nameHasReaderHouse,
	"links_to_one_stranger":  linksToOneStranger,
	"text_has_reader":        textHasReader,
	"author_of_reader_house": authorOfReaderHouse,
	"long_text":              longText,
	"long_row":               longRow,
	"word_soup":              wordSoup,
}

// Bind implements eval.Room. The functions take no arguments.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	check, about := checks[c.Name], r.brands.bind(c.Name)
	switch {
	case check == nil && about == nil:
		return nil, eval.ErrUnknown
	case len(c.Args) > 0:
		return nil, fmt.Errorf("%s takes no arguments", c.Name)
	case about != nil:
		return about, nil
	}
	return func(m *view.Mail) int { return args.Yes(check(m)) }, nil
}

// witnesses are the fields in which programs other than the author's, or the author's mail program, leave the domain.
var witnesses = []string{"Received", "Message-ID", "Return-Path", "Sender", "DKIM-Signature", "DomainKey-Signature", "List-Id", "List-Post", "List-Unsubscribe"}

// authorUnconfirmed tells that the author's domain stands in no other field that would know it. A mail without any of
// those fields says nothing.
func authorUnconfirmed(m *view.Mail) bool {
	name := domainOf(m, m.List("From:addr"))
	if name == "" {
		return false
	}
	asked := false
	for _, field := range witnesses {
		for _, value := range m.List(field) {
			asked = true
			if names(value, name) {
				return false
			}
		}
	}
	return asked
}

// names tells whether a text has a domain, which is in small letters, in any case.
func names(text, domain string) bool {
	before := strings.IndexByte(domain, '.')
	if before < 0 {
		return strings.Contains(strings.ToLower(text), domain)
	}
	for i := 0; ; i++ {
		dot := strings.IndexByte(text[i:], '.')
		if dot < 0 {
			return false
		}
		i += dot
		if from := i - before; from >= 0 && from+len(domain) <= len(text) && ascii.EqualFold(text[from:from+len(domain)], domain) {
			return true
		}
	}
}

// authorIsReader tells that the author writes to himself.
func authorIsReader(m *view.Mail) bool {
	for _, from := range few(m.List("From:addr")) {
		for _, to := range few(m.List("To:addr")) {
			if from != "" && strings.EqualFold(from, to) {
				return true
			}
		}
	}
	return false
}

// replyElsewhere tells that answers go to another domain than the author's.
func replyElsewhere(m *view.Mail) bool {
	from, reply := domainOf(m, m.List("From:addr")), domainOf(m, m.List("Reply-To:addr"))
	return from != "" && reply != "" && from != reply
}

// few bounds the work: a mail may name a hundred thousand readers.
func few(addresses []string) []string { return addresses[:min(len(addresses), 50)] }

const shortestReader = 4 // letters of a name that does not stand in subjects by chance

// subjectHasReader tells that the subject has a reader's address, or the part of it before the at sign.
func subjectHasReader(m *view.Mail) bool {
	subject, _ := m.Get("Subject")
	subject = strings.ToLower(subject)
	for _, to := range few(m.List("To:addr")) {
		local, _, ok := strings.Cut(strings.ToLower(to), "@")
		if ok && len(local) >= shortestReader && hasWord(subject, local) {
			return true
		}
	}
	return false
}

// hasWord tells whether a text has a word, with no letter or digit beside it.
func hasWord(text, word string) bool {
	for i := 0; ; {
		n := strings.Index(text[i:], word)
		if n < 0 {
			return false
		}
		i += n
		if (i == 0 || !inWord(text[i-1])) && (i+len(word) == len(text) || !inWord(text[i+len(word)])) {
			return true
		}
		i += len(word)
	}
}

func inWord(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 0x80 }

// domainOf is the registered domain of the first address that has one, in small letters.
func domainOf(m *view.Mail, addresses []string) string {
	for _, a := range addresses {
		if at := strings.LastIndexByte(a, '@'); at >= 0 && at+1 < len(a) {
			return m.Set.Domains().Trim(strings.ToLower(a[at+1:]))
		}
	}
	return ""
}
