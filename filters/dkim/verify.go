package dkim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/signature"
)

// verdict is what became of one signature.
type verdict struct {
	sig   *signature.Signature
	key   *signature.Key // nil where it was not come to
	value filters.AuthValue
	why   string // for a person; "" with pass
}

// permanent, refused and wrong are faults that package signature does not know of.
func permanent(text string) error { return &signature.Error{Kind: signature.Malformed, Text: text} }
func refused(text string) error   { return &signature.Error{Kind: signature.Refused, Text: text} }
func wrong(text string) error     { return &signature.Error{Kind: signature.Wrong, Text: text} }

// errTemporary means that the DNS gave no answer.
var errTemporary = errors.New("the DNS does not give the key")

// verify judges the signature in field number own.
func (f *filter) verify(ctx context.Context, r *report, own int, raw []byte) verdict {
	v := verdict{}
	err := r.doubt()
	sig, problem := read(raw)
	v.sig = sig
	for _, step := range [...]func() error{
		func() error { return problem },
		func() error { return acceptable(sig, f.now(r.m)) },
		func() error { return sig.CheckBody(r.body) },
		func() (err error) { v.key, err = f.key(ctx, sig); return err },
		func() error { return v.key.Fits(sig.Algorithm) },
		func() error { return f.crypto(r, &v, own) },
		func() error { return oneAuthor(r.m) },
	} {
		if err != nil {
			break
		}
		err = step()
	}
	v.value, v.why = value(err)
	return v
}

// crypto verifies b= and bh=: the library does, but for what it does not read, and what would keep it busy for too long.
func (f *filter) crypto(r *report, v *verdict, own int) error {
	fields := r.m.Header.Fields
	picked := signature.Pick(fields, v.sig.Fields, own)
	cost := price(v.sig, fields, picked, r.m.Root.Raw)
	if cost > r.budget || isUnread(v.sig, picked) {
		return v.sig.CheckFields(v.key, fields, own)
	}
	r.budget -= cost
	return f.library.verify(v.sig, v.key, onTop(v.sig.Raw, fields, picked, r.m.Root.Raw))
}

// value translates an error into the words of RFC 8601.
func value(err error) (filters.AuthValue, string) {
	var e *signature.Error
	switch {
	case err == nil:
		return filters.Pass, ""
	case !errors.As(err, &e):
		return filters.TempError, err.Error()
	case e.Kind == signature.Wrong:
		return filters.Fail, e.Text
	case e.Kind == signature.Refused:
		return filters.Policy, e.Text
	}
	return filters.PermError, e.Text
}

// read parses a signature and checks what RFC 6376 section 6.1.1 says it must be.
func read(raw []byte) (*signature.Signature, error) {
	s, err := signature.Parse(raw)
	if err != nil {
		return s, err
	}
	if err := s.Need("v", "a", "b", "bh", "d", "h", "s"); err != nil {
		return s, err
	}
	if v, _ := s.Tags.Get("v"); v != "1" {
		return s, permanent("a signature of another version")
	}
	if err := signature.CheckAlgorithm(s.Algorithm); err != nil {
		return s, err
	}
	if len(s.BodySum) != sha256.Size {
		return s, permanent("tag bh= is no SHA-256")
	}
	if q, ok := s.Tags.Get("q"); ok && !lists(q, "dns/txt") {
		return s, permanent("the key is to be fetched in a way that nobody knows")
	}
	if !strings.Contains(s.Domain, ".") {
		return s, permanent("tag d= is no domain")
	}
	if err := identity(s); err != nil {
		return s, err
	}
	for _, name := range s.Fields {
		if strings.EqualFold(name, "From") {
			return s, nil
		}
	}
	return s, permanent("From is not signed")
}

// lists tells whether a list with colons has a word.
func lists(list, word string) bool {
	for item := range strings.SplitSeq(list, ":") {
		if strings.EqualFold(strings.Trim(item, " \t\r\n"), word) {
			return true
		}
	}
	return false
}

// identity checks that i= is in the domain of d= or below it.
func identity(s *signature.Signature) error {
	domain, ok := identityDomain(s)
	if ok && domain != s.Domain && !strings.HasSuffix(domain, "."+s.Domain) {
		return permanent("tag i= is not in the domain of d=")
	}
	return nil
}

// identityDomain is the domain of i=; ok is false where there is none.
func identityDomain(s *signature.Signature) (domain string, ok bool) {
	i, ok := s.Tags.Get("i")
	if !ok {
		return "", false
	}
	return canonical(i[strings.LastIndexByte(i, '@')+1:]), true
}

// skew is how far a signer's clock may be before ours.
const skew = time.Hour

// acceptable checks what RFC 6376 lets us refuse: times that are past, or not yet come.
func acceptable(s *signature.Signature, now time.Time) error {
	switch {
	case !s.Signed.IsZero() && !s.Expires.IsZero() && !s.Expires.After(s.Signed):
		return permanent("expired before it was signed")
	case s.Expired(now):
		return refused("expired on " + s.Expires.UTC().Format(time.DateOnly))
	case s.Signed.After(now.Add(skew)):
		return refused("signed in the future")
	}
	return nil
}

// key fetches the key.
func (f *filter) key(ctx context.Context, s *signature.Signature) (*signature.Key, error) {
	records, err := f.env.Resolver.LookupTXT(ctx, s.KeyName())
	var d *net.DNSError
	if errors.As(err, &d) && d.IsNotFound {
		return nil, permanent("there is no key")
	}
	if err != nil {
		return nil, errTemporary
	}
	k, err := signature.FindKey(records)
	if err != nil {
		return nil, err
	}
	if domain, ok := identityDomain(s); ok && k.Strict && domain != s.Domain {
		return k, permanent("the key is not for domains below d=")
	}
	return k, nil
}

// doubts tells what makes programs see different things in one message: then nobody can say what was signed.
func doubts(m *message.Message) error {
	read := 0
	for i := range m.Header.Fields {
		f := &m.Header.Fields[i]
		read += len(f.Raw)
		if f.Colon < 0 && (i > 0 || !isMboxLine(f.Raw)) {
			return refused("a line in the header is no field: programs disagree where the header ends")
		}
	}
	switch between := len(m.Raw) - len(m.Root.Raw) - read; {
	case between > len("\r\n"):
		return refused("the header is longer than is read")
	case between == 0 && len(m.Root.Raw) > 0:
		return refused("no empty line ends the header: programs disagree where it does")
	}
	return nil
}

// isMboxLine tells whether a line is what mbox files put in front of a message.
func isMboxLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
}

// oneAuthor refuses a message with several From fields: which of them was signed, readers can't see (RFC 6376 section
// 8.15).
func oneAuthor(m *message.Message) error {
	if m.Header.Count("From") > 1 {
		return refused("there are several From fields")
	}
	return nil
}
