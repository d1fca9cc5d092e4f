package render

import (
	"maps"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"
)

// List names one of the lists of texts.
type List int

// The lists.
const (
	Anchor  List = iota // texts of anchors
	Title               // titles
	Comment             // comments, with their brackets
	Script              // scripts
	lists
)

// list is a list of texts in one piece of memory.
type list struct {
	buf  []byte
	ends []listEnd
}

type listEnd struct {
	at   int
	wide bool
}

func (l *list) begin() { l.ends = append(l.ends, listEnd{at: len(l.buf)}) }

func (l *list) add(text []byte, wide bool) {
	l.buf = append(l.buf, text...)
	if n := len(l.ends); n > 0 {
		l.ends[n-1].at = len(l.buf)
		l.ends[n-1].wide = l.ends[n-1].wide || wide
	}
}

// Words is a text of a list.
type Words struct {
	Text   []byte // UTF-8; where no character is beyond U+00FF an octet each, as rules see them
	Length int    // in characters
}

// Texts gives a list's texts. They must not be changed.
func (d *Document) Texts(l List) []Words {
	x := &d.lists[l]
	out := make([]Words, len(x.ends))
	start := 0
	for i, end := range x.ends {
		text := x.buf[start:end.at:end.at]
		out[i] = Words{Text: text, Length: utf8.RuneCount(text)}
		if !end.wide && out[i].Length < len(text) {
			out[i].Text = octets(text)
		}
		start = end.at
	}
	return out
}

// octets gives characters up to U+00FF as an octet each.
func octets(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range string(text) {
		out = append(out, byte(c))
	}
	return out
}

// Inside tells whether a tag (in lower case) was in the document, and how many of it are left open.
func (d *Document) Inside(tag string) (open int, there bool) {
	var t tally
	if info := tags[tag]; info != nil {
		t = d.known[info.number]
	} else if i, ok := d.unknown.index[tag]; ok {
		t = d.unknown.list[i]
	}
	return int(t.open), t.there
}

// Tags lists the tags of the document, sorted.
func (d *Document) Tags() []string {
	names := slices.Collect(maps.Keys(d.unknown.index))
	for i, t := range d.known {
		if t.there {
			names = append(names, tagList[i].name)
		}
	}
	slices.Sort(names)
	return names
}

// facts are counted while the document is read.
type facts struct {
	length                                 int
	tags, elements, tagKinds, elementKinds int
	closedExtra, obfuscation               int
	backhair                               uint64 // a bit for each pair of lengths of word halves around a tag
	imageArea                              float64
	maxSize, minSize                       float64
	badFace, formMailto, embeds            bool
	lowContrast, invalidColor              bool
	shown, solid                           int // characters of the text, and those that are no white space
	size                                   int // octets as they came
}

// finish counts what needs the whole text.
func (r *renderer) finish(size int) {
	f := &r.doc.facts
	f.size = size
	f.maxSize, f.minSize = r.styles.max, r.styles.min
	for i := range r.doc.chunks {
		c := &r.doc.chunks[i]
		for b := r.doc.buf[c.start:c.end]; len(b) > 0; {
			if b[0] < utf8.RuneSelf {
				f.shown++
				if !isSpace(b[0]) || b[0] == '\f' && !r.doc.Wide {
					f.solid++
				}
				b = b[1:]
				continue
			}
			ch, n := utf8.DecodeRune(b)
			f.shown++
			if !r.doc.Wide || !unicode.IsSpace(ch) {
				f.solid++
			}
			b = b[n:]
		}
	}
}

// Value gives a fact by the name that rules use; there is false where the document does not have it.
func (d *Document) Value(name string) (value float64, there bool) {
	f := &d.facts
	ratio := func(a, b int) (float64, bool) {
		if b == 0 {
			return 0, false
		}
		return float64(a) / float64(b), true
	}
	flag := func(b bool) (float64, bool) {
		if b {
			return 1, true
		}
		return 0, false
	}
	switch name {
	case "html":
		return 1, true
	case "image_area":
		return f.imageArea, true
	case "length":
		return float64(f.length), true
	case "min_size":
		return f.minSize, true
	case "max_size":
		return f.maxSize, true
	case "html_length":
		return float64(f.shown), true
	case "non_space_len":
		return float64(f.solid), true
	case "ratio":
		return ratio(f.size-f.shown, f.size)
	case "closed_extra_ratio":
		return ratio(f.closedExtra, f.tags)
	case "bad_tag_ratio":
		if f.elements > 0 {
			return ratio(f.tags-f.elements, f.tags)
		}
	case "non_element_ratio":
		if f.elementKinds > 0 {
			return ratio(f.tagKinds-f.elementKinds, f.tagKinds)
		}
	case "obfuscation_ratio":
		if f.obfuscation > 0 {
			return ratio(f.obfuscation, f.tags)
		}
	case "backhair_count":
		return float64(bits.OnesCount64(f.backhair)), f.backhair != 0
	case "font_face_bad":
		return flag(f.badFace)
	case "font_low_contrast":
		return flag(f.lowContrast)
	case "font_invalid_color":
		return flag(f.invalidColor)
	case "form_action_mailto":
		return flag(f.formMailto)
	case "embeds":
		return flag(f.embeds)
	}
	return 0, false
}
