package dnslist

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"net/netip"
	"strings"

	"weir/message/reverse"
)

// Kind says what a list is asked about.
type Kind string

// The kinds. Each filter has its own.
const (
	Client  Kind = "client"  // dnsbl: the client's address
	Relay   Kind = "relay"   // dnsbl: addresses of relays before it
	RDNS    Kind = "rdns"    // dnsbl: the registered domain of the client's reverse name
	Helo    Kind = "helo"    // dnsbl: the registered domain of the HELO name
	Sender  Kind = "sender"  // dnsbl: the registered domain of MAIL FROM
	Domain  Kind = "domain"  // urlbl: registered domains of links and authors
	Host    Kind = "host"    // urlbl: whole host names of links
	IP      Kind = "ip"      // urlbl: links with an address in place of a name
	Address Kind = "address" // urlbl: the addresses of the links' hosts
	Email   Kind = "email"   // urlbl: mail addresses, as hashes
	File    Kind = "file"    // urlbl: attached files, as hashes
)

// Subject is what lists are asked about: an address, a name, or bytes that are hashed.
type Subject struct {
	Kind Kind
	Text string     // for a person: "192.0.2.1", "example.com"
	Addr netip.Addr // for kinds of addresses
	Name string     // for kinds of names: lower case A-labels without a final dot
	Data []byte     // for kinds of hashes; shared, never changed
}

// Hash is how a list wants hashes.
type Hash string

// The hashes. MD5 and SHA-1 are written in hexadecimal digits, in lower case; SHA-256 in base32 (RFC 4648, without
// padding), since its 64 digits would be one more than a label of the DNS may have.
const (
	NoHash Hash = ""
	MD5    Hash = "md5"
	SHA1   Hash = "sha1"
	SHA256 Hash = "sha256"
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// digest gives the hash as a label; "" for no hash.
func (h Hash) digest(data []byte) string {
	switch h {
	case MD5:
		sum := md5.Sum(data)
		return hex.EncodeToString(sum[:])
	case SHA1:
		sum := sha1.Sum(data)
		return hex.EncodeToString(sum[:])
	case SHA256:
		sum := sha256.Sum256(data)
		return strings.ToLower(base32Text.EncodeToString(sum[:]))
	}
	return ""
}

// maxName is the longest name in the DNS as text, with its final dot.
const maxName = 254

// question gives the name to ask a list about a subject; "" where the list can't be asked: an IPv6 address at a list
// without them, a name that would be too long, or one that nobody can register. The latter are free for anybody to make
// up, and a list that answers them with an error would be taken for one that is ill.
func (s *Subject) question(l *list) string {
	label := s.Name
	switch {
	case label != "" && !isHost(label):
		return ""
	case s.Addr.Unmap().Is6() && !l.zone.IPv6:
		return ""
	case s.Addr.IsValid():
		label = reverse.Address(s.Addr.Unmap())
	case s.Data != nil:
		label = l.zone.Hash.digest(s.Data)
	}
	if label == "" || len(label)+len(l.suffix) > maxName {
		return ""
	}
	return label + l.suffix
}

// isHost tells whether a name in lower case is made of labels of letters, digits, hyphens and underscores.
func isHost(name string) bool {
	label := 0
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '.' && label > 0:
			label = 0
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			if label++; label > 63 {
				return false
			}
		default:
			return false
		}
	}
	return label > 0
}

// Public tells whether an address can be on a list at all: not our own, not a private or documentation-only kind.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// shared is the address space between providers and their customers (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")
