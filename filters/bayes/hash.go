package bayes

import "weir/scoring/bayes"

// hash is that of a text, while it is read (FNV-1a). It is part of what is stored: changing it, or anything that makes
// tokens, makes what was learned worthless (see entryVersion).
type hash uint64

const (
	seed  hash = 0xcbf29ce484222325
	prime hash = 0x100000001b3
)

func (h hash) byte(c byte) hash { return (h ^ hash(c)) * prime }

// text adds a text, in lower case.
func (h hash) text(s string) hash {
	for i := 0; i < len(s); i++ {
		h = h.byte(lower[s[i]])
	}
	return h
}

// exact adds a text as it is.
func (h hash) exact(s string) hash {
	for i := 0; i < len(s); i++ {
		h = h.byte(s[i])
	}
	return h
}

// with adds another hash: of the second word of a pair.
func (h hash) with(other hash) hash { return (h ^ other>>29 ^ other) * 0x9e3779b97f4a7c15 }

// number adds a small number.
func (h hash) number(n int) hash { return h.byte('#').byte(byte(n)).byte(byte(n >> 8)) }

// sum mixes all bits; never 0.
func (h hash) sum(kind bayes.Kind) uint64 {
	x := uint64(h) + uint64(kind)*0x9e3779b97f4a7c15
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	x = (x ^ x>>32) * 0xd6e8feb86659fd93
	return (x ^ x>>32) | 1
}

// magnitude puts sizes into few classes: 0, 1, 2, 3, 4-7, 8-15, …
func magnitude(n int) int {
	m := 0
	for n = max(n, 0); n > 3; n >>= 1 {
		m++
	}
	return 4*m + n
}

// share puts a part of a whole into few classes: none, under 1 %, 1 %, 2-3 %, 4-7 %, …
func share(part, whole int) int {
	if part <= 0 || whole <= 0 {
		return 0
	}
	n := 1
	for p := 100 * part / whole; p > 0; p >>= 1 {
		n++
	}
	return n
}

// lower maps ASCII letters to lower case.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

// fold gives a short name in lower case, without allocating.
type folded [32]byte

func fold(s string) (f folded, n int) {
	n = min(len(s), len(f))
	for i := range n {
		f[i] = lower[s[i]]
	}
	return f, n
}
