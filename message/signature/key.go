package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// The sizes of RSA keys that are taken, in bits. Below 1024 anybody can forge (RFC 8301 section 3.2); a verification
// with 8192 bits takes sixteen times as long as one with 2048.
const (
	MinKeyBits = 1024
	MaxKeyBits = 8192
)

// Key is a public key as its TXT record gives it (RFC 6376 section 3.6.1, RFC 8463).
type Key struct {
	Type    string // "rsa" or "ed25519"
	Bits    int    // of an RSA modulus; 256 for Ed25519
	Hashes  []string
	Testing bool // t=y: the domain is only trying
	Strict  bool // t=s: i= must be in d= itself, not below it

	p       string // the key in base64, without white space
	rsa     *rsa.PublicKey
	ed25519 ed25519.PublicKey
}

// maxRecord bounds the length of a key's record: what MaxKeyBits needs, and notes.
const maxRecord = 8192

// FindKey takes the key from the TXT records of its name. There should be one record (RFC 6376 section 3.6.2.2 leaves
// undefined what several mean): of several the first that is a key counts.
func FindKey(records []string) (*Key, error) {
	err := malformed("there is no key record")
	for _, r := range records[:min(len(records), 8)] {
		key, problem := ParseKey(r)
		if problem == nil {
			return key, nil
		}
		if err.(*Error).Text == "there is no key record" || strings.Contains(r, "p=") {
			err = problem
		}
	}
	return nil, err
}

// ParseKey reads a key's TXT record. Errors are *Error.
func ParseKey(record string) (*Key, error) {
	if len(record) > maxRecord {
		return nil, malformed("the key record is too long")
	}
	tags, err := ParseTags(record)
	if err != nil {
		return nil, malformed("the key record is no tag list")
	}
	if v, ok := tags.Get("v"); ok && v != "DKIM1" { // QUIRK: it should come first; some write it elsewhere
		return nil, malformed("the key record is of another version")
	}
	k := &Key{Type: "rsa"}
	if v, ok := tags.Get("k"); ok {
		k.Type = strings.ToLower(squeeze(v))
	}
	if err := k.uses(tags); err != nil {
		return nil, err
	}
	p, ok := tags.Get("p")
	if !ok {
		return nil, malformed("the key record has no key")
	}
	if err := k.parse(squeeze(p)); err != nil {
		return nil, err
	}
	return k, nil
}

// uses reads what a key may be used for.
func (k *Key) uses(tags Tags) error {
	if v, ok := tags.Get("s"); ok {
		services := strings.Split(squeeze(v), ":")
		if !slices.Contains(services, "*") && !slices.Contains(services, "email") {
			return malformed("the key is not for mail")
		}
	}
	if v, ok := tags.Get("h"); ok {
		k.Hashes = strings.Split(strings.ToLower(squeeze(v)), ":")
	}
	v, _ := tags.Get("t")
	for _, flag := range strings.Split(squeeze(v), ":") {
		k.Testing = k.Testing || flag == "y"
		k.Strict = k.Strict || flag == "s"
	}
	return nil
}

// Record gives a record with nothing in it but the key and its type, for verifiers of other makes.
func (k *Key) Record() string { return "k=" + k.Type + "; p=" + k.p }

func (k *Key) parse(p string) error {
	k.p = p
	if p == "" {
		return malformed("the key was revoked")
	}
	der, err := base64.StdEncoding.DecodeString(p)
	if err != nil {
		return malformed("the key is not base64")
	}
	switch k.Type {
	case "rsa":
		return k.parseRSA(der)
	case "ed25519":
		if len(der) != ed25519.PublicKeySize {
			return malformed("the key is no Ed25519 key")
		}
		k.ed25519, k.Bits = der, 256
		return nil
	}
	return malformed("the key is of a type that nobody knows")
}

// parseRSA reads the key itself.
//
// QUIRK: RFC 6376 asks for an RSAPublicKey (RFC 8017 appendix A.1.1), and shows a SubjectPublicKeyInfo, which everybody
// publishes (RFC errata 3017). Both are read.
func (k *Key) parseRSA(der []byte) error {
	if any, err := x509.ParsePKIXPublicKey(der); err == nil {
		k.rsa, _ = any.(*rsa.PublicKey)
	} else {
		k.rsa, _ = x509.ParsePKCS1PublicKey(der)
	}
	if k.rsa == nil {
		return malformed("the key is no RSA key")
	}
	k.Bits = k.rsa.N.BitLen()
	if k.Bits < MinKeyBits || k.Bits > MaxKeyBits {
		return malformed("an RSA key of " + strconv.Itoa(k.Bits) + " bits: " + strconv.Itoa(MinKeyBits) + " to " + strconv.Itoa(MaxKeyBits) + " are taken")
	}
	if k.rsa.E < 3 || k.rsa.E > 1<<31-1 || k.rsa.E&1 == 0 {
		return malformed("an RSA key with an exponent that is none")
	}
	return nil
}

// CheckAlgorithm tells whether an algorithm (a=) is taken: rsa-sha256 or ed25519-sha256. rsa-sha1 never is (RFC 8301
// section 3.1).
func CheckAlgorithm(name string) error {
	kind, hash, ok := strings.Cut(name, "-")
	switch {
	case !ok || kind != "rsa" && kind != "ed25519":
		return malformed("an algorithm that nobody knows")
	case hash == "sha1":
		return malformed("SHA-1 is not safe")
	case hash != "sha256":
		return malformed("a hash that nobody knows")
	}
	return nil
}

// Fits tells whether a key may be used for an algorithm (a=).
func (k *Key) Fits(algorithm string) error {
	if err := CheckAlgorithm(algorithm); err != nil {
		return err
	}
	kind, hash, _ := strings.Cut(algorithm, "-")
	switch {
	case kind != k.Type:
		return malformed("the key is of another type than the signature")
	case k.Hashes != nil && !slices.Contains(k.Hashes, hash):
		return malformed("the key is not for this hash")
	}
	return nil
}

// Verify tells whether a signature is this key's over a SHA-256; the error is nil or an *Error of kind Wrong.
func (k *Key) Verify(sum [sha256.Size]byte, sig []byte) error {
	good := false
	switch {
	case k.rsa != nil:
		good = rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, sum[:], sig) == nil
	case k.ed25519 != nil:
		good = ed25519.Verify(k.ed25519, sum[:], sig) // RFC 8463 section 3: the sum is the message
	}
	if !good {
		return wrong("the signature does not fit the header")
	}
	return nil
}
