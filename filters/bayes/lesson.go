package bayes

import (
	"crypto/sha256"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/scoring/bayes"
)

// Lesson is a message as it is learned.
type Lesson struct {
	ID     ID
	Class  filters.Class
	Vector bayes.Vector
	Author string // the address in From, so that `weir forget` finds what the journal has of it; "": none
}

// Study makes a lesson of a message. It does all that takes time, and may be called from many goroutines.
func Study(m *message.Message, c filters.Class) (l Lesson) {
	l.ID, l.Class = Identify(m), c
	if from := m.From(); len(from) > 0 {
		l.Author = from[0].String()
	}
	Tokens(m, func(tokens []bayes.Token) { l.Vector = bayes.Pack(tokens) })
	return l
}

// name is that of the message's mark.
func (l *Lesson) name() filters.Name { return filters.Name{What: string(l.ID[:])} }

// mark is what the table notes of a message that is learned: its class, and a digest of the features that were
// counted. A copy of a message that came another way has other features.
func mark(c filters.Class, v bayes.Vector) string {
	if c == filters.Unlearned {
		return ""
	}
	sum := sha256.Sum256([]byte(v))
	return string(append([]byte{letterOf(c)}, sum[:8]...))
}

// classOfMark reads the class out of a mark.
func classOfMark(m string) filters.Class {
	if m == "" {
		return filters.Unlearned
	}
	return ofLetter(m[0])
}

// step is a change of what is learned of one message: from an old state to a new one.
type step struct {
	id       ID
	old, now filters.Class
	oldHas   bayes.Vector // the features that were counted, if old is a class
	nowHas   bayes.Vector // and those to be counted
	from     string       // the mark before
	author   string       // whose mail it is; "": not known any more
}

// size bounds the number of cells that a step changes.
func (s *step) size() int {
	n := 0
	if s.old != filters.Unlearned {
		n += most(s.oldHas)
	}
	if s.now != filters.Unlearned {
		n += most(s.nowHas)
	}
	return n
}

// most bounds the number of cells that a message counts in: each takes more than a byte of its vector.
func most(v bayes.Vector) int { return len(v) + 1 }

// add puts a step into a learning.
func (s *step) add(l *filters.Learning, b *book, who string, auto bool) {
	l.Marks = append(l.Marks, filters.Mark{Name: filters.Name{What: string(s.id[:])}, From: s.from, To: mark(s.now, s.nowHas)})
	l.Deltas = b.count(l.Deltas, s.oldHas, s.old, -1)
	l.Deltas = b.count(l.Deltas, s.nowHas, s.now, 1)
	note := func(e Entry) {
		e.ID, e.Who, e.Auto, e.Tick = s.id, who, auto, uint64(time.Now().UnixNano())+uint64(len(l.Notes))
		l.Notes = append(l.Notes, filters.Note{About: filters.Name{Who: s.author, With: person(who)}, Data: e.bytes()})
	}
	if s.old != filters.Unlearned && s.now != filters.Unlearned && s.oldHas != s.nowHas {
		note(Entry{Before: s.old, Vector: s.oldHas})
		note(Entry{Now: s.now, Vector: s.nowHas})
		return
	}
	e := Entry{Now: s.now, Before: s.old, Vector: s.nowHas}
	if s.now == filters.Unlearned {
		e.Vector = s.oldHas
	}
	note(e)
}

// person gives the address of who taught, if there is one in the name, as in "Joe <joe@example.org> (undo)"; else he is
// nobody that `weir forget` could be asked for.
func person(who string) string {
	for word := range strings.FieldsSeq(who) {
		if word = strings.Trim(word, `<>()[]",;`); strings.Contains(word, "@") {
			return word
		}
	}
	return ""
}

// count adds a message's features to the changes of a table, or takes them away.
func (b *book) count(list []filters.Delta, v bayes.Vector, c filters.Class, sign int32) []filters.Delta {
	if c == filters.Unlearned {
		return list
	}
	for _, d := range b.changes(nil, v.Append(nil), c == filters.Spam, sign) {
		list = append(list, filters.Delta{Index: d.Cell, Add: d.Add})
	}
	return list
}

// journal gives the number of the journal that a step is noted in.
func (s *step) journal() int {
	if s.now != filters.Unlearned {
		return class(s.now == filters.Spam)
	}
	return class(s.old == filters.Spam)
}
