package dkim

import (
	"bytes"
	"strings"
	"time"

	"weir/message/header"
	"weir/message/signature"
)

// budget is the work that the library is given for one message, in bytes of a body: some tenths of a second. A mail of the
// usual size takes a four-thousandth of it.
const budget = 32 << 20

// price is about what the library's work on a signature costs, in bytes of a body. It puts folded fields together line by
// line, copying what it has each time, and goes through all fields for each name in h=.
func price(s *signature.Signature, fields []header.Field, picked []int, body []byte) int {
	sum := len(body) + folding(s.Raw)
	there := 1
	for _, i := range picked {
		if i >= 0 {
			sum += folding(fields[i].Raw)
			there++
		}
	}
	return sum + len(picked)*there*8
}

func folding(raw []byte) int { return len(raw) + len(raw)*bytes.Count(raw, lineEnd[1:])/64 }

// isUnread tells of signatures that are in order, and that the library refuses to look at or reads in another way. Package
// signature, which verifies ARC's, verifies these as well. Each is a form that RFC 6376 allows.
func isUnread(s *signature.Signature, picked []int) bool {
	return s.Length >= 0 || // l=: that it covers all of the body was checked
		s.Expired(time.Now()) || hasLongTime(s) || // x=: what counts is when the mail came
		hasCapitals(s, "a") || hasCapitals(s, "c") ||
		!endsAlike(s) || signsMore(s, picked) || hasStray(s)
}

// hasLongTime tells of an x= beyond 64 bits (section 3.5: it may be taken for never).
func hasLongTime(s *signature.Signature) bool {
	x, _ := s.Tags.Get("x")
	return len(x) > 18
}

func hasCapitals(s *signature.Signature, tag string) bool {
	v, _ := s.Tags.Get(tag)
	return strings.ContainsFunc(v, func(c rune) bool { return c >= 'A' && c <= 'Z' })
}

// endsAlike tells whether the domains of i= and d= are written alike, letter by letter.
func endsAlike(s *signature.Signature) bool {
	d, _ := s.Tags.Get("d")
	i, ok := s.Tags.Get("i")
	return !ok || strings.HasSuffix(i, d)
}

// signsMore tells whether h= names more DKIM-Signature fields than there are beside this one, for which the library takes
// this one.
func signsMore(s *signature.Signature, picked []int) bool {
	for n, i := range picked {
		if i < 0 && strings.EqualFold(s.Fields[n], field) {
			return true
		}
	}
	return false
}

// hasStray tells whether b= stands somewhere else than as the tag, as in the copy of a header in z=. The library empties
// that as well.
func hasStray(s *signature.Signature) bool {
	for _, t := range s.Tags {
		if t.Name != "b" && (strings.HasSuffix(t.Name, "b") || holdsB(t.Value)) {
			return true
		}
	}
	return false
}

func holdsB(text string) bool {
	for {
		before, after, found := strings.Cut(text, "=")
		if !found {
			return false
		}
		if strings.HasSuffix(strings.TrimRight(before, " \t\r\n"), "b") {
			return true
		}
		text = after
	}
}
