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
	r := &Record{directives: make([]directive, 0, strings.Count(txt, " "))}
	for term := range strings.SplitSeq(txt[len("v=spf1"):], " ") {
		if term == "" {
			continue
		}
		if err := r.term(term); err != nil {
			return nil, fmt.Errorf("%w: %w at %q", ErrSyntax, err, clip(term))
		}
	}
	return r, nil
}

// clip shortens what a stranger wrote for a report.
func clip(s string) string { return s[:min(len(s), 60)] }

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

// mechanism reads a mechanism's name and what follows it.
func (d *directive) mechanism(name, rest string) error {
	switch name {
	case "all":
		d.kind = all
	case "include":
		d.kind = include
		return d.domain(&rest, true)
	case "exists":
		d.kind = exists
		return d.domain(&rest, true)
	case "a", "mx":
		if d.kind = a; name == "mx" {
			d.kind = mx
		}
		if err := d.lengths(&rest); err != nil {
			return err
		}
		return d.domain(&rest, false)
	case "ptr":
		d.kind = ptr
		return d.domain(&rest, false)
	case "ip4", "ip6":
		if d.kind = ip4; name == "ip6" {
			d.kind = ip6
		}
		return d.network(rest)
	default:
		return errTerm
	}
	if rest != "" {
		return errTerm
	}
	return nil
}

// domain reads ":domain-spec", which may be missing unless it is needed.
func (d *directive) domain(rest *string, needed bool) error {
	if *rest == "" && !needed {
		return nil
	}
	if !strings.HasPrefix(*rest, ":") {
		return errDomain
	}
	d.spec = (*rest)[1:]
	return checkSpec(d.spec)
}

// lengths takes prefix lengths from the end: "/24", "//64", "/24//64". A slash before something else belongs to the
// domain.
func (d *directive) lengths(rest *string) (err error) {
	if text, digits, ok := cutLength(*rest, "//"); ok {
		*rest = text
		if d.six, err = bits(digits, 128); err != nil {
			return err
		}
	}
	if text, digits, ok := cutLength(*rest, "/"); ok {
		*rest = text
		d.four, err = bits(digits, 32)
	}
	return err
}

func cutLength(s, slash string) (rest, digits string, ok bool) {
	n := len(s)
	for n > 0 && isDigit(s[n-1]) {
		n--
	}
	if rest, ok = strings.CutSuffix(s[:n], slash); !ok {
		return s, "", false
	}
	return rest, s[n:], true
}

// bits reads a prefix length, without leading zeros.
func bits(s string, most int) (int, error) {
	n := 0
	if s == "" || len(s) > 3 || len(s) > 1 && s[0] == '0' {
		return 0, errBits
	}
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, errBits
		}
		n = n*10 + int(s[i]-'0')
	}
	if n > most {
		return 0, errBits
	}
	return n, nil
}

// network reads ":address" or ":address/bits".
func (d *directive) network(rest string) error {
	text, ok := strings.CutPrefix(rest, ":")
	if !ok {
		return errAddr
	}
	most := 32
	if d.kind == ip6 {
		most = 128
	}
	n := most
	text, length, ok := strings.Cut(text, "/")
	if ok {
		var err error
		if n, err = bits(length, most); err != nil {
			return err
		}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" || addr.Is4() != (d.kind == ip4) {
		return errAddr
	}
	d.prefix = netip.PrefixFrom(addr, n).Masked()
	return nil
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
