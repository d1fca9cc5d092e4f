// Package vocabulary has functions of Weir's own that count kinds of words in the parts of a mail.
//
// Fraud of one kind is told in few words: a parcel, a fee, a link, soon. Each of them may be any of a dozen, in twenty languages.
// A pattern for all of that is slow and still misses the next wording; a list of words is looked up in one pass over the text,
// whatever its length, and says how many kinds are there. What they mean is for a rule to say, together with other signs.
//
//	vocabulary PARCEL parcel*|package|paket* fee*|gebuhr* gift_card*
//	body __PARCEL_WORDS eval:vocabulary('PARCEL')
//	meta PARCEL_FEE (__PARCEL_WORDS >= 2 && …)
package vocabulary

import (
	"errors"
	"fmt"
	"strings"

	"weir/rules/eval"
	"weir/rules/view"
)

// Room is the family of functions. The zero value is ready.
type Room struct {
	lists   map[string]int // the number of each list
	entries []entry
	kinds   []int // the list of each kind
	index   *index
}

// New makes a room.
func New() *Room { return &Room{} }

// Plugins implements eval.Room. No plugin of SpamAssassin's has these functions: rules guard them with ifplugin Weir.
func (r *Room) Plugins() []string { return nil }

// Bounds on what files may say.
const (
	maxKinds   = 20_000
	minEntry   = 3 // bytes of a word, with the blank behind it
	maxEntry   = 60
	maxEntries = 100_000
)

// Set implements eval.Room: vocabulary NAME kind kind …. A kind is one word, or several with | between them that count
// as one; _ stands for a blank, and * at the end for any ending. Words are written as they are folded: in small letters,
// without accents, a number as 9.
func (r *Room) Set(key, value string) (known bool, err error) {
	if key != "vocabulary" {
		return false, nil
	}
	words := strings.Fields(value)
	if len(words) < 2 {
		return true, errors.New("write it so: vocabulary NAME word other|word two_words begin*")
	}
	list := r.list(words[0])
	for _, kind := range words[1:] {
		if err := r.kind(list, kind); err != nil {
			return true, err
		}
	}
	r.index = nil
	return true, nil
}

func (r *Room) list(name string) int {
	n, there := r.lists[name]
	if !there {
		if r.lists == nil {
			r.lists = map[string]int{}
		}
		n = len(r.lists)
		r.lists[name] = n
	}
	return n
}

// kind adds one kind of words to a list.
func (r *Room) kind(list int, kind string) error {
	if len(r.kinds) >= maxKinds || len(r.entries) >= maxEntries {
		return fmt.Errorf("%d kinds and %d words at most, in all lists together", maxKinds, maxEntries)
	}
	var entries []entry // all of them, or none
	for _, word := range strings.Split(kind, "|") {
		text, open := strings.CutSuffix(strings.ReplaceAll(word, "_", " "), "*")
		if why := wrong(text, open); why != "" {
			return fmt.Errorf("%q %s", word, why)
		}
		if !open && text[0] < 0xE3 {
			text += " "
		}
		entries = append(entries, entry{text: text, kind: len(r.kinds)})
	}
	r.entries, r.kinds = append(r.entries, entries...), append(r.kinds, list)
	return nil
}

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	if r.index == nil {
		r.index = newIndex(r.entries)
	}
	switch c.Name {
	case "vocabulary":
		return r.bindCount(c)
	case "vocabulary_covers":
		return r.bindCovers(c)
	case "disguised_words":
		return r.bindDisguised(c)
	}
	return nil, eval.ErrUnknown
}

// bindCount binds vocabulary('NAME', 'place'): how many kinds of a list are in a place; the text if none is named.
func (r *Room) bindCount(c eval.Call) (eval.Check, error) {
	list, where, err := r.arguments(c)
	if err != nil {
		return nil, err
	}
	return func(m *view.Mail) int { return r.scan(m, where).counts[list] }, nil
}

// bindCovers binds vocabulary_covers('NAME', 'place'): every word of a place is of the list, and there is one.
func (r *Room) bindCovers(c eval.Call) (eval.Check, error) {
	list, where, err := r.arguments(c)
	if err != nil {
		return nil, err
	}
	if where == inText {
		return nil, errors.New("vocabulary_covers needs a place: subject, name, author, hosts")
	}
	return func(m *view.Mail) int { return r.covers(m, where, list) }, nil
}

// bindDisguised binds disguised_words(): how many words of the text have look-alike letters or hidden characters in them.
func (r *Room) bindDisguised(c eval.Call) (eval.Check, error) {
	if len(c.Args) > 0 {
		return nil, errors.New("disguised_words takes no arguments")
	}
	return func(m *view.Mail) int { return r.scan(m, inText).disguised }, nil
}

func (r *Room) arguments(c eval.Call) (list int, where place, err error) {
	if len(c.Args) < 1 || len(c.Args) > 2 {
		return 0, 0, fmt.Errorf("write it so: %s('NAME') or %s('NAME', 'subject')", c.Name, c.Name)
	}
	list, there := r.lists[c.Args[0]]
	if !there {
		return 0, 0, fmt.Errorf("no line says: vocabulary %s …", c.Args[0])
	}
	if len(c.Args) == 2 {
		if where, there = places[c.Args[1]]; !there {
			return 0, 0, fmt.Errorf("%q is no place: text, subject, name, author, hosts", c.Args[1])
		}
	}
	return list, where, nil
}
