package link

import "strings"

// Finder collects the links of one message, each URL of a source once. The zero value is ready.
type Finder struct {
	Links []Link
	Full  bool // there are more than MaxLinks: the rest was not kept
	Part  int  // PartIdx of the links found from now on

	seen map[key]int32 // index in Links; made when there are too many links to compare with
}

type key struct {
	url    string
	source Source
}

// few is the number of links up to which comparing them all is cheaper than a map.
const few = 12

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
	if i := f.find(key{l.URL, l.Source}); i >= 0 {
		f.Links[i].merge(&l)
		return i, true
	}
	if len(f.Links) >= MaxLinks {
		f.Full = true
		return -1, false
	}
	l.PartIdx = f.Part
	f.Links = append(f.Links, l)
	i = len(f.Links) - 1
	if f.seen != nil {
		f.seen[key{l.URL, l.Source}] = int32(i)
	}
	return i, false
}

// find gives the index of a link that is there; -1 none.
func (f *Finder) find(k key) int {
	if f.seen == nil && len(f.Links) <= few {
		for i := range f.Links {
			if f.Links[i].Source == k.source && f.Links[i].URL == k.url {
				return i
			}
		}
		return -1
	}
	if f.seen == nil {
		f.index()
	}
	if i, ok := f.seen[k]; ok {
		return int(i)
	}
	return -1
}

func (f *Finder) index() {
	f.seen = make(map[key]int32, 4*few)
	for i := range f.Links {
		k := key{f.Links[i].URL, f.Links[i].Source}
		if _, ok := f.seen[k]; !ok {
			f.seen[k] = int32(i)
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
	prev       string // the word before
}

func (s *scanner) run() {
	for s.nextWord() {
		word := s.text[s.start:s.end]
		bits := s.bits(word)
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
	for i < len(s.text) && classes[s.text[i]]&delimiter == 0 {
		if s.text[i] == 0xc2 && i+1 < len(s.text) && s.text[i+1] == 0xa0 {
			break
		}
		i++
	}
	s.end = i
	if i == s.start && i < len(s.text) { // a no-break space
		s.end = i + 2
		return s.nextWord()
	}
	return s.start < s.end
}

func (s *scanner) bits(word string) (b class) {
	for i := 0; i < len(word); i++ {
		b |= classes[word[i]]
	}
	return b
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
