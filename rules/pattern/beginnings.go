package pattern

import (
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
)

// beginnings finds the beginnings of many parts in one pass: a DFA of all of them together, whose states are made while
// texts are read, as those of a machine are. A state holds only what has begun: what may begin anew is the same everywhere,
// and is worked out once for each class of bytes.
type beginnings struct {
	code   code // of all beginnings, one behind the other
	starts []uint32
	ids    map[uint32]int32 // the part of a matching instruction
	classes

	now atomic.Pointer[beginTable]

	mu    sync.Mutex
	fresh [places][][]uint32 // by what is before and class: where new beginnings lead
	from  []uint32           // the state that is looked at
	key   []byte
	walk[uint32]
}

// beginTable has the rows of the states that exist. It is replaced by a longer one when it is full.
type beginTable struct {
	next   []uint32  // row | found; 0: not worked out yet
	hits   [][]int32 // by state: the parts that begin up to here
	states []string  // by key; written by the maker only
	first  [places]uint32
	rows   map[string]uint32
}

// beginAt is a state: instructions that follow the last byte, and what of that byte matters.
type beginAt struct {
	set    []uint32
	before look
}

// Bounds of a group's beginnings.
const (
	maxBeginInsts  = 500_000
	maxBeginStates = 14 << 20 // bytes of the states
)

// found marks a transition into a state where something ends.
const found = 1 << 31

// newBeginnings makes the pass for the beginnings of parts. What does not fit is left out; taken tells what is in.
func newBeginnings(trees map[int32]*syntax.Regexp) (b *beginnings, taken map[int32]bool) {
	b = &beginnings{ids: map[uint32]int32{}}
	c := coder{known: map[bits]uint32{}}
	taken = map[int32]bool{}
	var order []int32
	for id := range trees {
		order = append(order, id)
	}
	slices.Sort(order)
	for _, id := range order {
		prog, err := syntax.Compile(trees[id].Simplify())
		if err == nil && len(c.insts)+len(prog.Inst) <= maxBeginInsts {
			b.add(&c, prog, id)
			taken[id] = true
		}
	}
	if len(taken) == 0 {
		return nil, nil
	}
	b.code = c.code
	b.code.insts = slices.Clone(b.code.insts) // without room to grow
	b.classify(&b.code)
	for i := range b.fresh {
		b.fresh[i] = make([][]uint32, b.width)
	}
	b.marks = make([]uint32, len(b.code.insts))
	b.renew()
	return b, taken
}

// add puts a program behind the others.
func (b *beginnings) add(c *coder, prog *syntax.Prog, id int32) {
	base := c.add(prog)
	for i := range prog.Inst {
		if prog.Inst[i].Op == syntax.InstMatch {
			b.ids[base+uint32(i)] = id
		}
	}
	b.starts = append(b.starts, base+uint32(prog.Start))
}

// renew begins with no states but those at the start of texts.
func (b *beginnings) renew() *beginTable {
	t := &beginTable{next: make([]uint32, 64*b.width), hits: make([][]int32, 64), rows: map[string]uint32{}}
	t.states = append(t.states, "") // row 0 is none
	for place, before := range atPlace {
		t, t.first[place] = b.row(t, nil, before&b.looks)
	}
	b.now.Store(t)
	return t
}

// scan finds the places where beginnings end, in the order of parts.
func (b *beginnings) scan(text []byte, to *sightings) {
	t := b.now.Load()
	s := t.first[placeOf(text, 0)]
	for i := 0; i < len(text); i++ {
		v := atomic.LoadUint32(&t.next[s+uint32(b.class[text[i]])])
		if v == 0 {
			t, v = b.work(t, s, uint32(b.class[text[i]]))
		}
		if s = v &^ found; v&found != 0 {
			to.add(t.hits[s/b.width], i+1)
		}
	}
	to.sort()
}

// work fills in where state s goes by a class.
func (b *beginnings) work(t *beginTable, s, class uint32) (*beginTable, uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	from := b.state(t.states[s/b.width])
	now := b.now.Load()
	if !sameStates(now, t) {
		now, s = b.row(now, from.set, from.before)
	}
	if v := now.next[s+class]; v != 0 {
		return now, v
	}
	if len(now.states)*4*int(b.width) > maxBeginStates {
		now = b.renew()
		now, s = b.row(now, from.set, from.before)
	}
	c := b.bytes[class]
	now, v := b.row(now, b.step(from, class, c), b.after(c))
	if len(now.hits[v/b.width]) > 0 {
		v |= found
	}
	atomic.StoreUint32(&now.next[s+class], v)
	return now, v
}

// sameStates tells whether the rows of one table are in the other one at the same place.
func sameStates(a, b *beginTable) bool { return a == b || &a.states[0] == &b.states[0] }

// step gives where a state leads by a byte.
func (b *beginnings) step(from beginAt, class uint32, c byte) []uint32 {
	b.begin()
	var out []uint32
	for _, pc := range from.set {
		out = b.visit(out, pc, from.before, rune(c))
	}
	kind := slices.Index(atPlace[:], from.before)
	if b.fresh[kind][class] == nil {
		b.begin()
		list := make([]uint32, 0, 8)
		for _, pc := range b.starts {
			list = b.visit(list, pc, from.before, rune(c))
		}
		b.fresh[kind][class] = list
	}
	out = append(out, b.fresh[kind][class]...)
	slices.Sort(out)
	return slices.Compact(out)
}

// visit adds where the byte c leads from an instruction.
func (b *beginnings) visit(out []uint32, pc uint32, before look, c rune) []uint32 {
	b.follow(&b.code, pc, syntax.EmptyOpContext(before.rune(), c), func(in *inst, _ uint32) bool {
		if in.op != syntax.InstMatch && b.code.takes(in, c) {
			out = append(out, in.out)
		}
		return false
	})
	return out
}

// row finds or makes the row of a state.
func (b *beginnings) row(t *beginTable, set []uint32, before look) (*beginTable, uint32) {
	b.key = append(b.key[:0], byte(before))
	for _, pc := range set {
		b.key = append(b.key, byte(pc), byte(pc>>8), byte(pc>>16))
	}
	if row, ok := t.rows[string(b.key)]; ok {
		return t, row
	}
	n := len(t.states)
	if n >= len(t.hits) {
		longer := *t
		room := n + n/4 + 16
		longer.next = make([]uint32, room*int(b.width))
		longer.hits = make([][]int32, room)
		copy(longer.next, t.next)
		copy(longer.hits, t.hits)
		t = &longer
		b.now.Store(t)
	}
	key := string(b.key)
	t.states = append(t.states, key)
	t.hits[n] = b.ended(set)
	row := uint32(n) * b.width
	t.rows[key] = row
	return t, row
}

// state gives the state of a key. It is valid until the next call.
func (b *beginnings) state(key string) beginAt {
	b.from = b.from[:0]
	for i := 1; i < len(key); i += 3 {
		b.from = append(b.from, uint32(key[i])|uint32(key[i+1])<<8|uint32(key[i+2])<<16)
	}
	return beginAt{b.from, look(key[0])}
}

// ended lists the parts of which the beginning ends in a state. Assertions at the end hold: it is not known what follows.
func (b *beginnings) ended(set []uint32) (ids []int32) {
	b.begin()
	for _, pc := range set {
		b.follow(&b.code, pc, everything, func(in *inst, pc uint32) bool {
			if in.op == syntax.InstMatch {
				ids = append(ids, b.ids[pc])
			}
			return false
		})
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
