package bayes

import (
	"cmp"
	"context"
	"math"
	"slices"

	"weir/filters"
	"weir/scoring/bayes"
)

// sample is what the journals say is learned now: of each class the messages learned last. Which they are depends on
// the store alone and not on how long this gateway has been following it: all gateways come to the same. Only one
// goroutine works on it at a time.
type sample struct {
	version filters.Version // the table's, when it was read
	lines   [2][]line       // of each journal, oldest first
}

// line is an entry of a journal.
type line struct {
	at    filters.Position
	tick  uint64
	id    ID
	class filters.Class
	slots bayes.Vector
	size  int  // of the slots, in bytes
	bare  bool // the slots were let go: newer messages are enough
}

// readAtOnce is how many notes of a journal are read at once.
const readAtOnce = 250

// update reads what is new in the journals since the last time, and gives the messages of the sample. Where the store
// has lost something, or the table began anew, all is read again; and where so much was taken back that messages
// count again which were let go.
func (s *sample) update(ctx context.Context, store filters.Store, b *book, v filters.Version) ([]bayes.Sample, error) {
	if v.Epoch != s.version.Epoch || v.Seq < s.version.Seq {
		*s = sample{}
	}
	if v == (filters.Version{}) {
		return nil, nil
	}
	if err := s.readAll(ctx, store, b); err != nil {
		return nil, err
	}
	chosen, whole := s.choose()
	if !whole {
		*s = sample{}
		if err := s.readAll(ctx, store, b); err != nil {
			return nil, err
		}
		chosen, _ = s.choose()
	}
	s.version = v
	return samples(chosen), nil
}

func (s *sample) readAll(ctx context.Context, store filters.Store, b *book) error {
	for c := range b.journals {
		if err := s.read(ctx, store, b, c); err != nil {
			return err
		}
	}
	return nil
}

// read reads a journal on from the last line that is known, that line included: if it is not there any more, a
// failover has lost it, and others with it.
func (s *sample) read(ctx context.Context, store filters.Store, book *book, c int) error {
	after, check := filters.Position{}, len(s.lines[c]) > 0
	if check {
		after = before(s.lines[c][len(s.lines[c])-1].at)
	}
	for {
		var b filters.Batch
		r := b.Read(&book.journals[c], after, readAtOnce)
		if err := store.Do(ctx, &b); err != nil {
			return err
		}
		notes := r.Notes
		if check {
			if len(notes) == 0 || notes[0].At != s.lines[c][len(s.lines[c])-1].at {
				s.lines[c] = nil
				return s.read(ctx, store, book, c)
			}
			notes, check = notes[1:], false
		}
		s.add(c, notes, book.journals[c].Max)
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
func (s *sample) add(c int, notes []filters.Note, most int) {
	for i := range notes {
		e, err := parseEntry(notes[i].Data)
		if err != nil { // of another version of Weir: it takes its place, and tells nothing
			e = Entry{}
		}
		l := line{at: notes[i].At, tick: e.Tick, id: e.ID, class: e.Now, slots: e.Vector, size: len(e.Vector)}
		if l.class == filters.Unlearned {
			l.slots = ""
		}
		s.lines[c] = append(s.lines[c], l)
	}
	if over := len(s.lines[c]) - most; over > 0 {
		s.lines[c] = slices.Clone(s.lines[c][over:])
	}
}

// later tells whether a line was written after another. The journals number the lines of one moment each for itself.
func (l *line) later(o *line) bool { return written(l.at, l.tick, o.at, o.tick) > 0 }

// written compares two lines by when they were written.
func written(at filters.Position, tick uint64, other filters.Position, otherTick uint64) int {
	return cmp.Or(cmp.Compare(at.Time, other.Time), cmp.Compare(tick, otherTick), cmp.Compare(at.Number, other.Number))
}

// choose gives of each class the messages learned last that are learned still, each as the last line about it says.
// It lets go of the slots of all others. whole is false where one would count whose slots were let go before.
func (s *sample) choose() (chosen []*line, whole bool) {
	last := s.last()
	whole = true
	for c := range s.lines {
		n, room := 0, sampleBytes
		for i := len(s.lines[c]) - 1; i >= 0; i-- {
			l := &s.lines[c][i]
			if l.class == filters.Unlearned || last[l.id] != l {
				l.slots, l.bare = "", true
				continue
			}
			if room -= l.size; n == remembered || room < 0 {
				l.slots, l.bare, room = "", true, -1
				continue
			}
			n, chosen, whole = n+1, append(chosen, l), whole && !l.bare
		}
	}
	return chosen, whole
}

// last finds the last line about each message.
func (s *sample) last() map[ID]*line {
	last := make(map[ID]*line, len(s.lines[0])+len(s.lines[1]))
	for c := range s.lines {
		for i := range s.lines[c] {
			l := &s.lines[c][i]
			if old := last[l.id]; old == nil || l.later(old) {
				last[l.id] = l
			}
		}
	}
	return last
}

func samples(chosen []*line) []bayes.Sample {
	out := make([]bayes.Sample, len(chosen))
	for i, l := range chosen {
		out[i] = bayes.Sample{ID: l.id.number(), Spam: l.class == filters.Spam, Slots: l.slots}
	}
	return out
}
