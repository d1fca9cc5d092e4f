package vocabulary

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/rules/eval/fold"
)

// entry is one word, or several with blanks between them.
type entry struct {
	text string // with a blank at the end where the word must end; scripts without blanks have no such place
	kind int
}

// wrong says what is wrong with an entry's text: it must be as texts are once they are folded.
func wrong(text string, open bool) string {
	var folded fold.Text
	folded.Fold(text, 2*maxEntry)
	switch {
	case text == "":
		return "is no word: write one|other, without blanks beside |"
	case len(text) < minEntry-1 || open && len(text) < minEntry || len(text) > maxEntry:
		return fmt.Sprintf("has %d bytes: write %d to %d, and %d before *", len(text), minEntry-1, maxEntry, minEntry)
	case len(folded.Words) == 0:
		return "has no letters or digits"
	case string(folded.Words) != text+" ":
		return "is never in folded text: write it as " + strings.ReplaceAll(strings.TrimSpace(string(folded.Words)), " ", "_")
	}
	return ""
}

// index finds the entries that a word begins, by its first three bytes.
type index struct {
	entries []entry // sorted by text
	fourth  []byte  // the fourth byte of each; 0: it has none
	slots   []slot  // a hash table, a power of two long
}

// slot says where the entries are that begin with the same three bytes.
type slot struct {
	key         uint32 // 0: the slot is empty
	first, last int32
}

func newIndex(entries []entry) *index {
	x := &index{entries: slices.Clone(entries), slots: make([]slot, 1<<bits.Len(uint(3*len(entries)+1)))}
	slices.SortStableFunc(x.entries, func(a, b entry) int { return strings.Compare(a.text, b.text) })
	for i := range x.entries {
		s := x.slot(keyOf(x.entries[i].text))
		if s.key == 0 {
			s.key, s.first = keyOf(x.entries[i].text), int32(i)
		}
		s.last = int32(i)
		x.fourth = append(x.fourth, fourthOf(x.entries[i].text))
	}
	return x
}

func keyOf(text string) uint32 { return uint32(text[0]) | uint32(text[1])<<8 | uint32(text[2])<<16 }

func fourthOf(text string) byte {
	if len(text) < 4 {
		return 0
	}
	return text[3]
}

// slot is where a key is, or would be.
func (x *index) slot(key uint32) *slot {
	for i := key * 0x9E3779B1 >> 7; ; i++ {
		if s := &x.slots[int(i)&(len(x.slots)-1)]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// at calls found with each entry that a text begins with.
func (x *index) at(text string, found func(*entry)) {
	if len(text) < minEntry {
		return
	}
	s := x.slot(keyOf(text))
	if s.key == 0 {
		return
	}
	c := fourthOf(text)
	for i := s.first; i <= s.last && x.fourth[i] <= c; i++ {
		if e := &x.entries[i]; (x.fourth[i] == c || x.fourth[i] == 0) && strings.HasPrefix(text, e.text) {
			found(e)
		}
	}
}

// eachStart calls do with the text from each place on at which a word begins: behind a blank, and at each character of
// the scripts without blanks.
func eachStart(text string, do func(i int)) {
	for i := 0; i < len(text); {
		do(i)
		if text[i] >= 0xE3 {
			_, n := utf8.DecodeRuneInString(text[i:])
			if i += n; i < len(text) && text[i] == ' ' {
				i++
			}
			continue
		}
		n := strings.IndexByte(text[i:], ' ')
		if n < 0 {
			return
		}
		i += n + 1
	}
}
