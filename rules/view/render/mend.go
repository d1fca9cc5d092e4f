package render

import "bytes"

// mend changes what the parser cannot take: &nbsp; to a blank, <br/> to <br>, curved quotation marks to straight ones.
// The text itself is given where there is nothing to change.
func mend(src []byte) []byte {
	var out []byte
	kept := 0
	for i := 0; i < len(src); i++ {
		c := src[i]
		if !mendable[c] {
			continue
		}
		n, with, back := mendAt(src, i)
		if n == 0 {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(src))
		}
		out = append(append(out, src[kept:i-back]...), with...)
		i += n - 1
		kept = i + 1
	}
	if out == nil {
		return src
	}
	return append(out, src[kept:]...)
}

var mendable = [256]bool{'&': true, '/': true, 0xE2: true}

// mendAt tells how many bytes from i on are replaced, and by what; back bytes in front of it go too.
func mendAt(src []byte, i int) (n int, with string, back int) {
	rest := src[i:]
	switch {
	case rest[0] == '&' && bytes.HasPrefix(rest, []byte("&nbsp;")):
		return 6, " ", 0
	case rest[0] == 0xE2 && len(rest) > 2 && rest[1] == 0x80 && (rest[2] == 0x9C || rest[2] == 0x9D):
		return 3, `"`, 0
	case rest[0] == '/' && len(rest) > 1 && rest[1] == '>':
		j := i
		for j > 0 && isSpace(src[j-1]) {
			j--
		}
		k := j
		for k > 0 && isWord(src[k-1]) {
			k--
		}
		if k < j && k > 0 && src[k-1] == '<' {
			return 1, "", i - j
		}
	}
	return 0, "", 0
}

// class sorts bytes.
const (
	space  = 1 << iota // white space
	letter             // begins a name
	word               // letters, digits and underscore
	digit
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			t[c] = space
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
			t[c] = letter | word
		case c == ':':
			t[c] = letter
		case c >= '0' && c <= '9':
			t[c] = digit | word
		}
	}
	return t
}()

func isSpace(c byte) bool { return class[c]&space != 0 }
func isWord(c byte) bool  { return class[c]&word != 0 }
