package signature

import (
	"crypto/sha256"
	"crypto/subtle"
)

// Body is a message's body and the hashes of it, each of which is made once however many signatures use it. It is not
// safe for use by many goroutines.
type Body struct {
	raw  []byte
	sums [2]*bodySum // by Canon, of the whole body
}

type bodySum struct {
	sum    [sha256.Size]byte
	length int64 // of the canonical body
}

// NewBody makes a body of its bytes: what follows the header's empty line. They must not change.
func NewBody(raw []byte) *Body { return &Body{raw: raw} }

// Sum gives the SHA-256 of the canonical body, and how many bytes that has.
func (b *Body) Sum(c Canon) (sum [sha256.Size]byte, length int64) {
	if b.sums[c] == nil {
		s := new(bodySum)
		s.sum, s.length = b.hash(c, whole)
		b.sums[c] = s
	}
	return b.sums[c].sum, b.sums[c].length
}

// SumOf gives the SHA-256 of the first n bytes of the canonical body (l=), and how many bytes all of it has.
func (b *Body) SumOf(c Canon, n int64) (sum [sha256.Size]byte, length int64) {
	if s := b.sums[c]; s != nil && n >= s.length {
		return s.sum, s.length
	}
	return b.hash(c, n)
}

// CheckBody compares bh= with the body. A signature that leaves the end of the body out is Refused, if that much is
// true: anything may have been written there since (RFC 6376 section 8.2). One whose l= is all of the body, to the byte,
// is as good as one without.
func (s *Signature) CheckBody(b *Body) error {
	sum, length := b.sumFor(s)
	if s.Length > length {
		return malformed("tag l= is longer than the body")
	}
	if subtle.ConstantTimeCompare(sum[:], s.BodySum) != 1 {
		return wrong("the body was changed")
	}
	if s.Length >= 0 && s.Length < length {
		return refused("the end of the body is not signed")
	}
	return nil
}

func (b *Body) sumFor(s *Signature) ([sha256.Size]byte, int64) {
	if s.Length < 0 {
		return b.Sum(s.Body)
	}
	return b.SumOf(s.Body, s.Length)
}
