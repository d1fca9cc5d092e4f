package pattern

// literals find, in one pass over a text, the parts of which all is there that they can't match without: one literal of their
// first set, and one of a second set, if they have it.
type literals struct {
	machine *automaton
	parts   [][]int32 // by literal: the parts that have it in their first set
	also    [][]int32 // by part: the literals of its second set; nil: it has none
}

// needs gives what some of the parts can't match without, and those parts that have no literals. l is nil if none has any.
func needs(parts []part, of func(id int32) bool) (always []int32, l *literals) {
	l = &literals{also: make([][]int32, len(parts))}
	var texts []string
	ids := map[string]int32{}
	idOf := func(s string) int32 {
		id, ok := ids[s]
		if !ok {
			id = int32(len(texts))
			ids[s], texts, l.parts = id, append(texts, s), append(l.parts, nil)
		}
		return id
	}
	for i := range parts {
		id, b := int32(i), parts[i].branch
		switch {
		case !of(id) || b.begins != nil:
			continue
		case len(b.literals) == 0:
			always = append(always, id)
			continue
		}
		for _, s := range b.literals {
			at := idOf(s)
			l.parts[at] = append(l.parts[at], id)
		}
		for _, s := range b.also {
			l.also[i] = append(l.also[i], idOf(s))
		}
	}
	if len(texts) == 0 {
		return always, nil
	}
	numbers := make([]int32, len(texts))
	for i := range numbers {
		numbers[i] = int32(i)
	}
	l.machine = newAutomaton(texts, numbers)
	return always, l
}

// scan adds to picks every part that may match in text.
func (l *literals) scan(text []byte, picks *picks) {
	h := &picks.hits
	h.reset(len(l.parts))
	l.machine.scan(text, h)
	for _, lit := range h.list {
		for _, id := range l.parts[lit] {
			if l.mayBe(id, h) {
				picks.found(id, h.ends[lit])
			}
		}
	}
}

// mayBe tells whether a literal of a part's second set is there.
func (l *literals) mayBe(id int32, h *hits) bool {
	for _, lit := range l.also[id] {
		if h.ends[lit].first > 0 {
			return true
		}
	}
	return l.also[id] == nil
}

// hits are the literals that a text has.
type hits struct {
	list []int32
	ends []ends // by literal
}

// reset forgets all and makes room for literals below n.
func (h *hits) reset(n int) {
	for _, i := range h.list {
		h.ends[i] = ends{}
	}
	if h.list = h.list[:0]; len(h.ends) < n {
		h.ends = make([]ends, n)
	}
}

// add notes literals that end at a place, which is not 0.
func (h *hits) add(ids []int32, at int) {
	for _, i := range ids {
		e := &h.ends[i]
		if e.last = at; e.first == 0 {
			e.first = at
			h.list = append(h.list, i)
		}
	}
}
