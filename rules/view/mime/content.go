package mime

import (
	"strings"

	"weir/rules/ascii"
)

// Content is what a Content-Type field says.
type Content struct {
	Type        string // in lower case; text/plain for all text but HTML, calendars and cards
	Boundary    string
	HasBoundary bool
	Charset     string
	HasCharset  bool
	Name        string
	Missing     bool // there was no field, or it said nothing
}

// ParseContent reads the value of a Content-Type field.
func ParseContent(value string) Content {
	c := Content{}
	if value == "" || value == "0" {
		c.Missing, value = true, "text/plain; charset=us-ascii"
	}
	if strings.IndexByte(value, '=') >= 0 {
		c.Boundary, c.HasBoundary = boundary(value)
		c.Charset, c.HasCharset = parameter(value, "charset", false)
		c.Name, _ = parameter(value, "name", true)
		if c.Name == "" || c.Name == "0" {
			c.Name = pieces(value)
		}
	}
	c.Type = mediaType(value)
	if c.Type == "" {
		c.Missing = true
	}
	if c.Type == "" || isOddText(c.Type) {
		c.Type = "text/plain"
	}
	c.Type = strings.Map(tokenOnly, c.Type)
	return c
}

// mediaType cuts the type out of a value.
func mediaType(value string) string {
	value = strings.TrimLeft(value, " \t\n\v\f\r")
	value, _, _ = strings.Cut(value, ";")
	if i := strings.IndexByte(value, '/'); i > 0 {
		if j := strings.IndexAny(value[i+1:], "/ \t\n\v\f\r"); j >= 0 {
			value = value[:i+1+j]
		}
	}
	return ascii.ToLower(value)
}

// isOddText tells whether a type is text of a kind that is read as plain text.
func isOddText(t string) bool {
	rest, ok := strings.CutPrefix(t, "text")
	if !ok || rest != "" && ascii.Word(rest[0]) {
		return false
	}
	switch strings.TrimSuffix(rest, "\n") {
	case "/x-vcard", "/calendar", "/html":
		return false
	}
	return true
}

// tokenOnly drops what a type cannot have.
func tokenOnly(r rune) rune {
	if r <= ' ' || r >= 0x7F || strings.ContainsRune(`"(),:;<=>?@[\]`, r) {
		return -1
	}
	return r
}

// find looks for name, white space and "=" from at on, where a word begins; file allows "file" in front of the name. It
// gives where the value begins, -1 where there is none.
func find(value, name string, at int, file bool) int {
	for at < len(value) {
		i := strings.IndexByte(value[at:], '=')
		if i < 0 {
			return -1
		}
		eq := at + i
		at = eq + 1
		end := len(strings.TrimRight(value[:eq], " \t\n\v\f\r"))
		start := end - len(name)
		if start < 0 || !strings.EqualFold(value[start:end], name) {
			continue
		}
		if start > 0 && ascii.Word(value[start-1]) && !(file && start >= 4 && strings.EqualFold(value[start-4:start], "file") &&
			(start == 4 || !ascii.Word(value[start-5]))) {
			continue
		}
		return skipSpace(value, eq+1)
	}
	return -1
}

func skipSpace(s string, i int) int {
	for i < len(s) && ascii.Space(s[i]) {
		i++
	}
	return i
}

// parameter gives what stands behind name=: up to a semicolon or the end of the line, without quotes around it.
func parameter(value, name string, file bool) (string, bool) {
	for at := 0; ; {
		i := find(value, name, at, file)
		if i < 0 {
			return "", false
		}
		if v, ok := simpleValue(value[i:]); ok {
			return v, true
		}
		at = i
	}
}

func simpleValue(s string) (string, bool) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		s = s[1:]
	}
	end := strings.IndexByte(s, ';')
	if end < 0 {
		end = len(s)
		if strings.HasSuffix(s, "\n") {
			end--
		}
	}
	if strings.IndexByte(s[:end], '\n') >= 0 {
		return "", false
	}
	v := s[:end]
	if v != "" && (v[len(v)-1] == '"' || v[len(v)-1] == '\'') {
		v = v[:len(v)-1]
	}
	return v, true
}

// pieces joins a name that RFC 2231 splits: name*0=…; name*1=….
func pieces(value string) string {
	if find(value, "name*0", 0, true) < 0 {
		return ""
	}
	var b strings.Builder
	for n := range 10 {
		i := find(value, "name*"+string(rune('0'+n)), 0, true)
		if i < 0 {
			break
		}
		v, _ := simpleValue(value[i:])
		b.WriteString(v)
	}
	return b.String()
}

// boundary gives the boundary parameter.
func boundary(value string) (string, bool) {
	for at := 0; ; {
		i := find(value, "boundary", at, false)
		if i < 0 {
			return "", false
		}
		s := value[i:]
		if len(s) > 1 && s[0] == '"' && s[1] != '"' {
			s, _, _ = strings.Cut(s[1:], `"`)
			return s, true
		}
		if j := strings.IndexAny(s, " \t\n\v\f\r\";"); j > 0 && s[j] != '"' {
			return s[:j], true
		} else if j < 0 && s != "" {
			return s, true
		}
		at = i
	}
}
