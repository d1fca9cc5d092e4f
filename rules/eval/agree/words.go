package agree

import (
	"slices"

	"weir/rules/ascii"
	"weir/rules/view"
)

const (
	longLetter  = 640 // words; what one stranger writes to another is nearly always shorter
	longPassage = 25  // words one behind the other
	soupWords   = 3   // random words one behind the other
)

// longText tells that the text has 640 words or more: a newsletter or an article, not a letter.
func longText(m *view.Mail) bool { return wordsOf(m).all >= longLetter }

// longRow tells that a paragraph, or the subject, has 25 words in a row that begin with a letter.
func longRow(m *view.Mail) bool { return wordsOf(m).row >= longPassage }

// wordSoup tells that a paragraph, or the subject, has three random words in a row: five consonants or more without a vowel, or
// digits between letters.
func wordSoup(m *view.Mail) bool {
	return slices.ContainsFunc(m.Body(), func(paragraph string) bool { return maySoup(paragraph) && isSoup(paragraph) })
}

// words is what is known of a mail's words.
type words struct {
	all int // of the text, without the subject
	row int // the longest row of words that begin with a letter
}

type wordsKey struct{}

// wordsOf reads the words of a mail, once.
func wordsOf(m *view.Mail) *words {
	return view.Once(m, wordsKey{}, func() *words {
		w := &words{}
		for i, paragraph := range m.Body() {
			if n := w.rows(paragraph); i > 0 {
				w.all += n
			}
		}
		return w
	})
}

// What a byte is in a word.
const (
	blank  uint8 = 1 << iota
	begins       // a letter, or the first byte of one beyond ASCII
	consonant
	vowel
	figure // a digit
	within // a letter, a digit or _
)

var kinds = func() (t [256]uint8) {
	for c := range 256 {
		b := byte(c)
		switch {
		case ascii.Space(b):
			t[c] = blank
		case b|0x20 >= 'a' && b|0x20 <= 'z':
			t[c] = begins | within | consonant
			switch b | 0x20 {
			case 'a', 'e', 'i', 'o', 'u', 'y':
				t[c] = begins | within | vowel
			}
		case b >= '0' && b <= '9':
			t[c] = figure | within
		case b == '_':
			t[c] = within
		case b >= 0xC3 && b <= 0xF4:
			t[c] = begins
		}
	}
	return t
}()

// rows counts the words of a text, and finds the longest row. In front of the first word of a row other signs may stand.
func (w *words) rows(text string) (all int) {
	row := 0
	for i := 0; i < len(text); {
		if kinds[text[i]] == blank {
			i++
			continue
		}
		first, any := kinds[text[i]]&begins, uint8(0)
		for i < len(text) && kinds[text[i]] != blank {
			any |= kinds[text[i]] & begins
			i++
		}
		all++
		if i == len(text) { // a word that was cut
			return all
		}
		if row++; first == 0 {
			row = int(any / begins)
		}
		w.row = max(w.row, row)
	}
	return all
}

// crowd is 1 for consonants: how many of them follow each other is counted without a branch.
var crowd = func() (t [256]uint8) {
	for c := range 256 {
		t[c] = kinds[c] & consonant / consonant
	}
	return t
}()

// maySoup tells whether a text has three crowds of five consonants, or six digits, without which it is no soup.
func maySoup(text string) bool {
	run, crowds, figures := uint8(0), 0, 0
	for i := range len(text) {
		yes := crowd[text[i]]
		if run = (run + yes) & -yes; run >= 5 {
			crowds, run = crowds+1, 0
		}
		figures += int(kinds[text[i]] & figure / figure)
	}
	return crowds >= soupWords || figures >= 2*soupWords
}

// isSoup tells whether random words follow each other, all without a vowel or all with digits within.
func isSoup(text string) bool {
	plain, mixed := 0, 0
	for i := 0; i < len(text); {
		if kinds[text[i]]&within == 0 {
			i++
			continue
		}
		from, any := i, uint8(0)
		for i < len(text) && kinds[text[i]]&within != 0 {
			any |= kinds[text[i]]
			i++
		}
		if i == len(text) {
			return false
		}
		plain, mixed = plain+1, mixed+1
		if n := i - from; any != begins|within|consonant || n < 5 || n > 12 {
			plain = 0
		}
		if any&figure == 0 || !isMixed(text[from:i]) {
			mixed = 0
		}
		if plain == soupWords || mixed == soupWords {
			return true
		}
	}
	return false
}

// isMixed tells of 3 to 12 letters, 2 to 6 digits and 2 to 8 letters.
func isMixed(word string) bool {
	i := 0
	run := func(kind uint8, least, most int) bool {
		from := i
		for i < len(word) && kinds[word[i]]&kind != 0 {
			i++
		}
		return i-from >= least && i-from <= most
	}
	return run(begins, 3, 12) && run(figure, 2, 6) && run(begins, 2, 8) && i == len(word)
}
