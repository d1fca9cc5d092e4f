package signature

import (
	"strings"
	"unsafe"
)

// Tag is one name=value of a tag list.
type Tag struct {
	Name  string
	Value string // without white space around it; inside it is kept

	from, to int // the value with the white space around it, in what was parsed
}

// Tags is a tag list (RFC 6376 section 3.2) in its order.
type Tags []Tag

// maxTags bounds the list; the RFCs know 13 tags.
const maxTags = 64

// space is what folding is made of (RFC 6376 section 2.8), and LF and CR alone, which it becomes on its way.
const space = " \t\r\n"

// Get gives the value of a tag; names are case-sensitive. ok is false where it is absent.
func (t Tags) Get(name string) (value string, ok bool) {
	for i := range t {
		if t[i].Name == name {
			return t[i].Value, true
		}
	}
	return "", false
}

// ParseTags reads a tag list. A tag that comes twice, control characters and anything that is no name=value make all of
// it malformed, as RFC 6376 section 3.2 asks. Values refer to s.
//
// QUIRK: 8-bit characters are let through: RFC 8616 allows UTF-8 in some tags.
func ParseTags(s string) (Tags, error) {
	tags := make(Tags, 0, min(strings.Count(s, ";")+1, maxTags))
	for from := 0; from <= len(s); {
		to := len(s)
		if n := strings.IndexByte(s[from:], ';'); n >= 0 {
			to = from + n
		}
		if strings.Trim(s[from:to], space) != "" {
			tag, err := parseTag(s, from, to)
			if err != nil {
				return tags, err
			}
			if _, twice := tags.Get(tag.Name); twice {
				return tags, malformed("tag " + tag.Name + "= comes twice")
			}
			if len(tags) == maxTags {
				return tags, malformed("too many tags")
			}
			tags = append(tags, tag)
		} else if to < len(s) {
			return tags, malformed("an empty tag")
		}
		from = to + 1
	}
	return tags, nil
}

func parseTag(s string, from, to int) (Tag, error) {
	eq := strings.IndexByte(s[from:to], '=')
	if eq < 0 {
		return Tag{}, malformed("a tag without =")
	}
	t := Tag{Name: strings.Trim(s[from:from+eq], space), from: from + eq + 1, to: to}
	t.Value = strings.Trim(s[t.from:to], space)
	if !isTagName(t.Name) {
		return t, malformed("a tag's name is none")
	}
	for i := 0; i < len(t.Value); i++ {
		if c := t.Value[i]; c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7f {
			return t, malformed("control characters in tag " + t.Name + "=")
		}
	}
	return t, nil
}

// isTagName: a letter, then letters, digits and underscores.
func isTagName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if c >= 'a' && c <= 'z' && s[i] != '@' || i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '_') {
			continue
		}
		return false
	}
	return true
}

// squeeze leaves out all white space.
func squeeze(s string) string {
	if !strings.ContainsAny(s, space) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(space, s[i]) < 0 {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// view gives bytes of the message as a string without copying them. The message's bytes never change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
