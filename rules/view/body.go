package view

import (
	"bytes"
	"slices"

	"weir/rules/view/alias"
	"weir/rules/view/render"
)

// Bounds on what rules look at; they are SpamAssassin's, since they change what hits.
const (
	maxBodyPart = 50_000    // characters of one part's rendered text
	maxRawPart  = 500_000   // bytes of one part's text
	maxTexts    = 1_000_000 // bytes of all parts together, for each view; ours
	maxFull     = 500_000   // bytes of the whole message
	pieceSize   = 2048      // a paragraph is cut there, a chunk of rawbody at twice that at most
)

type bodyKey struct{ which int }

// The bodies.
const (
	whole = iota
	visible
	hidden
)

// Body is the text as it is shown, a paragraph at a time with white space folded, each with a line end behind it; a long one
// is cut. The first is the Subject. Of HTML it has all text, that which a reader does not see too.
func (m *Mail) Body() []string { return m.body(whole) }

// SetBody puts other paragraphs in place of the Body, for rules that come later. Links stay those of the text as it was.
func (m *Mail) SetBody(paragraphs []string) {
	m.Links()
	m.Body()
	m.memo[bodyKey{whole}] = paragraphs
}

// VisibleBody is the Body without text that a reader does not see.
func (m *Mail) VisibleBody() []string { return m.body(visible) }

// HiddenBody is the text that a reader does not see; the Subject is not in it.
func (m *Mail) HiddenBody() []string { return m.body(hidden) }

func (m *Mail) body(which int) []string {
	return Once(m, bodyKey{which}, func() []string {
		texts := m.Texts()
		var f folder
		if which != hidden {
			f.out = append(append(f.out, m.Parts().Root.Value("subject")...), '\n')
		}
		own, left := 0, maxTexts
		for _, t := range texts {
			if t.Part != nil {
				f.wide = f.wide || t.isWide(which)
				own++
			}
		}
		if own == 0 { // a multipart without any part
			f.out = nil
		}
		f.texts(m, texts[:own], which, &left)
		if own < len(texts) {
			f.wide = true
			f.texts(m, texts[own:], which, &left)
		}
		return lines(f.out)
	})
}

// isWide tells whether what is shown of a text was decoded.
func (t *Text) isWide(which int) bool {
	switch {
	case t.HTML != nil && which != whole:
		return t.HTML.IsWide(which == hidden)
	case which == hidden:
		return false
	}
	return t.Shown && t.Wide
}

// folder folds white space: what has two line ends in it becomes one, all else a blank.
type folder struct {
	out  []byte
	wide bool // white space beyond ASCII counts; text stays in UTF-8
}

// texts adds texts behind each other, with a line end between them.
func (f *folder) texts(m *Mail, texts []*Text, which int, left *int) {
	if len(texts) == 1 && texts[0].Shown { // as most mail has it: no copy is needed
		f.add(m.cutShown(texts[0], which, left))
		return
	}
	joined := make([]byte, 0, sizeOf(texts))
	for _, t := range texts {
		if len(joined) > 0 {
			joined = append(joined, '\n')
		}
		if t.Shown {
			joined = append(joined, m.cutShown(t, which, left)...)
		}
	}
	f.add(joined)
}

// cutShown is what of a text is wanted, up to the bounds; left is what of all texts may be shown yet.
func (m *Mail) cutShown(t *Text, which int, left *int) []byte {
	text, cut := cutText(shown(t, which), maxBodyPart, t.Wide, '\n', ' ')
	if cut {
		m.leftOut("text of a part beyond 50 kB")
	}
	if len(text) > *left {
		text = text[:*left]
		m.leftOut("text beyond 1 MB")
	}
	*left -= len(text)
	return text
}

func sizeOf(texts []*Text) int {
	n := 0
	for _, t := range texts {
		n += min(len(t.Plain), maxBodyPart+maxBodyPart/8) + 1
	}
	return min(n, maxTexts)
}

// shown is what of a text is wanted.
func shown(t *Text, which int) []byte {
	switch {
	case t.HTML == nil && which == hidden:
		return nil
	case t.HTML == nil:
		return t.Plain
	case which == visible:
		return t.HTML.Visible()
	case which == hidden:
		return t.HTML.Hidden()
	}
	return t.HTML.Text()
}

// cutText cuts a text at a limit of characters, at one of the bytes near behind it where there is one.
func cutText(text []byte, limit int, wide bool, near ...byte) ([]byte, bool) {
	if len(text) <= limit {
		return text, false
	}
	at := limit
	if wide {
		if at = render.Index(text, limit); at == len(text) {
			return text, false
		}
	}
	end := min(len(text), at+1025)
	if wide {
		end = at + render.Index(text[at:], 1025)
	}
	for _, c := range near {
		if i := bytes.IndexByte(text[at:end], c); i >= 0 {
			return text[:at+i+1], true
		}
	}
	return text[:at], true
}

// add folds a text.
func (f *folder) add(text []byte) {
	f.out = slices.Grow(f.out, len(text))
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && plain[text[i]] {
			i++
		}
		f.out = append(f.out, text[start:i]...)
		if i == len(text) {
			return
		}
		if n := f.blank(text[i:]); n > 0 {
			i += n
			continue
		}
		i += f.character(text[i:])
	}
}

// plain are the bytes that stand for themselves.
var plain = func() (t [256]bool) {
	for c := 1; c < 0x80; c++ {
		t[c] = c != ' ' && (c < '\t' || c > '\r')
	}
	return t
}()

// character adds a character beyond ASCII: an octet to rules where no text was decoded. A zero byte is a line end.
func (f *folder) character(text []byte) int {
	switch c := text[0]; {
	case c == 0:
		f.out = append(f.out, '\n')
		return 1
	case !f.wide && (c == 0xC2 || c == 0xC3) && len(text) > 1:
		f.out = append(f.out, c<<6|text[1]&0x3F)
		return 2
	default:
		f.out = append(f.out, c)
		return 1
	}
}

// blank folds the white space that a text begins with. It returns its length, 0 if it begins with none.
func (f *folder) blank(text []byte) int {
	n, first, last := 0, -1, -1
	for n < len(text) {
		c := text[n]
		w := 1
		if c != ' ' && (c < '\t' || c > '\r') {
			if c < 0xC2 || !f.wide {
				break
			}
			if w = wideBlank(text[n:]); w == 0 {
				break
			}
		}
		if c == '\n' {
			if first < 0 {
				first = n
			}
			last = n
		}
		n += w
	}
	switch {
	case n == 0:
	case first == last:
		f.out = append(f.out, ' ')
	default:
		if first > 0 {
			f.out = append(f.out, ' ')
		}
		f.out = append(f.out, '\n')
		if last < n-1 {
			f.out = append(f.out, ' ')
		}
	}
	return n
}

// wideBlank gives the length of a white space character beyond ASCII, in UTF-8; 0: it is none.
func wideBlank(b []byte) int {
	switch {
	case len(b) < 2:
		return 0
	case b[0] == 0xC2 && (b[1] == 0xA0 || b[1] == 0x85): // no-break space, next line
		return 2
	case len(b) < 3:
		return 0
	case b[0] == 0xE2 && b[1] == 0x80 && (b[2] <= 0x8A || b[2] == 0xA8 || b[2] == 0xA9 || b[2] == 0xAF):
		return 3
	case b[0] == 0xE2 && b[1] == 0x81 && b[2] == 0x9F, b[0] == 0xE3 && b[1] == 0x80 && b[2] == 0x80, b[0] == 0xE1 && b[1] == 0x9A && b[2] == 0x80:
		return 3
	}
	return 0
}

// lines cuts a text behind its line ends, and each line in pieces of at most 2 kB, at a blank where there is one.
func lines(text []byte) []string {
	out := make([]string, 0, bytes.Count(text, []byte("\n"))+len(text)/pieceSize+1)
	s := alias.String(text)
	for len(text) > 0 {
		end := len(text)
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			end = i + 1
		}
		for end > pieceSize {
			n := bytes.LastIndexByte(text[:pieceSize+1], ' ') + 1
			if n == 0 {
				n = pieceSize
			}
			out = append(out, s[:n])
			text, s, end = text[n:], s[n:], end-n
		}
		if end > 0 {
			out = append(out, s[:end])
		}
		text, s = text[end:], s[end:]
	}
	return out
}
