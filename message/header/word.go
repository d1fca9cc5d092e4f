package header

import (
	"strings"

	"weir/message/charset"
)

// WordFlags tell what is odd about encoded words.
type WordFlags uint8

// The flags.
const (
	BadWord     WordFlags = 1 << iota // looks like an encoded word and can't be decoded: kept as it stands
	ControlWord                       // CR, LF or NUL came out of an encoded word: replaced by a space
	OddCharset                        // its charset is unknown or wrong
)

// maxCharsetLabel bounds the charset label of an encoded word, in bytes.
const maxCharsetLabel = 64

// Text returns the field's value with its encoded words (RFC 2047) decoded: valid UTF-8 without CR, LF or NUL.
func (f *Field) Text() string { return DecodeWords(f.Value()) }

// DecodeWords decodes the encoded words in an unfolded value. See Words.
func DecodeWords(value string) string {
	text, _ := Words(value)
	return text
}

// Words decodes the encoded words in an unfolded value and tells what is odd about them. It is tolerant: words may
// stand within other text, be longer than 75 bytes, hold spaces and lack padding. Adjacent words of one charset are
// joined before their charset is decoded, so that a character split between them survives. Raw 8-bit text is read as
// UTF-8, or windows-1252 where it is none. CR, LF and NUL become spaces: nothing that is decoded can add a line.
// Time is linear in len(value).
func Words(value string) (string, WordFlags) {
	if !strings.Contains(value, "=?") {
		return plain(value)
	}
	d := words{in: value, end: -1}
	d.out.Grow(len(value))
	d.run()
	return d.out.String(), d.flags
}

// plain cleans a value without encoded words; nearly always it is returned as it is.
func plain(value string) (string, WordFlags) {
	clean := true
	for i := 0; i < len(value); i++ {
		if c := value[i]; c >= 0x80 || c == 0 || c == '\r' || c == '\n' {
			clean = false
			break
		}
	}
	if clean {
		return value, 0
	}
	text, _ := charset.Decode([]byte(value), "")
	return harmless(text), 0
}

type words struct {
	in    string
	out   strings.Builder
	flags WordFlags

	end int // index of the next "?=" at or behind the place searched from; -1 unknown, len(in) none

	label   string // charset of the words in pending
	pending []byte // decoded bytes of adjacent words
	group   group
}

// word is one encoded word found in the text.
type word struct {
	label, text string
	enc         byte // 'b' or 'q'
	end         int  // index behind its "?="
}

func (d *words) run() {
	plainFrom := 0
	for i := 0; i < len(d.in); {
		j := strings.Index(d.in[i:], "=?")
		if j < 0 {
			break
		}
		i += j
		w, ok := d.parse(i)
		if !ok {
			d.flags |= BadWord
			i += 2
			continue
		}
		d.literal(plainFrom, i, true)
		d.add(w)
		i, plainFrom = w.end, w.end
	}
	d.literal(plainFrom, len(d.in), false)
	d.flush()
}

// parse reads an encoded word at i: =?charset*language?encoding?text?=
func (d *words) parse(i int) (word, bool) {
	rest := d.in[i+2:]
	q := strings.IndexByte(rest[:min(len(rest), maxCharsetLabel+1)], '?')
	if q < 1 || len(rest) < q+3 || rest[q+2] != '?' {
		return word{}, false
	}
	w := word{label: rest[:q], enc: lower(rest[q+1])}
	if w.enc != 'b' && w.enc != 'q' {
		return word{}, false
	}
	if star := strings.IndexByte(w.label, '*'); star >= 0 {
		w.label = w.label[:star] // RFC 2231 section 5
	}
	if strings.ContainsAny(w.label, " \t") {
		return word{}, false
	}
	start := i + 2 + q + 3
	end := d.closing(start)
	if end < 0 {
		return word{}, false
	}
	w.text, w.end = d.in[start:end], end+2
	return w, true
}

// closing finds the "?=" at or behind start. It never looks at a byte twice.
func (d *words) closing(start int) int {
	if d.end < start {
		d.end = len(d.in)
		if n := strings.Index(d.in[start:], "?="); n >= 0 {
			d.end = start + n
		}
	}
	if d.end >= len(d.in) {
		return -1
	}
	return d.end
}

// literal writes the text in[from:to]. White space between two adjacent words is no text (RFC 2047 section 6.2).
func (d *words) literal(from, to int, wordFollows bool) {
	s := d.in[from:to]
	if s == "" || (wordFollows && d.label != "" && strings.Trim(s, " \t\r\n") == "") {
		return
	}
	d.flush()
	text, _ := plain(s)
	d.out.WriteString(text)
}

// add decodes a word's bytes. Some programs cut one base64 stream into words anywhere: what is left of an unfinished
// group goes on in the next word.
func (d *words) add(w word) {
	if d.label != "" && !equalFold(d.label, w.label) {
		d.flush()
	}
	d.label = w.label
	if w.enc == 'q' {
		d.pending = AppendQ(d.group.close(d.pending), w.text)
		return
	}
	var ok bool
	if d.pending, ok = d.group.append(d.pending, w.text); !ok {
		d.flags |= BadWord
	}
}

// flush decodes the charset of the words gathered so far.
func (d *words) flush() {
	if d.label == "" {
		return
	}
	d.pending = d.group.close(d.pending)
	text, flags := charset.Decode(d.pending, d.label)
	if flags&(charset.Unknown|charset.Lying) != 0 {
		d.flags |= OddCharset
	}
	clean := harmless(text)
	if clean != text && harmless(strings.TrimRight(text, "\r\n\x00")) != strings.TrimRight(text, "\r\n\x00") {
		d.flags |= ControlWord // QUIRK: at the end it is a slip that real programs make
	}
	d.out.WriteString(clean)
	d.label, d.pending = "", nil // the text may share its memory
}

// harmless replaces what could end a line or a C string.
func harmless(s string) string {
	if strings.IndexByte(s, '\r') < 0 && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == 0 {
			return ' '
		}
		return r
	}, s)
}
