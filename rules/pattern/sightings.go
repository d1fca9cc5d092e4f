package pattern

import "slices"

// event is a place where the beginning of a part ends. Events are sorted by part, and then by place.
type event uint64

func eventOf(id int32, end int) event { return event(uint64(id)<<32 | uint64(uint32(end))) }

// id is the part.
func (e event) id() int32 { return int32(e >> 32) }

// end is where its beginning ends.
func (e event) end() int { return int(uint32(e)) }

// maxEvents is how many places of a part are noted in one text. A part that has more is looked for in all of the text.
const maxEvents = 64

// sightings are the places in a text where beginnings end.
type sightings struct {
	list []event // in the order of parts, and of places
	ids  []int32 // the parts
	seen []uint8 // by part: how many are noted
	at   []int32 // by part that is seen: where they end

	found []event // in the order in which they were found
}

// reset forgets all places and makes room for parts below n.
func (s *sightings) reset(n int) {
	for _, id := range s.ids {
		s.seen[id] = 0
	}
	s.list, s.ids, s.found = s.list[:0], s.ids[:0], s.found[:0]
	if len(s.seen) < n {
		s.seen, s.at = make([]uint8, n), make([]int32, n)
	}
}

// add notes that beginnings end at a place.
func (s *sightings) add(ids []int32, end int) {
	for _, id := range ids {
		switch n := s.seen[id]; {
		case n == maxEvents:
			continue
		case n == 0:
			s.ids = append(s.ids, id)
		}
		s.seen[id]++
		s.found = append(s.found, eventOf(id, end))
	}
}

// sort puts the places in the order of parts.
func (s *sightings) sort() {
	slices.Sort(s.ids)
	n := int32(0)
	for _, id := range s.ids {
		s.at[id] = n
		n += int32(s.seen[id])
	}
	s.list = slices.Grow(s.list, int(n))[:n]
	for _, e := range s.found {
		id := e.id()
		s.list[s.at[id]] = e
		s.at[id]++
	}
}

// of gives where the places of a part are in the list.
func (s *sightings) of(id int32) (from, to int) {
	if int(id) >= len(s.seen) {
		return 0, 0
	}
	return int(s.at[id]) - int(s.seen[id]), int(s.at[id])
}
