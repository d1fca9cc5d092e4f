// Package signature is the craft that DKIM (RFC 6376) and ARC (RFC 8617) share: tag lists, canonicalization, the hash of
// the body, the choice of signed fields, keys, signing and verifying.
//
// It knows no DNS and passes no judgement: who calls it fetches the key's record, and decides what a result means. All
// work is linear in the size of the message and bounded in everything that a sender can choose; the message's bytes are
// hashed where they lie.
//
// A signature is verified in this order, so that nothing dear is done for a broken one: Parse, Need, the caller's own
// rules, CheckBody, the key from the DNS, ParseKey, CheckFields.
package signature

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"

	"weir/message/address"
)

// MaxFields bounds how many names h= may list.
const MaxFields = 512

// Signature is a DKIM-Signature, ARC-Message-Signature or ARC-Seal field. Tags that are absent leave their zero value.
type Signature struct {
	Raw       []byte    // the whole field, as in the message
	Tags      Tags      // all of it
	Algorithm string    // a=, lower case: "rsa-sha256"
	Domain    string    // d=, lower case, A-labels
	Selector  string    // s=, lower case, A-labels
	Fields    []string  // h=, as written, in order
	Header    Canon     // c=, its first half
	Body      Canon     // c=, its second half
	BodySum   []byte    // bh=
	Value     []byte    // b=
	Length    int64     // l=, bytes of the canonical body; -1: all of it
	Signed    time.Time // t=
	Expires   time.Time // x=

	value Tag // b= with its place in Raw
}

// Parse reads a signature field: raw is all of it, from its name to its line end. An error is an *Error; the signature
// then holds what could be read before it, for reports, and is never nil. Tags that a kind of field must have are the
// caller's to ask for: see Need.
func Parse(raw []byte) (*Signature, error) {
	s := &Signature{Raw: raw, Length: -1}
	colon := strings.IndexByte(view(raw), ':')
	if colon < 0 {
		return s, malformed("no field")
	}
	tags, err := ParseTags(view(raw[colon+1:]))
	if err != nil {
		return s, err
	}
	for i := range tags {
		tags[i].from += colon + 1
		tags[i].to += colon + 1
	}
	s.Tags = tags
	for _, step := range [...]func(*Signature) error{(*Signature).names, (*Signature).numbers, (*Signature).sums, (*Signature).methods} {
		if err := step(s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Need tells which of some tags is missing or empty.
func (s *Signature) Need(names ...string) error {
	for _, name := range names {
		if v, ok := s.Tags.Get(name); !ok || v == "" {
			return malformed("tag " + name + "= is missing")
		}
	}
	return nil
}

// KeyName is where the key's TXT record is: selector._domainkey.domain.
func (s *Signature) KeyName() string { return s.Selector + "._domainkey." + s.Domain }

// names reads who signs what.
func (s *Signature) names() (err error) {
	if s.Domain, err = s.domain("d"); err != nil {
		return err
	}
	if s.Selector, err = s.domain("s"); err != nil {
		return err
	}
	if len(s.KeyName()) > 253 {
		return malformed("d= and s= make a name that is too long for the DNS")
	}
	list, ok := s.Tags.Get("h")
	if !ok {
		return nil
	}
	if n := strings.Count(list, ":") + 1; n > MaxFields {
		return malformed("h= lists " + strconv.Itoa(n) + " fields, more than " + strconv.Itoa(MaxFields))
	}
	s.Fields = strings.Split(list, ":")
	for i, name := range s.Fields {
		s.Fields[i] = strings.Trim(name, space)
	}
	return nil
}

// domain reads a tag that is a name of the DNS. What is none has no place in a question or a report.
func (s *Signature) domain(tag string) (string, error) {
	v, ok := s.Tags.Get(tag)
	if !ok || v == "" {
		return "", nil
	}
	name := address.Domain(squeeze(v))
	if !address.IsName(name) {
		return "", malformed("tag " + tag + "= is no name")
	}
	return name, nil
}

// numbers reads times and lengths.
func (s *Signature) numbers() error {
	signed, err := s.number("t")
	if err != nil {
		return err
	}
	expires, err := s.number("x")
	if err != nil {
		return err
	}
	if signed >= 0 {
		s.Signed = time.Unix(signed, 0)
	}
	if expires >= 0 {
		s.Expires = time.Unix(expires, 0)
	}
	s.Length, err = s.number("l")
	return err
}

// number reads a tag of digits; -1 where it is absent. One too large for 40 bits of a time is the largest (RFC 6376
// section 3.5 asks to tolerate 12 digits).
func (s *Signature) number(tag string) (int64, error) {
	v, ok := s.Tags.Get(tag)
	if !ok {
		return -1, nil
	}
	v = squeeze(v)
	if len(v) == 0 || len(v) > 76 || strings.Trim(v, "0123456789") != "" {
		return -1, malformed("tag " + tag + "= is no number")
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n > 1<<40 {
		return 1 << 40, nil
	}
	return n, nil
}

// maxSum is how long bh= and b= may be, in characters: twice what the longest key's signature needs.
const maxSum = 2 * (MaxKeyBits / 8) * 4 / 3

// sums reads what is in base64.
func (s *Signature) sums() (err error) {
	for i := range s.Tags {
		if s.Tags[i].Name == "b" {
			s.value = s.Tags[i]
		}
	}
	if s.BodySum, err = s.base64("bh"); err != nil {
		return err
	}
	s.Value, err = s.base64("b")
	return err
}

func (s *Signature) base64(tag string) ([]byte, error) {
	v, ok := s.Tags.Get(tag)
	if !ok {
		return nil, nil
	}
	if len(v) > maxSum {
		return nil, malformed("tag " + tag + "= is too long")
	}
	sum, err := base64.StdEncoding.DecodeString(squeeze(v))
	if err != nil {
		return nil, malformed("tag " + tag + "= is not base64")
	}
	return sum, nil
}

// methods reads a= and c=.
func (s *Signature) methods() (err error) {
	a, _ := s.Tags.Get("a")
	s.Algorithm = strings.ToLower(squeeze(a))
	c, _ := s.Tags.Get("c")
	s.Header, s.Body, err = ParseCanon(squeeze(c))
	return err
}

// Expired tells whether x= is past at a time.
func (s *Signature) Expired(now time.Time) bool { return !s.Expires.IsZero() && now.After(s.Expires) }

// whole is the length of everything.
const whole = math.MaxInt64
