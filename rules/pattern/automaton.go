package pattern

// automaton is an Aho-Corasick machine over lower-cased ASCII: one step a byte, whatever the number of literals. To it, a
// run of white space is one blank.
// Rows of states have one column for each class of bytes. States are numbered so that those in which a literal ends are the last
// ones. Small machines, which are nearly all, have their rows in half the memory.
type automaton struct {
	class [256]uint8 // column of a byte; 0: in no literal
	width uint32
	start uint32    // the state of an empty text
	ends  uint32    // the first state in which a literal ends
	small []uint16  // rows; nil where there are more states than that
	large []uint32  // rows
	outs  [][]int32 // by state from ends on: the patterns of which a literal ends there
}

// found marks a transition into a state where something ends.
const found = 1 << 31

// trie is the machine while it is built.
type trie struct {
	kids [][]uint32 // by node and column; 0: none
	outs [][]int32
}

// newAutomaton builds the machine for literals[i] of pattern ids[i]. nil if there are none.
func newAutomaton(literals []string, ids []int32) *automaton {
	if len(literals) == 0 {
		return nil
	}
	a := &automaton{}
	a.classify(literals)
	t := &trie{}
	t.node(a.width)
	for i, s := range literals {
		t.add(a, s, ids[i])
	}
	a.link(t)
	return a
}

func (a *automaton) classify(literals []string) {
	n := uint8(0)
	for _, s := range literals {
		for i := range len(s) {
			if a.class[s[i]] == 0 && n < 255 {
				n++
				a.class[s[i]] = n
			}
		}
	}
	for c := byte('a'); c <= 'z'; c++ {
		a.class[c^0x20] = a.class[c]
	}
	for c := byte('\t'); c <= '\r'; c++ {
		a.class[c] = a.class[' ']
	}
	a.width = uint32(n) + 1
}

func (t *trie) node(width uint32) uint32 {
	t.kids = append(t.kids, make([]uint32, width))
	t.outs = append(t.outs, nil)
	return uint32(len(t.kids) - 1)
}

func (t *trie) add(a *automaton, s string, id int32) {
	at := uint32(0)
	for i := range len(s) {
		c := a.class[s[i]]
		if t.kids[at][c] == 0 {
			kid := t.node(a.width)
			t.kids[at][c] = kid
		}
		at = t.kids[at][c]
	}
	t.outs[at] = append(t.outs[at], id)
}

// link turns the trie into the machine: breadth first, so that a node's fallback is complete before the node is.
func (a *automaton) link(t *trie) {
	fail := make([]uint32, len(t.kids))
	queue := make([]uint32, 1, len(t.kids))
	blank, afterBlank := uint32(a.class[' ']), make([]bool, len(t.kids))
	for head := 0; head < len(queue); head++ {
		at := queue[head]
		for c := uint32(0); c < a.width; c++ {
			if c == blank && afterBlank[at] { // no literal has two blanks in a row: the second changes nothing
				t.kids[at][c] = at
				continue
			}
			kid := t.kids[at][c]
			back := uint32(0)
			if at != 0 {
				back = t.kids[fail[at]][c]
			}
			if kid == 0 {
				t.kids[at][c] = back
				continue
			}
			fail[kid] = back
			afterBlank[kid] = c == blank && blank != 0
			t.outs[kid] = append(t.outs[kid], t.outs[back]...)
			queue = append(queue, kid)
		}
	}
	a.flatten(t)
}

// flatten numbers the states, and writes the rows.
func (a *automaton) flatten(t *trie) {
	number := make([]uint32, len(t.kids))
	n := uint32(0)
	for at := range t.kids {
		if len(t.outs[at]) == 0 {
			number[at] = n
			n++
		}
	}
	a.ends, a.start = n, number[0]
	order := make([]int, len(t.kids))
	for at := range t.kids {
		if len(t.outs[at]) > 0 {
			number[at] = n
			n++
			a.outs = append(a.outs, t.outs[at])
		}
		order[number[at]] = at
	}
	if n <= 1<<16 {
		a.small = rowsOf[uint16](t, order, number)
	} else {
		a.large = rowsOf[uint32](t, order, number)
	}
}

// rowsOf writes the rows in the order of states.
func rowsOf[T uint16 | uint32](t *trie, order []int, number []uint32) []T {
	rows := make([]T, 0, len(order)*len(t.kids[0]))
	for _, at := range order {
		for _, kid := range t.kids[at] {
			rows = append(rows, T(number[kid]))
		}
	}
	return rows
}

// scan adds to picks every pattern of which a literal is in text.
func (a *automaton) scan(text []byte, picks *picks) {
	if a.small != nil {
		scanRows(a, a.small, text, picks)
	} else {
		scanRows(a, a.large, text, picks)
	}
}

func scanRows[T uint16 | uint32](a *automaton, rows []T, text []byte, picks *picks) {
	state, width, ends := uint(a.start), uint(a.width), uint(a.ends)
	for i, c := range text {
		state = uint(rows[state*width+uint(a.class[c])])
		if state >= ends {
			picks.found(a.outs[state-ends], i+1)
		}
	}
}

// picks is a set of patterns, in the order of their first mention.
type picks struct {
	list  []int32
	seen  []uint64 // bits
	ends  []ends   // by pattern
	whole []event  // patterns that a screen found, and where their first match ends
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

// found adds patterns of which a literal ends at a place.
func (p *picks) found(ids []int32, at int) {
	p.add(ids)
	for _, i := range ids {
		e := &p.ends[i]
		if e.last = at; e.first == 0 {
			e.first = at
		}
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
