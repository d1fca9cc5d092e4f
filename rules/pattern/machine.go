package pattern

import (
	"regexp/syntax"
	"sync"
	"sync/atomic"
)

// machine runs a program one step a byte: a DFA whose states are made while texts are read, so that only those exist
// that mail leads to. It tells whether the program matches, not where. All goroutines share its states.
//
// A state is what may come next: the set of instructions that wait for a byte, and as much of the byte before as \b and
// ^ must know. A step looks at one byte and at the state alone; what it leads to is noted in a table, and never worked
// out again. A pattern may have far more states than there is memory for: then those that exist are thrown away. Where
// that happens too often, or a text needs many new ones, the machine gives up, and regexp runs the program.
type machine struct {
	code  code
	fixed bool // it can match at the start of a text only
	room  *room
	classes

	rounds int      // how often the program must match, one match behind the other; 0: once
	then   *machine // that must match too; nil: there is none

	now atomic.Pointer[table]
	off atomic.Bool

	mu   sync.Mutex // for all below, and for what is written into tables
	sets *workspace // while states are made
	lost int        // generations that were thrown away without having been of use
}

// Bounds of machines.
const (
	maxMachine = 10_000    // instructions of a program that gets one
	maxStates  = 512 << 10 // bytes of the states of one machine
	maxRoom    = 6 << 20   // bytes of the states of a group's machines
	worthwhile = 50        // bytes of text that a state must have served, or it was not worth making
	maxLost    = 1         // generations that were not, until a machine is switched off
)

// room is the memory that the machines of a group use together, and may use, in bytes.
type room struct {
	used atomic.Int64
	most int64
}

// The entries of a table that are no row.
const (
	unknown = iota // not worked out yet
	matched        // the program matches, whatever comes
	dead           // it can't match any more
	specials
)

// table holds the rows of the states of one generation. It is replaced by a longer one when it is full; rows keep their
// place. Entries are written once, under machine.mu, and read by all.
type table struct {
	next  []uint32
	first [places]uint32 // row of the state in which a run begins, or matched
	*generation
}

// generation is what is thrown away together.
type generation struct {
	states []string          // by key; the row of states[i] begins at (i+1)*width
	rows   map[string]uint32 // by key
	size   int               // bytes
	served atomic.Int64      // bytes of text
}

// newMachine makes a machine; nil if the program is too large for one.
func newMachine(prog *syntax.Prog, r *room) *machine {
	if len(prog.Inst) > maxMachine {
		return nil
	}
	cond := prog.StartCond()
	d := &machine{code: codeOf(prog), fixed: cond&syntax.EmptyBeginText != 0, room: r}
	defer d.borrow()()
	d.classify(&d.code)
	d.renew()
	return d
}

// renew begins a generation.
func (d *machine) renew() *table {
	t := &table{next: make([]uint32, 4*d.width), generation: &generation{rows: map[string]uint32{}}}
	first := t.first
	for place, before := range atPlace {
		d.sets.out = append(d.sets.out[:0], uint16(d.code.start))
		s, yes := d.sets.closed(d, before&d.looks, false)
		if first[place] = matched; !yes {
			t, first[place] = d.begin(t, s)
		}
	}
	t.first = first
	d.now.Store(t)
	return t
}

// begin gives the row of a state in which runs begin. They often are one and the same.
func (d *machine) begin(t *table, s state) (*table, uint32) {
	if row, ok := t.rows[string(d.sets.keyOf(s))]; ok {
		return t, row
	}
	return d.add(t, s)
}

// match tells whether the program matches in text. known is false where the machine gave up.
func (d *machine) match(text []byte) (yes, known bool) { return d.within(text, span{0, len(text)}) }

// within is match where it is known that a match can only be in a span of text. What is around it is looked at by \b and
// the like.
func (d *machine) within(text []byte, in span) (yes, known bool) {
	if d.off.Load() {
		return false, false
	}
	if yes, known = d.run(text, in); yes && d.then != nil {
		return d.then.within(text, in)
	}
	return yes, known
}

// run takes the machine over a span. With rounds it begins anew where it has matched. That is not later than where that match
// ends, so it finds as many as there are.
func (d *machine) run(text []byte, in span) (yes, known bool) {
	t, left := d.now.Load(), d.rounds
	t.served.Add(int64(len(text)))
	s, next, to := t.first[placeOf(text, in.from)], t.next, min(in.to+1, len(text))
	if s == matched {
		return true, true
	}
	for i, patience := in.from, 32+len(text)/16; i < to; {
		switch v := atomic.LoadUint32(&next[s+uint32(d.class[text[i]])]); {
		case v >= specials:
			s = v
			i++
			continue
		case v == matched:
			left--
			if s = t.first[placeOf(text, i)]; left <= 0 || s == matched {
				return true, true
			}
			continue
		case v == dead:
			return false, true
		}
		if patience--; patience < 0 {
			return false, false
		}
		if t, s = d.work(t, s, uint32(d.class[text[i]])); t == nil {
			return false, false
		}
		next = t.next
	}
	if to < len(text) {
		return false, true
	}
	yes, known = d.end(t, s)
	return yes && left <= 1, known
}

// end takes the step at the end of a text.
func (d *machine) end(t *table, s uint32) (yes, known bool) {
	for range 2 {
		switch atomic.LoadUint32(&t.next[s+d.width-1]) {
		case matched:
			return true, true
		case dead:
			return false, true
		}
		if t, s = d.work(t, s, d.width-1); t == nil {
			break
		}
	}
	return false, false
}

// work fills in where state s goes by a class. It gives the table to go on with, and the row of s in it; a nil table: the
// machine gives up.
func (d *machine) work(t *table, s, class uint32) (*table, uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.borrow()()
	from := d.sets.state(t.states[s/d.width-1])
	now := d.now.Load()
	if now.generation != t.generation {
		if now, s = d.row(now, from); now == nil {
			return nil, 0
		}
	}
	if now.next[s+class] != unknown {
		return now, s
	}
	then, v := d.lead(now, from, class)
	switch {
	case then == nil:
		return nil, 0
	case then.generation != now.generation: // from went with the others
		return d.row(then, from)
	}
	atomic.StoreUint32(&then.next[s+class], v)
	return then, s
}

// lead works out where a state goes by a class.
func (d *machine) lead(t *table, from state, class uint32) (*table, uint32) {
	if class == d.width-1 {
		if d.sets.step(d, from, -1) {
			return t, matched
		}
		return t, dead
	}
	c := d.bytes[class]
	if d.sets.step(d, from, rune(c)) {
		return t, matched
	}
	to, yes := d.sets.closed(d, d.after(c), !d.fixed)
	switch {
	case yes:
		return t, matched
	case len(to.set) == 0:
		return t, dead
	}
	return d.row(t, to)
}

// row finds or makes a state's row, maybe in another table; nil: the machine gives up.
func (d *machine) row(t *table, s state) (*table, uint32) {
	if row, ok := t.rows[string(d.sets.keyOf(s))]; ok {
		return t, row
	}
	if t.size > maxStates || d.room.used.Load() > d.room.most {
		if t = d.forget(t); t == nil {
			return nil, 0
		}
	}
	return d.add(t, s)
}

// add makes a state's row.
func (d *machine) add(t *table, s state) (*table, uint32) {
	key := string(d.sets.keyOf(s))
	t.states = append(t.states, key)
	row := uint32(len(t.states)) * d.width
	t.rows[key] = row
	cost := 4*int(d.width) + len(key) + 100
	t.size += cost
	d.room.used.Add(int64(cost))
	if int(row+d.width) > len(t.next) {
		longer := &table{next: make([]uint32, 5*int(row+d.width)/4), first: t.first, generation: t.generation}
		copy(longer.next, t.next)
		d.now.Store(longer)
		t = longer
	}
	return t, row
}

// forget throws all states away; nil: it has done so too often, and the machine is off.
func (d *machine) forget(t *table) *table {
	if t.served.Load() < worthwhile*int64(len(t.states)) {
		d.lost++
	}
	d.room.used.Add(int64(-t.size))
	t = d.renew()
	if d.lost > maxLost {
		d.off.Store(true)
		return nil
	}
	return t
}
