package pattern

// picks is a set of patterns, in the order of their first mention.
type picks struct {
	list  []int32
	seen  []uint64 // bits
	ends  []ends   // by pattern
	hits  hits
	whole []event // patterns that a screen found, and where their first match ends
}

// ends are where a pattern's first and last literal ends in a text. A last literal that ends in a blank has all white space
// that is there.
type ends struct{ first, last int }

// reset empties the set and makes room for patterns below n.
func (p *picks) reset(n int) {
	for _, i := range p.list {
		p.seen[i/64], p.ends[i] = 0, ends{}
	}
	p.list, p.whole = p.list[:0], p.whole[:0]
	if words := (n + 63) / 64; len(p.seen) < words {
		p.seen, p.ends = make([]uint64, words), make([]ends, 64*words)
	}
}

// found adds a part of which literals are there.
func (p *picks) found(i int32, at ends) {
	p.addOne(i)
	e := &p.ends[i]
	if e.last = max(e.last, at.last); e.first == 0 || at.first < e.first {
		e.first = at.first
	}
}

func (p *picks) add(ids []int32) {
	for _, i := range ids {
		p.addOne(i)
	}
}

func (p *picks) addOne(i int32) {
	if bit := uint64(1) << (i % 64); p.seen[i/64]&bit == 0 {
		p.seen[i/64] |= bit
		p.list = append(p.list, i)
	}
}
