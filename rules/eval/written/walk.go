package written

import (
	"bytes"

	"weir/rules/ascii"
)

// walker goes from tag to tag through the texts of a mail.
type walker struct {
	found  [signs]int
	looked int // bytes so far

	src   []byte
	link  bool     // behind a tag <a href>, and nothing but other tags since
	tags  int      // such tags
	white int      // where a white font's words began, -1: there are none
	open  bool     // a comment does not end
	names [12]byte // of the tag at hand: its name
}

// Bounds of a walk.
const (
	maxLooked = 1_000_000 // bytes of all texts
	maxTag    = 1000      // bytes of a tag that are looked at
)

func (w *walker) left() int { return maxLooked - w.looked }

// text looks at one text.
func (w *walker) text(src []byte) {
	w.looked += len(src)
	w.src, w.link, w.white, w.open = src, false, -1, false
	w.tail()
	w.numbers()
	w.squares()
	for at := 0; ; {
		i := bytes.IndexByte(src[at:], '<')
		if i < 0 {
			return
		}
		w.between(src[at : at+i])
		if at = w.tag(at+i) + 1; at >= len(src) {
			return
		}
	}
}

// between looks at the text in front of a tag.
func (w *walker) between(text []byte) {
	if w.link && len(bytes.TrimLeft(text, " \t\r\n\f\v")) > 0 {
		w.link = false
	}
}

// tag looks at what begins at i, and gives its last byte. Like programs that show HTML, it takes all up to the next bracket for the
// tag's, other tags too.
func (w *walker) tag(i int) (last int) {
	rest := w.src[i+1:]
	if len(rest) == 0 || !letter(rest[0]) && rest[0] != '/' && rest[0] != '!' {
		return i
	}
	if bytes.HasPrefix(rest, []byte("!--")) {
		return w.comment(i)
	}
	e := element{walker: w, at: i}
	n := e.read(rest)
	if n == 0 {
		return i
	}
	end := bytes.IndexByte(rest[n:], '>') + n
	if end < n {
		end = len(rest)
	}
	e.attributes, e.behind, e.last = rest[n:min(end, n+maxTag)], rest[min(end+1, len(rest)):], i+1+end
	e.look()
	return e.last
}

// read reads the name of a tag, and gives its length; 0: it is none.
func (e *element) read(rest []byte) int {
	n := 0
	for n < len(rest) && (letter(rest[n]) || n == 0 && (rest[0] == '/' || rest[0] == '!') || n > 0 && ascii.Digit(rest[n])) {
		if n < len(e.names) {
			e.names[n] = ascii.Lower(rest[n])
		}
		n++
	}
	e.name = e.names[:min(n, len(e.names))]
	return n
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// comment looks at <!--…-->.
func (w *walker) comment(i int) (last int) {
	open := len("<!")
	if w.open { // and will be to the end
		return i
	}
	end := bytes.Index(w.src[i+open:], []byte("-->"))
	if w.open = end < 0; w.open {
		return i
	}
	last = i + open + end + len("-->") - 1
	if end <= longestCut && w.within(i, last) {
		w.found[cutWord]++
	}
	return last
}

const longestCut = 62 // bytes of a comment within a word, without its brackets

// within tells that letters stand on both sides.
func (w *walker) within(first, last int) bool {
	return first > 0 && last+1 < len(w.src) && letter(w.src[first-1]) && letter(w.src[last+1])
}
