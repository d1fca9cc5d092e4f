package password

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// Verdict is what a Keeper says of a password.
type Verdict uint8

// The verdicts.
const (
	Wrong Verdict = iota
	Right
	TooMany // this source has guessed too often: it is not even looked at
)

// The bounds of guessing.
const (
	burst   = 20              // wrong passwords of one source before it has to wait
	regain  = 3 * time.Second // for each further one
	sources = 4096            // that are remembered
	known   = 64              // right passwords that are remembered
)

// Keeper checks passwords that come over the network. The zero value is not ready: see NewKeeper. It is safe for use by
// many goroutines.
type Keeper struct {
	key   [32]byte
	now   func() time.Time
	check func(stored, given string) bool
	one   sync.Mutex // held while a hash is computed, so that guesses take the memory of one

	mu      sync.Mutex
	right   map[[32]byte]bool
	guesses map[netip.Prefix]time.Time // when a source has regained all its guesses
}

// NewKeeper makes a Keeper that nobody has come to.
func NewKeeper() *Keeper {
	k := &Keeper{now: time.Now, check: Check, right: map[[32]byte]bool{}, guesses: map[netip.Prefix]time.Time{}}
	_, _ = rand.Read(k.key[:]) // never fails
	return k
}

// Check tells whether given is one of the stored passwords. source is who asks; the zero address stands for all who have
// none. An empty password is Wrong without being counted.
func (k *Keeper) Check(source netip.Addr, given string, stored ...string) Verdict {
	if given == "" {
		return Wrong
	}
	net := network(source)
	if k.blocked(net) {
		return TooMany
	}
	ok := false
	for _, s := range stored {
		ok = k.same(s, given) || ok // all are tried: the time tells nothing of which it is
	}
	if ok {
		return Right
	}
	k.wrong(net)
	return Wrong
}

func (k *Keeper) same(stored, given string) bool {
	if !IsHash(stored) {
		return k.check(stored, given)
	}
	seal := k.seal(stored, given)
	k.mu.Lock()
	hit := k.right[seal]
	k.mu.Unlock()
	if hit {
		return true
	}
	k.one.Lock()
	ok := k.check(stored, given)
	k.one.Unlock()
	if ok {
		k.remember(seal)
	}
	return ok
}

// seal stands for a right password in memory, from which nobody can read it.
func (k *Keeper) seal(stored, given string) (seal [32]byte) {
	mac := hmac.New(sha256.New, k.key[:])
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(stored)))
	mac.Write(size[:])
	mac.Write([]byte(stored))
	mac.Write([]byte(given))
	mac.Sum(seal[:0])
	return seal
}

func (k *Keeper) remember(seal [32]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.right) >= known { // passwords were changed that often
		clear(k.right)
	}
	k.right[seal] = true
}

// network is what counts as one source: an IPv4 address, or the /64 that one customer has.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits)
	return p
}

func (k *Keeper) blocked(source netip.Prefix) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.guesses[source].Sub(k.now()) > (burst-1)*regain
}

// wrong notes a wrong guess.
func (k *Keeper) wrong(source netip.Prefix) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	at, seen := k.guesses[source]
	if !seen && len(k.guesses) >= sources {
		k.forget(now)
	}
	if at.Before(now) {
		at = now
	}
	k.guesses[source] = at.Add(regain)
}

// forget makes room: sources that may guess freely again go, or, where there are none, any one.
func (k *Keeper) forget(now time.Time) {
	for source, at := range k.guesses {
		if at.Before(now) {
			delete(k.guesses, source)
		}
	}
	for source := range k.guesses {
		if len(k.guesses) < sources {
			return
		}
		delete(k.guesses, source)
	}
}
