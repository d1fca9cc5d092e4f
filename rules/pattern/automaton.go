package pattern

// automaton is an Aho-Corasick machine over lower-cased ASCII: one step a byte, whatever the number of literals. To it, a
// run of white space is one blank.
// States near the beginning of literals, where texts mostly are, have a row with one column for each class of bytes. The many
// ones deep in a literal know the byte that goes on, and the shorter beginning that is left where another one comes.
// States are numbered so that their number tells their kind: those with a row, the deep ones, the deep ones in which a literal
// ends, and those with a row in which one does.
type automaton struct {
	class   [256]uint8 // column of a byte; 0: in no literal
	classes uint32
	stride  uint32    // entries of a row
	start   uint32    // the state of an empty text
	from    uint32    // the first deep state
	ends    uint32    // the first state in which a literal ends
	to      uint32    // the first state behind the deep ones
	outs    [][]int32 // by state from ends on: the patterns of which a literal ends there

	narrow *steps[uint16] // where states go, if their numbers are small
	wide   *steps[uint32] // otherwise
}

// steps tell where states go. What a scan costs is memory that is not in the processor's cache; so numbers are as narrow as they can
// be, and the columns of common letters stand together.
type steps[S uint16 | uint32] struct {
	rows []S           // of the states that have one
	deep []deepNode[S] // by state from the first deep one on
}

// deepNode is a state without a row.
type deepNode[S uint16 | uint32] struct {
	class [2]uint8 // of the bytes that go on; 0: there is none
	to    [2]S     // where they lead
	fail  S        // the state that takes all other bytes
}

// withRow is how many bytes of a literal have rows.
const withRow = 3

// common are the bytes that most of a text is made of. With the column of all that is in no literal their entries fill one line of the
// processor's cache.
const common = " etaoinsrhldcumfpgwybvkjxqz.,-'"

// line is how many entries of a row are in one line of the cache.
const line = 32

// newAutomaton builds the machine for literals[i] of pattern ids[i]. nil if there are none.
func newAutomaton(literals []string, ids []int32) *automaton {
	if len(literals) == 0 {
		return nil
	}
	a := &automaton{}
	a.classify(literals)
	t := &trie{blank: a.class[' '], nodes: make([]trieNode, 1)}
	for i, s := range literals {
		t.add(a, s, ids[i])
	}
	a.flatten(t, t.link())
	return a
}

func (a *automaton) classify(literals []string) {
	var in [256]bool
	for _, s := range literals {
		for i := range len(s) {
			in[s[i]] = true
		}
	}
	n := uint8(0)
	give := func(c byte) {
		if in[c] && a.class[c] == 0 && n < 255 {
			n++
			a.class[c] = n
		}
	}
	for i := range len(common) {
		give(common[i])
	}
	for c := range 256 {
		give(byte(c))
	}
	for c := byte('a'); c <= 'z'; c++ {
		a.class[c^0x20] = a.class[c]
	}
	for c := byte('\t'); c <= '\r'; c++ {
		a.class[c] = a.class[' ']
	}
	a.classes = uint32(n) + 1
	a.stride = (a.classes + line - 1) / line * line
}

// scan notes every literal that is in text.
func (a *automaton) scan(text []byte, found *hits) {
	if a.narrow != nil {
		scan(a, a.narrow, text, found)
		return
	}
	scan(a, a.wide, text, found)
}

func scan[S uint16 | uint32](a *automaton, next *steps[S], text []byte, found *hits) {
	state, from, to, ends, stride := a.start, a.from, a.to, a.ends, a.stride
	rows, deep := next.rows, next.deep
	for i, c := range text {
		class := a.class[c]
		for state >= from {
			if state >= to {
				state -= to - from // to its row
				break
			}
			n := &deep[state-from]
			if class == n.class[0] {
				state = uint32(n.to[0])
				goto arrived
			}
			if class == n.class[1] {
				state = uint32(n.to[1])
				goto arrived
			}
			state = uint32(n.fail)
		}
		state = uint32(rows[state*stride+uint32(class)])
	arrived:
		if state >= ends {
			found.add(a.outs[state-ends], i+1)
		}
	}
}
