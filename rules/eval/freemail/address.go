package freemail

import "bytes"

// place is where an address stands in a text.
type place struct {
	start, end int
	ok         bool
}

// Bounds of an address.
const (
	maxLocal  = 64 // bytes before the @
	maxLabel  = 61 // bytes of a label of the domain
	maxLabels = 5
)

// find gives the first address at or behind a place: words with dots between, @, and a domain whose last label is a
// top-level domain.
func find(text []byte, from int, top func(string) bool) place {
	for at := from; ; {
		i := bytes.IndexByte(text[at:], '@')
		if i < 0 {
			return place{}
		}
		at += i
		if start := local(text, from, at); start >= 0 {
			if end := domain(text, at+1, top); end > 0 {
				return place{start, end, true}
			}
		}
		at++
	}
}

// local gives where the part in front of an @ begins; -1: there is none.
func local(text []byte, from, at int) int {
	start, i := -1, at
	for i > from && at-i < maxLocal {
		c := text[i-1]
		if !word(c) && (c != '.' || i == at || text[i] == '.') {
			break
		}
		i--
		if word(c) && (i == 0 || !word(text[i-1])) {
			start = i
		}
	}
	return start
}

// word tells what may stand in a local part beside dots.
func word(c byte) bool {
	return letter(c) || bytes.IndexByte([]byte("!#$%&'*+/=?^_`{|}~-"), c) >= 0
}

func letter(c byte) bool { return c >= '0' && c <= '9' || (c|0x20) >= 'a' && (c|0x20) <= 'z' }

// domain gives the end of a domain; -1: there is none. It ends where no letter, hyphen, or dot and letter follows.
func domain(text []byte, at int, top func(string) bool) int {
	for n := 1; n <= maxLabels; n++ {
		end := at
		for end < len(text) && (letter(text[end]) || text[end] == '-') && end-at <= maxLabel {
			end++
		}
		if end == at || end-at > maxLabel || !letter(text[at]) || !letter(text[end-1]) {
			return -1
		}
		if end+1 < len(text) && text[end] == '.' && letter(text[end+1]) {
			at = end + 1
			continue
		}
		if n > 1 && top(string(text[at:end])) {
			return end
		}
		return -1
	}
	return -1
}
