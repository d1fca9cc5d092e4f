package spf

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"weir/filters"
)

// ErrSyntax is a record that breaks the grammar of RFC 7208 section 12. It counts for nothing then, however good its
// beginning looks: section 4.6.
var ErrSyntax = errors.New("spf: the record is malformed")

// maxRecord bounds the length of a record. RFC 7208 section 3.4 asks for less than 450 bytes; lists of addresses that
// grew over years have some thousand.
const maxRecord = 16 << 10

// kind is a mechanism.
type kind uint8

const (
	all kind = iota
	include
	a
	mx
	ptr
	ip4
	ip6
	exists
)

// directive is a mechanism and what it means where it matches.
type directive struct {
	kind   kind
	value  filters.AuthValue // pass, fail, softfail, neutral
	text   string            // as written
	spec   string            // domain-spec; "" stands for the domain itself
	prefix netip.Prefix      // of ip4 and ip6
	four   int               // bits of an IPv4 address that count, of a and mx
	six    int               // of an IPv6 address
}

// Record is a parsed SPF record.
type Record struct {
	directives []directive
	redirect   string // domain-spec; "" none
	exp        string // domain-spec; "" none
	modifiers  int    // redirect= and exp= seen: bit 0 and 1
}

// IsRecord tells whether a TXT record is an SPF record (RFC 7208 section 4.5). "v=spf10" is none.
func IsRecord(txt string) bool {
	const version = "v=spf1"
	return len(txt) >= len(version) && strings.EqualFold(txt[:len(version)], version) && (len(txt) == len(version) || txt[len(version)] == ' ')
}

// ParseRecord reads an SPF record, all of it: one mistake anywhere makes all of it malformed (ErrSyntax).
func ParseRecord(txt string) (*Record, error) {
	if !IsRecord(txt) {
		return nil, fmt.Errorf("%w: it does not begin with v=spf1", ErrSyntax)
	}
	if len(txt) > maxRecord {
		return nil, fmt.Errorf("%w: it is longer than %d bytes", ErrSyntax, maxRecord)
	}
	r := &Record{directives: make([]directive, 0, min(strings.Count(txt, " "), 64))}
	for term := range strings.SplitSeq(txt[len("v=spf1"):], " ") {
		if term == "" {
			continue
		}
		if err := r.term(term); err != nil {
			return nil, fmt.Errorf("%w: %w at %q", ErrSyntax, err, term[:min(len(term), 60)])
		}
	}
	return r, nil
}

// clip shortens what a stranger wrote for a report, and leaves nothing in it that is not printable ASCII: macros put in
// what the client says.
func clip(s string) string { return plain(s[:min(len(s), 60)]) }

var (
	errTerm   = errors.New("unknown mechanism")
	errTwice  = errors.New("a modifier that came before")
	errDomain = errors.New("no domain")
	errMacro  = errors.New("a macro that is none")
	errAddr   = errors.New("no address")
	errBits   = errors.New("a prefix length that is none")
)

// term reads a directive or a modifier.
func (r *Record) term(s string) error {
	if end := strings.IndexAny(s, "=:/%"); end > 0 && s[end] == '=' && isModifierName(s[:end]) {
		return r.modifier(strings.ToLower(s[:end]), s[end+1:])
	}
	d := directive{value: filters.Pass, text: s, four: 32, six: 128}
	switch s[0] {
	case '+':
		s = s[1:]
	case '-':
		d.value, s = filters.Fail, s[1:]
	case '~':
		d.value, s = filters.SoftFail, s[1:]
	case '?':
		d.value, s = filters.Neutral, s[1:]
	}
	end := strings.IndexAny(s, ":/")
	if end < 0 {
		end = len(s)
	}
	if err := d.mechanism(strings.ToLower(s[:end]), s[end:]); err != nil {
		return err
	}
	r.directives = append(r.directives, d)
	return nil
}

// isModifierName: a letter, then letters, digits, "-", "_" and ".".
func isModifierName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isLetter(s[i]) && (i == 0 || !isDigit(s[i]) && strings.IndexByte("-_.", s[i]) < 0) {
			return false
		}
	}
	return true
}

func (r *Record) modifier(name, value string) error {
	var to *string
	bit := 0
	switch name {
	case "redirect":
		to, bit = &r.redirect, 1
	case "exp":
		to, bit = &r.exp, 2
	default:
		return checkMacros(value, true) // RFC 7208 section 6: unknown ones are ignored
	}
	if r.modifiers&bit != 0 {
		return errTwice
	}
	r.modifiers |= bit
	*to = value
	return checkSpec(value)
}
