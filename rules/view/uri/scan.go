package uri

import (
	"strings"

	"weir/rules/ascii"
	"weir/rules/view/domain"
)

// kind says how a link was recognised in text.
type kind uint8

const (
	withScheme kind = iota + 1 // https:// or ftp://, or a name that begins with www. or ftp.
	mail                       // mailto:, or something with an @
	bare                       // a host that ends in a known top-level domain
)

// Bounds on what is taken for a link in text.
const (
	maxPath    = 2048 // behind the scheme, and behind the slash of a bare host
	maxAddress = 251  // on each side of the @
	maxBare    = 252  // in front of the last dot of a bare host
)

// text calls found for each stretch of a text that looks like a link; host is set for a bare one.
func (r *Reader) text(s string, found func(raw, host string, k kind)) {
	for i := 0; i < len(s); {
		for i < len(s) && is(s[i], ends) {
			i++
		}
		start, signs := i, false
		for i < len(s) && !is(s[i], ends) {
			c := s[i]
			signs = signs || c == ':' || c == '@' || c == '.' && i+1 < len(s) && !is(s[i+1], ends)
			i++
		}
		if signs {
			w := piece{r: r, s: s, end: i}
			w.scan(start, found)
		}
	}
}

// piece is a stretch of text without a byte that ends links; at most one link of a kind reaches over its whole rest.
type piece struct {
	r   *Reader
	s   string
	end int // of the stretch
	at  int // the next @ at or behind the place that is looked at; -1 not known
	seg int // the end of the stretch around that place without a byte that ends mail addresses
}

func (w *piece) scan(start int, found func(raw, host string, k kind)) {
	w.at, w.seg = -1, -1
	for i := start; i < w.end; {
		n, host, k := w.match(i)
		if n == 0 {
			i++
			continue
		}
		found(w.s[i:i+n], host, k)
		i += n
	}
}

// match gives the length of the link that begins at a place; 0: there is none.
func (w *piece) match(i int) (n int, host string, k kind) {
	if !w.begins(i) {
		return 0, "", 0
	}
	if n := w.scheme(i); n > 0 {
		return n, "", withScheme
	}
	if n := w.mail(i); n > 0 {
		return n, "", mail
	}
	if n, host := w.bare(i); n > 0 {
		return n, host, bare
	}
	return 0, "", 0
}

// begins tells whether a link may begin at a place: at the edge of a word, behind certain punctuation, or behind the
// escape by which Japanese text changes its characters (ISO 2022).
func (w *piece) begins(i int) bool {
	if i == 0 {
		return is(w.s[0], word)
	}
	before := w.s[i-1]
	return is(before, starts) || is(before, word) != is(w.s[i], word) || i >= 3 && w.s[i-3] == 0x1b && w.s[i-2] == '('
}

// scheme measures a link with a scheme, or with a name that browsers know one for.
func (w *piece) scheme(i int) int {
	s := w.s[i:w.end]
	n := 0
	switch s[0] | 0x20 {
	case 'h':
		n = hasFold(s, "https://", "http://")
	case 'f':
		n = hasFold(s, "ftp://", "ftp.")
	case 'w':
		n = webName(s)
	}
	if rest := len(s) - n; n == 0 || rest == 0 || rest > maxPath {
		return 0
	}
	return len(s)
}

// hasFold gives the length of the prefix that s begins with, in any case; 0: with none.
func hasFold(s string, prefixes ...string) int {
	for _, p := range prefixes {
		if len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) {
			return len(p)
		}
	}
	return 0
}

// webName measures www. with up to two digits in front of the dot.
func webName(s string) int {
	n := hasFold(s, "www")
	for digits := 0; n > 0 && n < len(s) && digits <= 2; digits++ {
		if s[n] == '.' {
			return n + 1
		}
		if !ascii.Digit(s[n]) {
			break
		}
		n++
	}
	return 0
}

// mail measures a mail address, or what stands behind mailto:.
func (w *piece) mail(i int) int {
	if w.seg <= i {
		w.segment(i)
	}
	if n := hasFold(w.s[i:w.seg], "mailto:"); n > 0 && w.seg-i > n && w.seg-i-n <= maxPath {
		return w.seg - i
	}
	if w.at < i {
		w.at = indexFrom(w.s[:w.seg], '@', i)
	}
	before, behind := w.at-i, w.seg-w.at-1
	if before < 1 || before > maxAddress || behind < 1 || behind > maxAddress {
		return 0
	}
	return w.seg - i
}

// segment finds the end of the stretch that a mail address at i can have.
func (w *piece) segment(i int) {
	w.seg = i
	for w.seg < w.end && !is(w.s[w.seg], mailEnds) {
		w.seg++
	}
	w.at = indexFrom(w.s[:w.seg], '@', i)
}

// indexFrom is the next c in s at or behind i, or the end of s.
func indexFrom(s string, c byte, i int) int {
	if i >= len(s) {
		return len(s)
	}
	if n := strings.IndexByte(s[i:], c); n >= 0 {
		return i + n
	}
	return len(s)
}

// bare measures a host without a scheme, with a port and a path where it has them.
func (w *piece) bare(i int) (n int, host string) {
	if !is(w.s[i], alnum) || i > 0 && !is(w.s[i-1], bareFrom) {
		return 0, ""
	}
	j := i
	for limit := min(w.end, i+maxBare+66); j < limit && is(w.s[j], hostByte); j++ {
	}
	host = strings.TrimSuffix(w.s[i:j], ".")
	dot := strings.LastIndexByte(host, '.')
	if dot < 1 || dot > maxBare || !w.r.Domains.Known(domain.Ascii(host[dot+1:])) {
		return 0, ""
	}
	if j = w.behind(j); j < 0 {
		return 0, ""
	}
	return j - i, host
}

// behind reads the port and the path behind a host; -1: something else is there.
func (w *piece) behind(j int) int {
	if j < w.end && w.s[j] == ':' {
		k := j + 1
		for k < w.end && k < j+6 && ascii.Digit(w.s[k]) {
			k++
		}
		if k == j+1 {
			return -1
		}
		j = k
	}
	if j < w.end && w.s[j] == '/' && w.end-j-1 >= 1 && w.end-j-1 <= maxPath {
		j = w.end
	}
	if j != w.end {
		return -1
	}
	return j
}
