// Package craft makes mail that a rule should hit.
//
// Recorded mail hits only part of the rules: most patterns of a large set wait for a campaign that ended long ago. To
// compare two engines on those too, this package goes the other way. It reads a rule's pattern as a tree, walks the
// tree, and takes at each branch what a random source says: out comes a text that the pattern matches. The text is then
// put where the rule looks: into the header field, the text, the markup, the link, the Received field. A meta is made of
// the rules that it needs; a rule that calls a function gets a mail of the sort that the function is about.
//
// A pattern may ask for more than a walk can promise (a look-ahead, a word boundary), so a crafted mail is a good guess,
// not a proof: whoever needs the hit runs the rule. The same seed always makes the same mail.
package craft

import (
	"hash/fnv"
	"math/rand/v2"

	"weir/rules"
)

// Maker makes mail aimed at rules of a set.
type Maker struct {
	set  *rules.Set
	seed uint64
}

// New gives a maker for a set of rules.
func New(set *rules.Set, seed uint64) *Maker { return &Maker{set: set, seed: seed} }

// Mail makes one mail aimed at a rule; another try is another mail.
func (m *Maker) Mail(r *rules.Rule, try int) []byte {
	h := fnv.New64a()
	h.Write([]byte(r.Name))
	d := &draft{maker: m, Rand: rand.New(rand.NewPCG(m.seed+uint64(try)<<32, h.Sum64()))}
	d.begin()
	d.aim(r, 0)
	return d.bytes()
}

// Text makes a text that a pattern with its delimiters should match; ok tells whether it does. The same seed makes the same
// text.
func Text(pattern string, seed uint64) (text string, ok bool) {
	return grow(rand.New(rand.NewPCG(seed, 0)), pattern)
}
