package link

import (
	"hash/maphash"
	"strings"
)

// Finder collects the links of one message, each URL of a source once. The zero value is ready.
type Finder struct {
	Links []Link
	Full  bool // there are more than MaxLinks: the rest was not kept
	Part  int  // PartIdx of the links found from now on

	table []int32 // open hashing of URL and source: index in Links, plus one; made when there are more than few
}

// few is the number of links up to which comparing them all is cheaper than a table.
const few = 8

// Text finds the links of a text.
func (f *Finder) Text(text string, src Source) {
	s := scanner{f: f, text: text, src: src}
	s.run()
}

// ScanText appends the links of a text to dst, with the targets of redirectors after them.
func ScanText(dst []Link, text string, src Source) []Link {
	f := Finder{Links: dst}
	f.Text(text, src)
	return f.Links
}

// Add keeps a link, and the URLs inside of it, unless the same one is there already. It gives its index, -1 if there
// was no room.
func (f *Finder) Add(l Link) int {
	i, known := f.place(l)
	if i >= 0 && !known {
		f.targets(i)
	}
	return i
}

// place puts a link into the list; known: the same URL of the same source was there.
func (f *Finder) place(l Link) (i int, known bool) {
	i, free := f.find(&l)
	if i >= 0 {
		f.Links[i].merge(&l)
		return i, true
	}
	if len(f.Links) >= MaxLinks {
		f.Full = true
		return -1, false
	}
	l.PartIdx = f.Part
	if f.Links == nil {
		f.Links = make([]Link, 0, few)
	}
	f.Links = append(f.Links, l)
	if f.table != nil {
		f.table[free] = int32(len(f.Links))
	}
	return len(f.Links) - 1, false
}

// find gives the index of a link that is there, or -1 and its place in the table.
func (f *Finder) find(l *Link) (i, free int) {
	if len(f.Links) <= few && f.table == nil {
		for i := range f.Links {
			if f.Links[i].Source == l.Source && f.Links[i].URL == l.URL {
				return i, 0
			}
		}
		return -1, 0
	}
	if len(f.table) < 2*len(f.Links)+2 {
		f.grow()
	}
	return f.probe(l)
}

// probe looks through the table, which is never more than half full.
func (f *Finder) probe(l *Link) (i, free int) {
	at := int((maphash.String(seed, l.URL) + uint64(l.Source)) % uint64(len(f.table)))
	for ; f.table[at] != 0; at = (at + 1) % len(f.table) {
		if have := &f.Links[f.table[at]-1]; have.Source == l.Source && have.URL == l.URL {
			return int(f.table[at] - 1), at
		}
	}
	return -1, at
}

// grow makes the table four times as large as the list.
func (f *Finder) grow() {
	f.table = make([]int32, 4*len(f.Links)+8)
	for i := range f.Links {
		if _, free := f.probe(&f.Links[i]); f.table[free] == 0 {
			f.table[free] = int32(i + 1)
		}
	}
}

// merge keeps what a second find of the same URL adds: its flags, and a shown text that lies.
func (l *Link) merge(other *Link) {
	if l.Shown == "" || other.Flags.Has(Mismatch) && !l.Flags.Has(Mismatch) {
		l.Shown = other.Shown
	}
	const both = Unseen | NoScheme // true only if it is true of each find
	l.Flags = (l.Flags|other.Flags)&^both | l.Flags&other.Flags&both
}

// class tells what a byte means to the scan.
type class uint8

const (
	delimiter class = 1 << iota // ends a word
	trigger                     // a word with it may hold a link
	bracket                     // a word with it may be obfuscated
	high                        // not ASCII
	hostByte                    // may stand in a host
	localByte                   // may stand in a local part as people write it
)

var classes = makeClasses()

func makeClasses() (t [256]class) {
	for c := range 256 {
		b := byte(c)
		switch {
		case b <= ' ' || b == 0x7f || b == '<' || b == '>' || b == '"':
			t[c] = delimiter
		case b == '.' || b == ':' || b == '@':
			t[c] = trigger
		case b == '[' || b == '(' || b == '{':
			t[c] = bracket
		case b >= 0x80:
			t[c] = high | hostByte | localByte
		case isLetter(b) || isDigit(b) || b == '-' || b == '_':
			t[c] = hostByte | localByte
		}
		if strings.IndexByte("+=%~#$&/?^'*!", b) >= 0 {
			t[c] |= localByte
		}
		if b == '.' {
			t[c] |= localByte
		}
	}
	return t
}

// scanner walks over a text word by word. Each byte is looked at a bounded number of times.
type scanner struct {
	f          *Finder
	text       string
	src        Source
	flags      Flags  // for all links found now
	raw        string // what to give as Raw instead of the piece itself; "" the piece
	start, end int    // of the word
	bits       class  // of its bytes
	prev       string // the word before
}

func (s *scanner) run() {
	for s.nextWord() {
		word := s.text[s.start:s.end]
		bits := s.bits
		if bits&(trigger|bracket) != 0 || bits&high != 0 {
			s.word(word, bits)
		}
		if len(word) == 3 && equalFold(word, "dot") {
			s.dotWord()
		}
		s.prev = word
		if s.f.Full {
			return
		}
	}
}

// nextWord finds the next run of bytes without delimiters. A no-break space is one too.
func (s *scanner) nextWord() bool {
	i := s.end
	for i < len(s.text) && classes[s.text[i]]&delimiter != 0 {
		i++
	}
	s.start = i
	var bits class
	for ; i < len(s.text); i++ {
		c := classes[s.text[i]]
		if c&delimiter != 0 || c&high != 0 && s.text[i] == 0xc2 && i+1 < len(s.text) && s.text[i+1] == 0xa0 {
			break
		}
		bits |= c
	}
	s.end, s.bits = i, bits
	if i == s.start && i < len(s.text) { // a no-break space
		s.end = i + 2
		return s.nextWord()
	}
	return s.start < s.end
}

// word looks for links in a word as it stands, then as its reader would undo what is disguised in it.
func (s *scanner) word(word string, bits class) {
	if bits&trigger != 0 {
		s.links(word)
		s.joined(word)
	}
	if plain, ok := undisguise(word, bits); ok {
		s.flags, s.raw = Obfuscated, word
		s.links(plain)
		s.flags, s.raw = 0, ""
	}
}

// links finds the links of a word. lo is where the last one ended: nothing before it is looked at again.
func (s *scanner) links(w string) {
	lo := 0
	for p := 0; p < len(w); p++ {
		if classes[w[p]]&trigger == 0 {
			continue
		}
		end := 0
		switch w[p] {
		case ':':
			end = s.colon(w, lo, p)
		case '@':
			end = s.at(w, lo, p)
		case '.':
			end, p = s.dot(w, lo, p)
		}
		if end > 0 {
			lo, p = end, end-1
		}
	}
}

// found parses and keeps a link; the URL of an impossible host is none.
func (s *scanner) found(raw string, flags Flags) {
	l, ok := Parse(raw)
	if !ok {
		return
	}
	l.Source = s.src
	l.Flags |= s.flags | flags
	if s.raw != "" {
		l.Raw = s.raw[:min(len(s.raw), maxRaw)]
	}
	s.f.Add(l)
}
