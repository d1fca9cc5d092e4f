package manual

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weir/message/address"
)

// Entry is what is said of a sender or a network. In words, as people and hits have it:
//
//	allow joe@example.org
//	block example.net                     # and its subdomains
//	allow 192.0.2.0/24 until 2027-01-31
//	allow example.com for bob@example.org forced
//
// "for" limits it to mail whose recipients are all named so, by an address or a domain; "until" ends it at the end of
// that day (UTC); "forced" lets an allow count though nothing proves the sender. line.go has how they stand in the file.
type Entry struct {
	Block  bool
	Who    string       // address, domain, or pattern of addresses with * and ?, in lower case; "" where it is a network
	Net    netip.Prefix // the zero value where it is none
	For    string       // recipient's address or domain; "" anybody's
	Until  time.Time    // the first moment at which it is over; zero: never
	Forced bool
}

// ParseEntry reads an entry in words.
func ParseEntry(line string) (e Entry, err error) {
	words := strings.Fields(line)
	if len(words) < 2 || words[0] != "allow" && words[0] != "block" {
		return e, fmt.Errorf(`%q is not understood: write "allow" or "block", and an address, a domain or a network`, line)
	}
	e.Block = words[0] == "block"
	if err := e.subject(words[1]); err != nil {
		return e, err
	}
	for rest := words[2:]; len(rest) > 0; {
		switch {
		case rest[0] == "forced" && !e.Block:
			e.Forced, rest = true, rest[1:]
			continue
		case len(rest) < 2:
			return e, fmt.Errorf(`%q is not understood: write "for ADDRESS", "until 2027-01-31" or "forced" (for an allow)`, strings.Join(rest, " "))
		case rest[0] == "for":
			if e.For, err = name(rest[1]); err != nil {
				return e, err
			}
		case rest[0] == "until":
			day, err := time.Parse(time.DateOnly, rest[1])
			if err != nil {
				return e, fmt.Errorf("%q is no date: write it like 2027-01-31", rest[1])
			}
			e.Until = day.AddDate(0, 0, 1)
		default:
			return e, fmt.Errorf(`%q is not understood: write "for", "until" or "forced"`, rest[0])
		}
		rest = rest[2:]
	}
	return e, nil
}

func (e *Entry) subject(word string) (err error) {
	if p, perr := netip.ParsePrefix(word); perr == nil {
		if p != p.Masked() {
			return fmt.Errorf("%s has bits behind its mask: do you mean %s?", p, p.Masked())
		}
		if e.Net = p; p.Addr().Is4In6() && p.Bits() >= 96 { // as clients' addresses are looked up
			e.Net = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		return nil
	}
	if a, aerr := netip.ParseAddr(word); aerr == nil && a.Zone() == "" {
		a = a.Unmap()
		e.Net = netip.PrefixFrom(a, a.BitLen())
		return nil
	}
	e.Who, err = name(word)
	return err
}

// name reads an address or a domain. What could break out of its line is refused.
func name(word string) (string, error) {
	word = strings.ToLower(strings.TrimPrefix(strings.Trim(word, "<>"), "@"))
	at := strings.LastIndexByte(word, '@') + 1
	domain := address.Domain(word[at:])
	bad := strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' || r == '/' || r == '*' || r == '?' })
	if bad || !labelled(domain) || len(word) > 320 || !utf8.ValidString(word) {
		return "", fmt.Errorf("%q is no address, domain or network: write joe@example.org, example.org or 192.0.2.0/24", word)
	}
	return word[:at] + domain, nil
}

// labelled tells whether a domain has two labels or more, none of them empty. The last is no number, or it would be an
// address with a mistake in it (192.0.2, 192.0.2.300), which no mail ever comes from.
func labelled(domain string) bool {
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	return last != domain && strings.Trim(last, "0123456789") != "" && !strings.Contains("."+domain+".", "..")
}

// String writes what ParseEntry reads; a pattern, which people can only write into the file, is shown as it is there.
func (e Entry) String() string {
	words := []string{"allow", e.Who}
	if e.Block {
		words[0] = "block"
	}
	if e.Net.IsValid() {
		words[1] = e.Net.String()
	}
	if e.For != "" {
		words = append(words, "for", e.For)
	}
	if !e.Until.IsZero() {
		words = append(words, "until", e.Until.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	if e.Forced {
		words = append(words, "forced")
	}
	return strings.Join(words, " ")
}

// holds tells whether the entry counts for a mail to these recipients now.
func (e *Entry) holds(rcpts []string, now time.Time) bool {
	if !e.Until.IsZero() && !now.Before(e.Until) {
		return false
	}
	if e.For == "" {
		return true
	}
	return len(rcpts) > 0 && !slices.ContainsFunc(rcpts, func(r string) bool { return !covers(e.For, mailbox(r)) })
}

// covers tells whether an address is the one named, or in the domain named.
func covers(who, address string) bool {
	if strings.Contains(who, "@") {
		return who == address
	}
	domain := address[strings.LastIndexByte(address, '@')+1:]
	return domain == who || strings.HasSuffix(domain, "."+who)
}
