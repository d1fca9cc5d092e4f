// Package key turns names into keys: HMAC-SHA-256 (RFC 2104) under a secret of the site, of fixed length.
//
// A key shows nothing of a name to whoever has the store but not the secret, and holds no byte that the sender of a
// mail chose. It has five parts: hashes of the domain and the address of the first person, the same of the second, and
// a hash of everything. So all entries about an address, or about a domain and all its addresses, can be found and
// erased without knowing what else is in their names.
package key

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"
	"unicode/utf8"

	"weir/filters"
	"weir/message/address"
)

// Size of a key in bytes.
const Size = 24

// Key is [4 domain][4 address][4 second domain][4 second address][8 all].
type Key [Size]byte

// MarshalText writes the key in hexadecimal digits.
func (k Key) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error {
	if len(text) != 2*Size {
		return fmt.Errorf("key: %d digits, not %d", len(text), 2*Size)
	}
	_, err := hex.Decode(k[:], text)
	return err
}

// Bucket gives a number below n that is the same for the same key, spread evenly.
func (k Key) Bucket(n uint32) uint32 {
	return uint32(binary.BigEndian.Uint64(k[16:]) % uint64(n))
}

// Person is who may ask to be forgotten: an address, or a domain with all its addresses.
type Person struct {
	domain  [4]byte
	address [4]byte // zero: the whole domain
}

// Concerns tells whether a key is about a person. Of four billion other domains one is taken for the same.
func (k Key) Concerns(p Person) bool {
	return p.is(k[0:8]) || p.is(k[8:16])
}

func (p Person) is(part []byte) bool {
	return p.domain != [4]byte{} && bytes.Equal(part[:4], p.domain[:]) && (p.address == [4]byte{} || bytes.Equal(part[4:], p.address[:]))
}

// Keyer makes keys. It serves many goroutines.
type Keyer struct {
	macs sync.Pool
}

type mac struct {
	hash.Hash
	sum     [sha256.Size]byte
	scratch []byte
}

// New makes a Keyer of a secret.
func New(secret []byte) *Keyer {
	secret = bytes.Clone(secret)
	return &Keyer{macs: sync.Pool{New: func() any { return &mac{Hash: hmac.New(sha256.New, secret)} }}}
}

// Key gives the key of a name in a family.
func (y *Keyer) Key(family string, n filters.Name) Key {
	m := y.macs.Get().(*mac)
	defer y.macs.Put(m)
	n.Who, n.With = spelled(n.Who), spelled(n.With)
	var k Key
	m.person(k[0:8], n.Who)
	m.person(k[8:16], n.With)
	m.start('e', family)
	m.part(n.Who, true)
	m.part(n.With, true)
	m.part(n.What, false)
	m.finish(k[16:24])
	return k
}

// Person gives what finds the keys about an address, or about a domain and its addresses; "" finds nothing.
func (y *Keyer) Person(who string) Person {
	m := y.macs.Get().(*mac)
	defer y.macs.Put(m)
	var both [8]byte
	m.person(both[:], spelled(who))
	return Person{domain: [4]byte(both[:4]), address: [4]byte(both[4:])}
}

// spelled gives a person in one of the ways in which the same mailbox or domain can be written: the domain in A-labels
// without a final dot, the local part without quotes. Else a sender would be another one with each, and would not all be
// forgotten. The case of ASCII letters is folded later. A name without a dot, such as a user's, is no domain.
func spelled(who string) string {
	odd := strings.HasSuffix(who, ".") || strings.HasPrefix(who, `"`)
	for i := 0; i < len(who) && !odd; i++ {
		odd = who[i] >= 0x80
	}
	switch {
	case !odd:
		return who
	case strings.Contains(who, "@"):
		return address.Mailbox(who)
	case strings.Contains(who, ".") && utf8.ValidString(who):
		return address.Domain(who)
	}
	return who
}

// Check gives eight bytes by which two gateways see that they have the same secret.
func (y *Keyer) Check() [8]byte {
	m := y.macs.Get().(*mac)
	defer y.macs.Put(m)
	var c [8]byte
	m.start('c', "weir")
	m.finish(c[:])
	return c
}

// person writes the hashes of a domain and, where who is an address, of the address. They are never zero for a name.
func (m *mac) person(dst []byte, who string) {
	if who == "" {
		return
	}
	at := strings.LastIndexByte(who, '@')
	m.start('d', "")
	m.part(strings.TrimSuffix(who[at+1:], "."), true)
	m.finish(dst[:4])
	if at >= 0 {
		m.start('a', "")
		m.part(who, true)
		m.finish(dst[4:])
	}
}

func (m *mac) start(kind byte, family string) {
	m.Reset()
	m.scratch = append(m.scratch[:0], kind)
	m.part(family, false)
}

// part adds a length and a text, so that no two lists of parts look the same. Only ASCII letters are folded: folding
// Unicode would make invalid bytes alike.
func (m *mac) part(s string, fold bool) {
	m.scratch = binary.AppendUvarint(m.scratch, uint64(len(s)))
	start := len(m.scratch)
	m.scratch = append(m.scratch, s...)
	if !fold {
		return
	}
	for i, c := range m.scratch[start:] {
		if 'A' <= c && c <= 'Z' {
			m.scratch[start+i] = c + 'a' - 'A'
		}
	}
}

func (m *mac) finish(dst []byte) {
	m.Write(m.scratch)
	copy(dst, m.Sum(m.sum[:0]))
	if cap(m.scratch) > 4096 {
		m.scratch = nil
	}
	if bytes.Count(dst, []byte{0}) == len(dst) {
		dst[0] = 1 // zero means nobody
	}
}
