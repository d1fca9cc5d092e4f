package bayes

import "weir/scoring/bayes"

// maxManner bounds how much of a text is looked at for its manner, in bytes.
const maxManner = 16 << 10

// tally counts what a text is made of.
type tally struct {
	lines, blank, quoted, indented, ruled, long int

	length                                                      int // bytes without line ends, which change on a mail's way
	capitals, small, digits, shouts, asks, dollars, stars, high int
}

// manner takes how a text is written, in classes: its length and lines, and the shares of capitals, digits and marks.
func (r *reader) manner(text string) {
	text = text[:min(len(text), maxManner)]
	var t tally
	for at := 0; at < len(text); {
		end := at
		for end < len(text) && text[end] != '\n' {
			end++
		}
		t.line(text[at:end])
		at = end + 1
	}
	about := seed.text("text")
	for i, c := range [...]struct {
		what string
		n    int
	}{
		{"length of the text", magnitude(t.length / 32)}, {"empty lines", share(t.blank, t.lines)},
		{"quoted lines", share(t.quoted, t.lines)}, {"indented lines", share(t.indented, t.lines)},
		{"ruled lines", min(t.ruled, 4)}, {"long lines", share(t.long, t.lines)}, {"lines", magnitude(t.lines)},
		{"capitals", share(t.capitals, t.capitals+t.small)}, {"digits", share(t.digits, t.length)},
		{"exclamation marks", share(4*t.shouts, t.lines)}, {"question marks", share(4*t.asks, t.lines)},
		{"dollar signs", magnitude(t.dollars)}, {"stars", magnitude(t.stars)}, {"characters beyond ASCII", share(t.high, t.length)},
	} {
		r.add(bayes.Manner, about.number(i).number(c.n), "share or number of", c.what)
	}
}

// line counts one line.
func (t *tally) line(s string) {
	t.lines++
	if len(s) > 0 && s[len(s)-1] == '\r' {
		s = s[:len(s)-1]
	}
	switch {
	case len(s) == 0:
		t.blank++
		return
	case s[0] == '>' || s[0] == '|':
		t.quoted++
	case s[0] == ' ' || s[0] == '\t':
		t.indented++
	}
	t.length += len(s)
	if len(s) > 78 {
		t.long++
	}
	if len(s) > 4 && s[0] == s[1] && s[1] == s[2] && s[2] == s[3] && classes[s[0]] != letter {
		t.ruled++
	}
	t.characters(s)
}

// characters counts those of a line. Each is looked up once, which is most of the time that manner takes.
func (t *tally) characters(s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
			t.small++
		case 'A' <= c && c <= 'Z':
			t.capitals++
		case '0' <= c && c <= '9':
			t.digits++
		case c == '!':
			t.shouts++
		case c == '?':
			t.asks++
		case c == '$':
			t.dollars++
		case c == '*':
			t.stars++
		case c >= 0x80:
			t.high++
		}
	}
}
