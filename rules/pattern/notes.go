package pattern

import (
	"bytes"
	"slices"
	"time"
)

// Matcher looks for patterns in the texts of a message: first one pass over each text, which notes where patterns may match, then
// a pattern at a time, if it is still of interest by then. The plain engine (Group) is one.
// A Matcher is shared by all goroutines; what belongs to one message is in Notes and Scratch.
type Matcher interface {
	// Look notes what may match in the next text of a message. The text may not change until the notes are forgotten. Where very
	// much is noted, all patterns are looked for at once.
	Look(text []byte, n *Notes, scratch *Scratch, sink Sink)
	// Find looks for a pattern in the texts that were noted, and tells sink where it occurs. It is to be called once.
	Find(i int, n *Notes, scratch *Scratch, sink Sink)
}

// Sink takes what a Matcher finds. Patterns are named by their index in the list that the Matcher was made of, texts by their
// number, from 0.
type Sink interface {
	// Want is asked before a pattern is run: how many matches in the text are still of interest; 0: none, don't run it.
	Want(i, text int) int
	// Found reports n matches of a pattern in a text, 1 ≤ n ≤ Want.
	Found(i, text, n int)
	// Spent reports the CPU time that a run of a pattern took, unless it is short, and whether it was cut short at its limit: then whether
	// the pattern occurs is not known.
	Spent(i int, d time.Duration, cut bool)
	// Left is the CPU time that a pattern may still take on this message.
	Left(i int) time.Duration
}

// Scratch is memory for matching that is used again and again, by one goroutine at a time. The zero value is ready.
type Scratch struct {
	picks  picks
	begun  sightings
	latin  []byte
	reader byteReader
	row    []candidate
	notes  Notes // of Match
}

// Notes are the places in the texts of a message where the patterns of one Matcher may match. The zero value is ready.
type Notes struct {
	texts      []noted
	candidates []candidate
	events     []event
	chains     []chain // by pattern
	gone       int     // texts that were looked at and are no longer noted
}

type noted struct {
	text    []byte
	exactly bool // where a part's literals are all there is to it, it does match
}

// candidate is a part of a pattern that may match in a text.
type candidate struct {
	pattern, part int32 // part -1: a screen found the whole pattern
	text          int32
	next          int32 // the next candidate of the pattern, from 1; 0: none
	ends          ends
	from, to      int32 // the events where its beginning was seen
}

// chain are the candidates of a pattern, in the order of texts, from 1; 0: none.
type chain struct{ first, last int32 }

// mostNoted bounds the candidates, and the places of their beginnings, that are kept for later.
const mostNoted = 1 << 16

// Forget makes the notes ready for another message.
func (n *Notes) Forget() {
	n.drop()
	n.gone = 0
}

// drop forgets what is noted of the texts so far.
func (n *Notes) drop() {
	for i := range n.candidates {
		n.chains[n.candidates[i].pattern] = chain{}
	}
	n.gone += len(n.texts)
	clear(n.texts)
	n.texts, n.candidates, n.events = n.texts[:0], n.candidates[:0], n.events[:0]
}

// May tells whether a pattern may match in what was looked at. If not, Find need not be called.
func (n *Notes) May(i int) bool { return i < len(n.chains) && n.chains[i].first > 0 }

// Look implements Matcher.
func (g *Group) Look(text []byte, n *Notes, scratch *Scratch, sink Sink) {
	if len(n.chains) < len(g.patterns) {
		n.chains = make([]chain, len(g.patterns))
	}
	exactly := g.pick(text, &scratch.picks, &scratch.begun)
	n.texts = append(n.texts, noted{text, exactly})
	n.note(g, scratch)
	if len(n.candidates)+len(n.events) > mostNoted {
		for i := range g.patterns {
			g.Find(i, n, scratch, sink)
		}
		n.drop()
	}
}

// note puts down what was picked in the last text.
func (n *Notes) note(g *Group, scratch *Scratch) {
	base := int32(len(n.events))
	n.events = append(n.events, scratch.begun.list...)
	for _, id := range scratch.picks.list {
		c := candidate{pattern: int32(g.parts[id].pattern), part: id, ends: scratch.picks.ends[id]}
		if from, to := scratch.begun.of(id); to > from {
			c.from, c.to = base+int32(from), base+int32(to)
		}
		n.add(c)
	}
	for _, e := range scratch.picks.whole {
		n.add(candidate{pattern: e.id(), part: -1, ends: ends{last: e.end()}})
	}
}

func (n *Notes) add(c candidate) {
	c.text = int32(len(n.texts) - 1)
	n.candidates = append(n.candidates, c)
	at, k := int32(len(n.candidates)), &n.chains[c.pattern]
	if k.last == 0 {
		k.first = at
	} else {
		n.candidates[k.last-1].next = at
	}
	k.last = at
}

// Find implements Matcher.
func (g *Group) Find(i int, n *Notes, scratch *Scratch, sink Sink) {
	if !n.May(i) {
		return
	}
	r := runner{group: g, notes: n, scratch: scratch, sink: sink, pattern: i}
	for at := n.chains[i].first; at > 0; {
		row := scratch.row[:0]
		for text := n.candidates[at-1].text; at > 0 && n.candidates[at-1].text == text; at = n.candidates[at-1].next {
			row = append(row, n.candidates[at-1])
		}
		scratch.row = row
		r.in(row)
	}
}

// in looks for the pattern in a text. row are its candidates there.
func (r *runner) in(row []candidate) {
	t := &r.notes.texts[row[0].text]
	r.text, r.number, r.counted = t.text, r.notes.gone+int(row[0].text), false
	if len(row) > 1 {
		slices.SortFunc(row, func(a, b candidate) int { return int(a.part - b.part) })
	}
	for k := range row {
		want := r.sink.Want(r.pattern, r.number)
		if want <= 0 || r.counted {
			return
		}
		if row[k].part < 0 {
			r.direct(row[k].ends.last, want)
			continue
		}
		switch p := &r.group.parts[row[k].part]; {
		case want == 1 && t.exactly && p.branch.sure:
			r.found(1)
		case p.branch.lone >= 0 && bytes.IndexByte(r.text, byte(p.branch.lone)) < 0:
		default:
			r.try(row[k:], p, want)
		}
	}
}

// Match looks for all patterns in one text.
func (g *Group) Match(text []byte, scratch *Scratch, sink Sink) {
	n := &scratch.notes
	defer n.Forget()
	g.Look(text, n, scratch, sink)
	for i := range g.patterns {
		g.Find(i, n, scratch, sink)
	}
}
