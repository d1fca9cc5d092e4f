package office

import (
	"bytes"
	"html"
	"iter"
	"strings"
)

// tags yields the inside of each tag of a name. It reads XML as loosely as it takes to find attributes: what a strict
// parser would refuse is looked at too.
func tags(data []byte, name string) iter.Seq[string] {
	open := []byte("<" + name)
	return func(yield func(string) bool) {
		for rest := data; ; {
			i := bytes.Index(rest, open)
			if i < 0 {
				return
			}
			rest = rest[i+len(open):]
			end := bytes.IndexByte(rest, '>')
			if end < 0 {
				end = len(rest)
			}
			if end == 0 || rest[0] > ' ' {
				continue // a longer name
			}
			if !yield(string(rest[:min(end, 16<<10)])) {
				return
			}
			rest = rest[end:]
		}
	}
}

// attribute gives the value of an attribute, "" if the tag does not have it.
func attribute(tag, name string) string {
	for rest := tag; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return ""
		}
		before := i == 0 || rest[i-1] <= ' '
		rest = rest[i+len(name):]
		value := strings.TrimLeft(rest, " \t\r\n")
		if !before || !strings.HasPrefix(value, "=") {
			continue
		}
		value = strings.TrimLeft(value[1:], " \t\r\n")
		if value == "" || value[0] != '"' && value[0] != '\'' {
			return ""
		}
		end := strings.IndexByte(value[1:], value[0])
		if end < 0 {
			return ""
		}
		return html.UnescapeString(value[1 : 1+end])
	}
}
