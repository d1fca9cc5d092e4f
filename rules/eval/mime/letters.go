package mime

import (
	"regexp"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/eval/locales"
	"weir/rules/view"
)

// faraway hits where the message is in a charset that nobody here reads, and has text in it.
func (r *Room) faraway(m *view.Mail) int {
	if r.locales.Everywhere() {
		return 0
	}
	charset := charsetOf(m)
	if charset == "" || r.locales.Reads(charset) {
		return 0
	}
	low, high := -1, 0
	for _, p := range m.Body() {
		low++ // paragraphs are joined by line ends
		for i := range len(p) {
			if p[i] >= 0x80 {
				high++
			} else {
				low++
			}
		}
	}
	return args.Yes(low <= high && high > 3)
}

// far tells whether a part is in a charset that nobody here reads.
func (r *Room) far(m *view.Mail) bool {
	if r.locales.Everywhere() {
		return false
	}
	for _, c := range r.scan(m).charsets {
		if !r.locales.Reads(c) {
			return true
		}
	}
	return false
}

var charsetParam = regexp.MustCompile(`(?i)charset=(?:"([^"]+)"|'([^']+)'|(\S+))`)

// charsetOf is the charset of the message as a whole, "" if it says none.
func charsetOf(m *view.Mail) string {
	t, _ := m.Get("Content-Type")
	c := charsetParam.FindStringSubmatch(t)
	if c == nil {
		return ""
	}
	return c[1] + c[2] + c[3]
}

// capitalsCharset are charsets whose text looks like capital letters while it is encoded.
var capitalsCharset = regexp.MustCompile(`(?i)^` + locales.Shouting + `$`)

type capitalsKey struct{}

// uppercase binds check_for_uppercase(more than, up to): how many of a hundred letters are capitals.
func (r *Room) uppercase(c eval.Call) (eval.Check, error) {
	low, high, err := args.Two(c, 0)
	return func(m *view.Mail) int {
		v := view.Once(m, capitalsKey{}, func() float64 { return r.capitals(m) })
		return args.Yes(v > low && v <= high)
	}, err
}

// leastText is how much text there must be for its capitals to say something, in bytes.
const leastText = 200

func (r *Room) capitals(m *view.Mail) float64 {
	for _, c := range append(r.scan(m).charsets, charsetOf(m)) {
		if capitalsCharset.MatchString(c) {
			return 0
		}
	}
	size, upper, lower := 0, 0, 0
	for _, p := range m.Body() {
		if !hasInnerSpace(p) || isEncoded(p) {
			continue
		}
		p = withoutJapanese(p)
		size += len(p)
		for i := range len(p) {
			switch k := p[i]; {
			case k >= 'A' && k <= 'Z':
				upper++
			case k >= 'a' && k <= 'z', k >= '0' && k <= '9':
				lower++
			}
		}
	}
	if size < leastText || upper+lower == 0 {
		return 0
	}
	return float64(upper) / float64(upper+lower) * 100
}

// hasInnerSpace tells whether there are two words.
func hasInnerSpace(p string) bool {
	return strings.ContainsAny(strings.Trim(p, whiteSpace), whiteSpace)
}

const whiteSpace = " \t\n\v\f\r"

// isEncoded tells of base64 that was left in a text: two long words of it at its beginning.
func isEncoded(p string) bool {
	for range 2 {
		i := strings.IndexByte(p, ' ')
		if i < 60 || i > 76 {
			return false
		}
		for j := range i {
			if c := p[j]; !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=') {
				return false
			}
		}
		p = p[i+1:]
	}
	return true
}

// withoutJapanese cuts what escapes of ISO-2022-JP enclose.
func withoutJapanese(p string) string {
	i := strings.Index(p, "\x1b$B")
	if i < 0 {
		return p
	}
	j := strings.LastIndex(p, "\x1b(B")
	if j < i {
		return p
	}
	return p[:i] + p[j+3:]
}
