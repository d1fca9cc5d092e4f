package render

import (
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// invalid is a colour that nobody can read.
const invalid = "invalid"

// color gives a colour by its name (SVG 1.1, which CSS took over), its digits or its three channels, as "#rrggbb".
func color(s string) string {
	s = strings.Trim(strings.ToLower(s), " \t\n\v\f\r")
	if c, ok := colornames.Map[s]; ok {
		out := append(make([]byte, 0, 7), '#')
		return string(appendHex(appendHex(appendHex(out, int(c.R)), int(c.G)), int(c.B)))
	}
	if i := strings.Index(s, "rgb("); i >= 0 {
		if c, ok := channelList(s[i+len("rgb("):]); ok {
			s = c
		} else if !inList(s[i+len("rgb("):]) {
			return invalid
		}
	} else if strings.Trim(s, "#abcdef0123456789") != "" {
		return invalid
	}
	if s == "" || s[0] != '#' {
		return invalid
	}
	return "#" + sixDigits(s)
}

// inList tells whether only what a list of channels may have stands up to the bracket.
func inList(s string) bool {
	body, _, ok := strings.Cut(s, ")")
	return ok && strings.Trim(body, "0123456789%, ") == ""
}

// channelList reads "1, 2, 3)" and "10%, 20%, 30%)".
func channelList(s string) (string, bool) {
	body, _, ok := strings.Cut(s, ")")
	parts := strings.Split(body, ",")
	if !ok || len(parts) != 3 {
		return "", false
	}
	out := append(make([]byte, 0, 7), '#')
	percent := strings.Contains(body, "%")
	for i, p := range parts {
		if i > 0 {
			p = strings.TrimLeft(p, " \t\n\v\f\r")
		}
		if i == 2 {
			p = strings.TrimRight(p, " \t\n\v\f\r")
		}
		digits, has := strings.CutSuffix(p, "%")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || has != percent || digits[0] == '+' || digits[0] == '-' || n > 1<<20 {
			return "", false
		}
		if percent {
			n = int(float64(n) / 100 * 255)
		}
		out = appendHex(out, n)
	}
	return string(out), true
}

// sixDigits keeps the digits of a colour and makes them six: of four or five the first three count.
func sixDigits(s string) string {
	d := strings.ReplaceAll(s, "#", "")
	switch n := len(d); {
	case n > 6:
		d = d[:6]
	case n > 3 && n < 6:
		d = d[:3]
	}
	for len(d)%3 != 0 {
		d += "0"
	}
	if len(d) == 3 {
		d = string([]byte{d[0], d[0], d[1], d[1], d[2], d[2]})
	}
	return d
}

// lastLayer splits a background at commas into layers and these at blanks, brackets and quotation marks kept together, and
// gives the last layer.
func lastLayer(s string) []string {
	var tokens, last []string
	depth, quote, start := 0, byte(0), 0
	some := false
	flush := func(i int) {
		if i > start {
			tokens = append(tokens, s[start:i])
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case depth > 0:
			if c == ')' {
				depth = 0
				flush(i + 1)
				start = i + 1
			}
		case c == '(':
			depth = 1
		case c == ' ' || c == ',':
			flush(i)
			start = i + 1
			if c == ',' {
				last, tokens, some = tokens, nil, true
			}
		}
	}
	flush(len(s))
	if len(tokens) == 0 && some {
		return last
	}
	return tokens
}
