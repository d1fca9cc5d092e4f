package bayes

import "weir/scoring/bayes"

// words walks over a text's words.
type words struct {
	in   string
	at   int
	left int // words that may still be read

	word  string
	caps  bool // it has capitals only, three or more
	shout bool // an exclamation mark follows
}

// The classes of bytes.
const (
	gap    = iota
	letter // letters, and all beyond ASCII
	digit
	inner // belongs to a word in its middle: it's, on-line, 3.14
	sign  // belongs to a word at its begin: $100, #1
)

var classes = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= 0x80 || 'a' <= c|0x20 && c|0x20 <= 'z':
			t[c] = letter
		case '0' <= c && c <= '9':
			t[c] = digit
		case c == '\'' || c == '-' || c == '.' || c == ',' || c == '_' || c == '@' || c == '&':
			t[c] = inner
		case c == '$' || c == '#' || c == '%':
			t[c] = sign
		}
	}
	return t
}()

// maxWord is the length of a word, in bytes, beyond which only its begin and size count.
const maxWord = 24

// next finds the next word.
func (w *words) next() bool {
	if w.left <= 0 {
		return false
	}
	for w.at < len(w.in) && (classes[w.in[w.at]] == gap || classes[w.in[w.at]] == inner) {
		w.at++
	}
	if w.at == len(w.in) {
		return false
	}
	w.left--
	if wide(w.in[w.at:]) {
		w.word, w.caps, w.shout = w.in[w.at:w.at+3], false, false
		w.at += 3
		return true
	}
	w.run()
	return true
}

// run reads a word of letters and what joins them.
func (w *words) run() {
	start, capitals, small := w.at, 0, 0
	for w.at < len(w.in) && !w.ends(start) {
		if c := w.in[w.at]; classes[c] == letter {
			if 'A' <= c && c <= 'Z' {
				capitals++
			} else {
				small++
			}
		}
		w.at++
	}
	w.word = w.in[start:w.at]
	w.caps = capitals >= 3 && small == 0
	w.shout = w.at < len(w.in) && w.in[w.at] == '!'
}

// ends tells whether a word that began at start ends before the next byte.
func (w *words) ends(start int) bool {
	c := w.in[w.at]
	switch classes[c] {
	case gap:
		return true
	case letter:
		return c >= 0xe3 && w.at > start && wide(w.in[w.at:])
	case inner:
		return w.at+1 == len(w.in) || classes[w.in[w.at+1]] != letter && classes[w.in[w.at+1]] != digit
	case sign:
		return w.at > start && c != '%'
	}
	return false
}

// wide tells whether s begins with a character of a script that is written without spaces: kana, Han, and Hangul with
// them, which take three bytes each, from U+3040 on. Each of these characters is a word.
func wide(s string) bool {
	return len(s) >= 3 && s[0] >= 0xe3 && s[0] <= 0xed && (s[0] > 0xe3 || s[1] >= 0x81)
}

// words takes the words of a text, and pairs of words side by side. It returns the number of words.
//
// Pairs with other words between them were tried (orthogonal sparse bigrams): they made three times as many features
// and verdicts no better.
func (r *reader) words(text string, limit int, word, pair bayes.Kind) int {
	var last hash
	var before string
	w := words{in: text, left: limit}
	for n := 0; ; n++ {
		if !w.next() || r.full() {
			return n
		}
		h := r.word(&w, word)
		if n > 0 {
			r.add(pair, last.with(h), before, w.word)
		}
		last, before = h, w.word
	}
}

// word takes one word.
func (r *reader) word(w *words, kind bayes.Kind) hash {
	h := seed.text(w.word[:min(len(w.word), maxWord)])
	if len(w.word) > maxWord {
		h = seed.text(w.word[:3]).byte('~').number(magnitude(len(w.word)))
	}
	r.add(kind, h, w.word, "")
	if w.caps {
		r.add(bayes.Manner, h.number(int(kind)).byte('^'), w.word, "(capitals)")
	}
	if w.shout {
		r.add(bayes.Manner, h.number(int(kind)).byte('!'), w.word, "!")
	}
	return h
}
