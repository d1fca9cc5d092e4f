package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/message/header"
)

// Author is what a reader takes for the sender of a mail, found so that a tricky From field can't hide it.
type Author struct {
	Addresses []Address // every address that some mail program might take for the author's, in order, of all From fields
	Domains   []string  // distinct domains of Addresses
	Named     []Address // other addresses that only stand in a display name or comment, where a reader sees them
	Odd       Oddity    // what is odd, as a set
	Ambiguous bool      // mail programs or readers may disagree on who wrote this: Odd is not 0
	Why       string    // what is ambiguous, for a person
}

// Oddity is a set of reasons to doubt who an author is.
type Oddity uint16

// The reasons.
const (
	NoAuthor         Oddity = 1 << iota // no From field, or no address in it
	SeveralFields                       // more than one From field
	SeveralAddresses                    // more than one address
	Group                               // group syntax (RFC 6854 allows it, few programs know it)
	Route                               // a source route: <@a,@b:c@d>
	QuotedPair                          // a backslash in an address, or a quoted local part with @ < > or a comma
	Encoded                             // an address, or a part of one, inside of an encoded word
	InName                              // another address inside of the display name
	Comment                             // a comment inside of an address, or another address in a comment
	BadSyntax                           // text that RFC 5322 does not allow, which programs read differently
	ControlChar                         // a control character in an address
)

var reasons = [...]string{
	"no address in From", "several From fields", "several addresses", "a group", "a source route", "a quoted pair", "an encoded address",
	"another address in the display name", "a comment in the address", "bad syntax", "a control character in the address",
}

// String lists the reasons, separated by commas; "" for none.
func (o Oddity) String() string {
	var list []string
	for i, reason := range reasons {
		if o&(1<<i) != 0 {
			list = append(list, reason)
		}
	}
	return strings.Join(list, ", ")
}

// FindAuthor reads all From fields of a message (unfolded, not decoded).
func FindAuthor(fromValues []string) Author {
	var a Author
	if len(fromValues) > 1 {
		a.Odd |= SeveralFields
	}
	for _, v := range fromValues {
		a.read(v)
	}
	if len(a.Addresses) == 0 {
		a.Odd |= NoAuthor
	}
	if len(a.Addresses) > 1 && a.Odd&SeveralFields == 0 {
		a.Odd |= SeveralAddresses
	}
	for _, addr := range a.Addresses {
		a.addDomain(addr.Domain)
	}
	a.Ambiguous = a.Odd != 0
	a.Why = a.Odd.String()
	return a
}

// maxAuthors bounds the addresses of an author; a From field with more is ambiguous anyway.
const maxAuthors = 100

func (a *Author) addDomain(domain string) {
	for _, d := range a.Domains {
		if d == domain {
			return
		}
	}
	if domain != "" {
		a.Domains = append(a.Domains, domain)
	}
}

// read takes in one From field: the addresses that it has by its syntax, then those that can be seen in its text.
func (a *Author) read(value string) {
	p := parser{s: value}
	p.run()
	a.Odd |= p.odd
	for i := range p.found {
		m := &p.found[i]
		a.Odd |= m.odd
		if len(a.Addresses) < maxAuthors && (m.domain != "" || m.local != "") {
			a.add(m.address())
		}
	}
	for i := range p.found[:min(len(p.found), maxAuthors)] {
		a.seen(&p.found[i])
	}
	for _, text := range p.loose[:min(len(p.loose), maxAuthors)] {
		a.inText(text, BadSyntax)
	}
	if a.Odd&^(SeveralFields|SeveralAddresses) != 0 {
		a.inText(value, BadSyntax)
	}
}

// add keeps an address once.
func (a *Author) add(addr Address) {
	for _, have := range a.Addresses {
		if have.Same(addr) {
			return
		}
	}
	a.Addresses = append(a.Addresses, addr)
}

// seen looks for other addresses in the name and the comment of one, and for what an encoded word hides.
func (a *Author) seen(m *mailbox) {
	for _, place := range [...]struct {
		text string
		odd  Oddity
	}{{m.name, InName}, {m.comment, Comment}} {
		text := place.text
		if strings.Contains(text, "=?") {
			text = header.DecodeWords(text)
		}
		for _, addr := range embedded(text) {
			if m.odd&BadSyntax != 0 {
				a.found(addr, place.odd) // it may be no name for other programs
				continue
			}
			a.named(addr, place.odd)
		}
	}
	if m.odd&Encoded != 0 {
		a.inText(header.DecodeWords(m.local+"@"+m.domain), Encoded)
	}
}

// named keeps an address that a reader sees beside the real one.
func (a *Author) named(addr Address, odd Oddity) {
	for _, list := range [...][]Address{a.Addresses, a.Named} {
		for _, have := range list {
			if have.Same(addr) {
				return
			}
		}
	}
	a.Odd |= odd
	if len(a.Named) < maxAuthors {
		a.Named = append(a.Named, addr)
	}
}

// inText adds all addresses of a text that some program might find there. One that only shows after decoding is
// Encoded; others make the field odd in the way given.
func (a *Author) inText(text string, odd Oddity) {
	if strings.Contains(text, "=?") {
		plain := header.DecodeWords(text)
		for _, addr := range embedded(plain) {
			a.found(addr, Encoded)
		}
	}
	for _, addr := range embedded(text) {
		a.found(addr, odd)
	}
}

func (a *Author) found(addr Address, odd Oddity) {
	for _, list := range [...][]Address{a.Addresses, a.Named} {
		for _, have := range list {
			if have.Same(addr) {
				return
			}
		}
	}
	a.Odd |= odd
	if len(a.Addresses) < maxAuthors {
		a.Addresses = append(a.Addresses, addr)
	}
}

// embedded finds addresses in free text: local@domain with a dot in the domain, as a reader sees them. What can't be seen
// in a domain is left out. Linear: no look goes beyond the @ before and the one after.
func embedded(text string) (out []Address) {
	if strings.Contains(text, "\uff20") || strings.Contains(text, "\ufe6b") {
		text = atSigns.Replace(text)
	}
	for from := 0; len(out) < maxAuthors; {
		at := strings.IndexByte(text[from:], '@')
		if at < 0 {
			return out
		}
		at += from
		start := at
		for start > from && isLocal(text[start-1]) {
			start--
		}
		from = at + 1
		domain := strings.Trim(visible(text[from:domainEnd(text, from)]), ".-")
		if start < at && (strings.IndexByte(domain, '.') > 0 || strings.ContainsAny(domain, otherDots)) {
			out = append(out, Address{Local: text[start:at], Domain: normalDomain(domain)})
		}
	}
	return out
}

// atSigns makes what looks like an @ one.
var atSigns = strings.NewReplacer("\uff20", "@", "\ufe6b", "@")

// otherDots are what IDNA takes for a dot.
const otherDots = "\u3002\uff0e\uff61"

// domainEnd is where a domain in free text ends: before the first character that is neither part of one nor invisible.
func domainEnd(text string, i int) int {
	for i < len(text) {
		if text[i] < utf8.RuneSelf {
			if !isDomain(text[i]) {
				break
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if n == 1 || !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Cf) && !strings.ContainsRune(otherDots, r) {
			break
		}
		i += n
	}
	return i
}

// visible leaves characters out that have no shape of their own: zero-width ones, changes of direction.
func visible(s string) string {
	if strings.IndexFunc(s, isUnseen) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isUnseen(r) {
			return -1
		}
		return r
	}, s)
}

func isUnseen(r rune) bool { return r >= utf8.RuneSelf && unicode.Is(unicode.Cf, r) }

func isLocal(c byte) bool {
	return c > ' ' && c != 0x7f && strings.IndexByte(`()<>[]:;@\,"`, c) < 0
}

func isDomain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c >= 0x80
}
