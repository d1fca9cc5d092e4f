// Package password keeps and checks the passwords that a config holds: as they are, or as a hash from which nobody can
// read them, made by bcrypt ($2a$, $2b$, $2y$) or argon2id (RFC 9106, in the form of the PHC: $argon2id$v=19$m=…).
//
// A hash is dear to check on purpose: 20 to 100 ms of a core. So a Keeper remembers, under a key of this process alone,
// what was right, and lets nobody guess quickly.
package password

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// ErrHash says that what begins like a hash can't be checked.
var ErrHash = errors.New("this hash of a password can't be used: make one with `weir password` (bcrypt $2a$, $2b$, $2y$ and $argon2id$ are known)")

// IsHash tells whether a stored password is a hash: it begins with $. A plain password can't.
func IsHash(stored string) bool { return strings.HasPrefix(stored, "$") }

// Valid tells what is wrong with a stored password, plain or hashed. What begins with $ must be a hash that Check can check;
// were a damaged one taken as it stands, whoever read it in the config could use it.
func Valid(stored string) error {
	switch {
	case stored == "":
		return errors.New("the password is empty")
	case isBcrypt(stored):
		if cost, err := bcrypt.Cost([]byte(stored)); err != nil || len(stored) != bcryptSize || cost > maxCost {
			return ErrHash
		}
		return nil
	case IsHash(stored):
		_, err := parse(stored)
		return err
	}
	return nil
}

// Check tells whether given is the stored password. What Valid refuses, nobody's is. Its time tells nothing of either.
func Check(stored, given string) bool {
	switch {
	case Valid(stored) != nil:
		return false
	case isBcrypt(stored):
		return bcrypt.CompareHashAndPassword([]byte(stored), []byte(given)) == nil
	case IsHash(stored):
		h, err := parse(stored)
		return err == nil && subtle.ConstantTimeCompare(h.key, h.derive(given)) == 1
	}
	a, b := sha256.Sum256([]byte(stored)), sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// bcryptSize is the length of every bcrypt hash.
const bcryptSize = 60

func isBcrypt(s string) bool {
	return strings.HasPrefix(s, "$2a$") || strings.HasPrefix(s, "$2b$") || strings.HasPrefix(s, "$2y$")
}

// hash is what an argon2id hash says of itself.
type hash struct {
	memory, time uint32 // KiB; passes
	threads      uint8
	salt, key    []byte
}

// The bounds of what is checked: a config must not be able to take all memory or hold a core for minutes.
const (
	maxCost   = 16        // of bcrypt: 4 s
	maxMemory = 256 << 10 // KiB
	maxTime   = 64
	maxWork   = 1 << 20 // memory times passes: about 1 s
	minSalt   = 8
	minKey    = 16
	maxField  = 128 // bytes of salt or key
)

// parse reads $argon2id$v=19$m=19456,t=2,p=1$salt$key.
func parse(stored string) (h hash, err error) {
	fields := strings.Split(stored, "$")
	if len(fields) != 6 || fields[1] != "argon2id" || fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, ErrHash
	}
	var rest string
	if n, _ := fmt.Sscanf(fields[3]+"\n", "m=%d,t=%d,p=%d%s", &h.memory, &h.time, &h.threads, &rest); n != 3 {
		return h, ErrHash
	}
	if h.salt, err = base64.RawStdEncoding.DecodeString(fields[4]); err == nil {
		h.key, err = base64.RawStdEncoding.DecodeString(fields[5])
	}
	if err != nil || !h.bounded() {
		return h, ErrHash
	}
	return h, nil
}

func (h *hash) bounded() bool {
	return h.threads >= 1 && h.time >= 1 && h.time <= maxTime && h.memory >= 8*uint32(h.threads) && h.memory <= maxMemory &&
		uint64(h.memory)*uint64(h.time) <= maxWork &&
		len(h.salt) >= minSalt && len(h.salt) <= maxField && len(h.key) >= minKey && len(h.key) <= maxField
}

func (h *hash) derive(given string) []byte {
	return argon2.IDKey([]byte(given), h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
}

// Make hashes a password with argon2id: 19 MiB and two passes.
func Make(plain string) (string, error) {
	if plain == "" {
		return "", errors.New("an empty password protects nothing")
	}
	h := hash{memory: 19 << 10, time: 2, threads: 1, salt: make([]byte, 16), key: make([]byte, 32)}
	if _, err := rand.Read(h.salt); err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads, b64(h.salt), b64(h.derive(plain))), nil
}
