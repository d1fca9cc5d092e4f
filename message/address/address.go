// Package address parses the address lists of header fields (RFC 5322 section 3.4) and SMTP paths (RFC 5321 section
// 4.1.2), tolerantly, in linear time.
//
// Mail programs disagree on odd From fields, and that disagreement is a way to show one sender and authenticate
// another. So FindAuthor gathers every address that some program might take for the author's and says what made it
// doubt; who judges authentication can then fail closed.
package address

import (
	"strings"

	"golang.org/x/net/idna"
)

// Address is one mailbox.
type Address struct {
	Name   string // display name, decoded, "" none
	Local  string // local part, unquoted
	Domain string // lower case, A-labels where the domain is an IDN; "[…]" for a literal; "" none
}

// String gives local@domain without the name, the local part as it is: for comparing and logs, not for SMTP.
func (a Address) String() string {
	if a.Domain == "" {
		return a.Local
	}
	return a.Local + "@" + a.Domain
}

// Same tells whether two addresses are one mailbox as far as one can tell: the domain, and the local part in any case.
func (a Address) Same(b Address) bool {
	return a.Domain == b.Domain && strings.EqualFold(a.Local, b.Local)
}

// maxAddresses bounds how many addresses are read from one field.
const maxAddresses = 10_000

// ParseList reads the mailboxes of a field's value, unfolded and not yet decoded. Groups give their members. What can't
// be read as an address is left out; a text without @ is none, except alone in angle brackets.
func ParseList(value string) []Address {
	p := parser{s: value}
	p.run()
	if len(p.found) == 0 {
		return nil
	}
	out := make([]Address, len(p.found))
	for i := range p.found {
		out[i] = p.found[i].address()
	}
	return out
}

// names maps internationalised domains as resolvers look them up.
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))

// Domain gives a domain as two spellings of it can be compared: lower case, A-labels, no final dot. What is no domain
// stays, in lower case.
func Domain(s string) string { return normalDomain(s) }

// IsName tells whether s may be asked for in the DNS: labels of letters, digits, hyphens and underscores, without a final
// dot. QUIRK: RFC 5321 section 4.1.2 has no underscores in host names; Windows has.
func IsName(s string) bool {
	if len(s) == 0 || len(s) > 253 {
		return false
	}
	label := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.' && label > 0:
			label = 0
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			if label++; label > 63 {
				return false
			}
		default:
			return false
		}
	}
	return label > 0
}

// normalDomain gives a domain in lower case A-labels, without a final dot. What is no domain stays, in lower case.
func normalDomain(s string) string {
	if len(s) > 1 && s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	lower := true
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return idnDomain(s)
		}
		lower = lower && !(s[i] >= 'A' && s[i] <= 'Z')
	}
	if lower {
		return s
	}
	return strings.ToLower(s)
}

// maxDomain bounds what is given to the IDNA tables, whose work is not linear in long labels.
const maxDomain = 1024

func idnDomain(s string) string {
	if len(s) <= maxDomain {
		if ascii, err := names.ToASCII(s); err == nil {
			return ascii
		}
		if ascii, err := idna.Punycode.ToASCII(strings.ToLower(s)); err == nil {
			return ascii
		}
	}
	return strings.ToLower(s)
}
