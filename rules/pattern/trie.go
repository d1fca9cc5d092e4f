package pattern

// trie is an automaton while it is built.
type trie struct {
	nodes []trieNode // the first one is the root
	blank uint8      // class of white space; 0: in no literal
}

// trieNode is what literals that begin alike have in common.
type trieNode struct {
	class      uint8  // of its last byte
	depth      uint8  // bytes up to here, as far as that counts
	kid, next  uint32 // the first one that goes on, and the next one that goes on from where this one does; 0: none
	fail       uint32 // the longest other node that its end is
	outs       []int32
	afterBlank bool
}

// add puts in a literal of a pattern.
func (t *trie) add(a *automaton, s string, id int32) {
	at := uint32(0)
	for i := range len(s) {
		at = t.grown(at, a.class[s[i]])
	}
	t.nodes[at].outs = append(t.nodes[at].outs, id)
}

// grown gives the node that goes on with a class; it is made where there is none.
func (t *trie) grown(at uint32, class uint8) uint32 {
	kid := t.kid(at, class)
	if kid == 0 {
		kid = uint32(len(t.nodes))
		depth := min(t.nodes[at].depth+1, withRow+1)
		after := class == t.blank && class != 0
		t.nodes = append(t.nodes, trieNode{class: class, depth: depth, next: t.nodes[at].kid, afterBlank: after})
		t.nodes[at].kid = kid
	}
	return kid
}

func (t *trie) kid(at uint32, class uint8) uint32 {
	kid := t.nodes[at].kid
	for kid != 0 && t.nodes[kid].class != class {
		kid = t.nodes[kid].next
	}
	return kid
}

// link finds where each node falls back to, breadth first: a node's fallback is complete before the node is. It gives the
// nodes in that order.
func (t *trie) link() (order []uint32) {
	order = append(make([]uint32, 0, len(t.nodes)), 0)
	for head := 0; head < len(order); head++ {
		at := order[head]
		for kid := t.nodes[at].kid; kid != 0; kid = t.nodes[kid].next {
			if n := &t.nodes[kid]; at != 0 {
				n.fail = t.leads(t.nodes[at].fail, n.class)
				n.outs = append(n.outs, t.nodes[n.fail].outs...)
			}
			order = append(order, kid)
		}
	}
	return order
}

// leads gives the node that a class of bytes leads to. No literal has two blanks in a row: the second changes nothing.
func (t *trie) leads(at uint32, class uint8) uint32 {
	for {
		if class == t.blank && t.nodes[at].afterBlank {
			return at
		}
		if kid := t.kid(at, class); kid != 0 || at == 0 {
			return kid
		}
		at = t.nodes[at].fail
	}
}

// edges are the bytes that lead on from a node; ok is false if they are more than fit into a deep one.
func (t *trie) edges(at uint32) (class [2]uint8, to [2]uint32, ok bool) {
	n := 0
	if t.nodes[at].afterBlank {
		class[0], to[0], n = t.blank, at, 1
	}
	for kid := t.nodes[at].kid; kid != 0; kid = t.nodes[kid].next {
		if n == len(class) {
			return class, to, false
		}
		class[n], to[n] = t.nodes[kid].class, kid
		n++
	}
	return class, to, true
}

// kindOf tells where among the states a node is.
func (t *trie) kindOf(at uint32) int {
	ends := len(t.nodes[at].outs) > 0
	_, _, few := t.edges(at)
	switch deep := few && t.nodes[at].depth > withRow; {
	case deep && ends:
		return 2
	case deep:
		return 1
	case ends:
		return 3
	}
	return 0
}

// flatten numbers the states, and writes them.
func (a *automaton) flatten(t *trie, order []uint32) {
	var first [5]uint32 // of each kind
	for _, at := range order {
		first[t.kindOf(at)+1]++
	}
	for kind := range 4 {
		first[kind+1] += first[kind]
	}
	a.from, a.ends, a.to = first[1], first[2], first[3]
	number, states := make([]uint32, len(order)), make([]uint32, len(order))
	next := first
	for _, at := range order {
		kind := t.kindOf(at)
		number[at], states[next[kind]] = next[kind], at
		next[kind]++
	}
	a.start = number[0]
	a.outs = make([][]int32, 0, first[4]-a.ends)
	for _, at := range states[a.ends:] {
		a.outs = append(a.outs, t.nodes[at].outs)
	}
	a.write(t, number, states)
}

// write writes the rows and the deep states.
func (a *automaton) write(t *trie, number, states []uint32) {
	if len(states) <= 1<<16 {
		a.narrow = stepsOf[uint16](a, t, number, states)
		return
	}
	a.wide = stepsOf[uint32](a, t, number, states)
}

func stepsOf[S uint16 | uint32](a *automaton, t *trie, number, states []uint32) *steps[S] {
	deep := int(a.to - a.from)
	out := &steps[S]{rows: make([]S, (len(states)-deep)*int(a.stride)), deep: make([]deepNode[S], 0, deep)}
	row := out.rows
	for state, at := range states {
		if uint32(state) >= a.from && uint32(state) < a.to {
			class, to, _ := t.edges(at)
			out.deep = append(out.deep, deepNode[S]{class, [2]S{S(number[to[0]]), S(number[to[1]])}, S(number[t.nodes[at].fail])})
			continue
		}
		for class := range a.classes {
			row[class] = S(number[t.leads(at, uint8(class))])
		}
		row = row[a.stride:]
	}
	return out
}
