package bayes

import (
	"context"
	"math"
	"slices"

	"weir/filters"
	"weir/scoring/bayes"
)

// sample is the newest entries of the journals. Which they are depends on the store alone and not on how long this
// gateway has been following it: all gateways come to the same. Only one goroutine works on it at a time.
type sample struct {
	version filters.Version // the table's, when it was read
	lines   [2][]line       // of each journal, oldest first
}

// line is an entry of a journal.
type line struct {
	at    filters.Position
	id    ID
	class filters.Class
	slots bayes.Vector
}

// readAtOnce is how many notes of a journal are read at once.
const readAtOnce = 250

// update reads what is new in the journals since the last time. Where the store has lost something, or the table began
// anew, all is read again.
func (s *sample) update(ctx context.Context, store filters.Store, v filters.Version) error {
	if v.Epoch != s.version.Epoch || v.Seq < s.version.Seq {
		*s = sample{}
	}
	if v == (filters.Version{}) {
		return nil
	}
	for c := range journals {
		if err := s.read(ctx, store, c); err != nil {
			return err
		}
	}
	s.version = v
	return nil
}

// read reads a journal on from the last line that is known, that line included: if it is not there any more, a
// failover has lost it, and others with it.
func (s *sample) read(ctx context.Context, store filters.Store, c int) error {
	after, check := filters.Position{}, len(s.lines[c]) > 0
	if check {
		after = before(s.lines[c][len(s.lines[c])-1].at)
	}
	for {
		var b filters.Batch
		r := b.Read(&journals[c], after, readAtOnce)
		if err := store.Do(ctx, &b); err != nil {
			return err
		}
		notes := r.Notes
		if check {
			if len(notes) == 0 || notes[0].At != s.lines[c][len(s.lines[c])-1].at {
				s.lines[c] = nil
				return s.read(ctx, store, c)
			}
			notes, check = notes[1:], false
		}
		s.add(c, notes)
		if len(r.Notes) < readAtOnce {
			return nil
		}
		after = r.Notes[len(r.Notes)-1].At
	}
}

// before gives the position right before another.
func before(p filters.Position) filters.Position {
	if p.Number > 0 {
		return filters.Position{Time: p.Time, Number: p.Number - 1}
	}
	return filters.Position{Time: p.Time - 1, Number: math.MaxUint64}
}

// add takes in notes and lets the oldest go.
func (s *sample) add(c int, notes []filters.Note) {
	for i := range notes {
		e, err := parseEntry(notes[i].Data)
		if err != nil { // of another version of Weir: it takes its place, and tells nothing
			e = Entry{}
		}
		s.lines[c] = append(s.lines[c], line{notes[i].At, e.ID, e.Now, e.Vector})
	}
	if over := len(s.lines[c]) - remembered; over > 0 {
		s.lines[c] = slices.Clone(s.lines[c][over:])
	}
}

// list gives the messages that are learned, each as the last line about it says.
func (s *sample) list() []bayes.Sample {
	last := make(map[ID]*line, len(s.lines[0])+len(s.lines[1]))
	for c := range s.lines {
		for i := range s.lines[c] {
			l := &s.lines[c][i]
			if old := last[l.id]; old == nil || old.at.Less(l.at) {
				last[l.id] = l
			}
		}
	}
	out := make([]bayes.Sample, 0, len(last))
	for id, l := range last {
		if l.class != filters.Unlearned {
			out = append(out, bayes.Sample{ID: id.number(), Spam: l.class == filters.Spam, Slots: l.slots})
		}
	}
	return out
}
