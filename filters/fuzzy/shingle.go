package fuzzy

import (
	"math"
	"unicode"
	"unicode/utf8"
)

// sketch is a text's shingles in a few numbers (A. Broder, "On the resemblance and containment of documents", 1997): of
// all shingles (three words in a row, hashed) that fall into a bin, the smallest hash (P. Li, A. Owen, C. Zhang, "One
// permutation hashing", 2012). Two texts agree in about as many bins as their shingles agree.
type sketch struct {
	bins [numBins]uint32
	used int // bins that have a shingle
	size int // words
}

const (
	numBins  = 32
	width    = 3        // words of a shingle
	maxText  = 64 << 10 // bytes of text that are read
	minWords = 16       // a shorter text has too little in it to be told from others
	fewBins  = 12       // and so has one whose shingles fill fewer bins
	none     = math.MaxUint32
)

const (
	offset = 14695981039346656037 // FNV-1a, 64 bit
	prime  = 1099511628211
)

// newSketch reads a text: letters only, in lower case, so that numbers, punctuation and spacing that senders vary do not
// count.
func newSketch(text string) (s sketch) {
	for i := range s.bins {
		s.bins[i] = none
	}
	text = text[:min(len(text), maxText)]
	var last [width]uint64
	word := uint64(offset)
	for i := 0; i < len(text); {
		c := classes[text[i]]
		if c > wide {
			word, i = (word^uint64(c))*prime, i+1
			continue
		}
		n := 1
		if c == wide {
			word, c, n = wideRune(text[i:], word)
		}
		if i += n; c == blank && word != offset {
			s.word(&last, word)
			word = offset
		}
	}
	if word != offset {
		s.word(&last, word)
	}
	return s
}

// What a byte is: a letter (its lower case), or one of these.
const (
	ignored = iota // digits, punctuation
	blank
	wide // the begin of a character of several bytes
)

var classes = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = wide
		case c <= ' ':
			t[c] = blank
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			t[c] = byte(c | 0x20)
		}
	}
	return t
}()

// wideRune takes a character of several bytes into a word, or tells that it is a blank.
func wideRune(text string, word uint64) (uint64, byte, int) {
	r, n := utf8.DecodeRuneInString(text)
	switch {
	case unicode.IsLetter(r):
		return (word ^ uint64(unicode.ToLower(r))) * prime, ignored, n
	case unicode.IsSpace(r):
		return word, blank, n
	}
	return word, ignored, n
}

// word takes one more word in.
func (s *sketch) word(last *[width]uint64, word uint64) {
	copy(last[:], last[1:])
	last[width-1] = word
	if s.size++; s.size < width {
		return
	}
	h := uint64(offset)
	for _, w := range last {
		h = mix(h ^ w)
	}
	bin, rest := h%numBins, uint32(h>>32)
	if rest == none {
		rest--
	}
	if s.bins[bin] == none {
		s.used++
	}
	s.bins[bin] = min(s.bins[bin], rest)
}

// mix spreads bits (the finalizer of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// tells tells whether there is enough in the text to know it again.
func (s *sketch) tells() bool { return s.size >= minWords && s.used >= fewBins }

// likeness is the share of bins in which two texts agree, of those that either uses.
func likeness(a, b *[numBins]uint16) float64 {
	same, used := 0, 0
	for i := range a {
		if a[i] == short(none) && b[i] == short(none) {
			continue
		}
		used++
		if a[i] == b[i] {
			same++
		}
	}
	if used == 0 {
		return 0
	}
	return float64(same) / float64(used)
}

// short gives the bins as they are stored.
func (s *sketch) short() (bins [numBins]uint16) {
	for i, v := range s.bins {
		bins[i] = short(v)
	}
	return bins
}

// short keeps 16 bits of a bin: two that differ look the same once in 65,536 times.
func short(v uint32) uint16 { return uint16(v ^ v>>16) }

// bands are what a text is found by: each is a hash of some of its bins. Two texts that are 70 % alike have one of the
// four in common nine times of ten, two that are 30 % alike three times of ten; likeness then compares all bins. Of the
// spam that TestCorpus finds, six bands of three would find two in a thousand more, at half as many questions again.
const (
	numBands = 4
	perBand  = 2
)

// band hashes two bins that have shingles, chosen by the band's number; empty ones borrow from the next bin that is
// not (densification).
func (s *sketch) band(n int) uint64 {
	h := uint64(n + 1)
	for k := range perBand {
		i := (n*perBand + k) * 7 % numBins
		for s.bins[i] == none {
			i = (i + 1) % numBins
		}
		h = mix(h ^ uint64(s.bins[i]))
	}
	return h
}
