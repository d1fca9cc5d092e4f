package field

import (
	"strings"

	"weir/rules/ascii"
)

// mailbox gives the length of the address that a text begins with.
func mailbox(s string) int {
	i := quoted(s)
	if i == 0 || i >= len(s) || s[i] != '@' {
		for i = 0; i < len(s) && s[i] != '@' && !ascii.Space(s[i]) && strings.IndexByte("<>()[],:;", s[i]) < 0; i++ {
		}
	}
	if i == 0 || i+1 >= len(s) || s[i] != '@' {
		return 0
	}
	from := i + 1
	for i = from; i < len(s) && !ascii.Space(s[i]) && strings.IndexByte(`"<>()[],:;`, s[i]) < 0; i++ {
	}
	if i > from {
		return i
	}
	return literal(s, from)
}

// literal reads an address literal: [192.0.2.1].
func literal(s string, from int) int {
	if s[from] != '[' {
		return 0
	}
	i := from + 1
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == ':' || s[i] == '.') {
		i++
	}
	if i == from+1 || i == len(s) || s[i] != ']' {
		return 0
	}
	return i + 1
}

// phraseLen gives the length of a name: quoted strings, and text up to a comma or the like.
func phraseLen(s string) int {
	i := 0
	for i < len(s) {
		if s[i] == '"' {
			n := quoted(s[i:])
			if n == 0 {
				return i
			}
			i += n
			continue
		}
		n := strings.IndexAny(s[i:], `",;<`)
		if n == 0 {
			return i
		}
		if n < 0 {
			return len(s)
		}
		i += n
	}
	return i
}

// quoted gives the length of the quoted string that a text begins with.
func quoted(s string) int {
	if s == "" || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// commentLen gives the length of the comment that a text begins with. Comments in comments are not known.
func commentLen(s string) int {
	if s == "" || s[0] != '(' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			return 0
		case ')':
			return i + 1
		}
	}
	return 0
}

// unquoted takes the quotes off a name, and comments out.
func unquoted(s string) string {
	if !strings.ContainsAny(s, `"(`) {
		return s
	}
	var b strings.Builder
	for s != "" {
		if n := quoted(s); n > 0 {
			b.WriteString(strings.ReplaceAll(s[1:n-1], `\`, ""))
			s = s[n:]
			continue
		}
		n := strings.IndexByte(s[1:], '"') + 1
		if n == 0 {
			n = len(s)
		}
		if s[0] != '"' {
			b.WriteString(withoutComments(s[:n]))
		}
		s = s[n:]
	}
	return b.String()
}

func withoutComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if n := commentLen(s[i:]); n > 0 {
			i += n - 1
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func skipSpace(s string, i int) int {
	for i < len(s) && ascii.Space(s[i]) {
		i++
	}
	return i
}
