package craft

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// node is a piece of a pattern.
type node struct {
	op       op
	set      *[256]bool // class: the bytes that it takes
	text     string     // literal
	subs     []*node
	min, max int // repeat; max -1: without end
	group    int // group and reference: its number; 0: not captured
	name     string
}

type op uint8

const (
	nothing op = iota // an anchor, or what a text can't show
	literal
	class
	sequence
	choice
	repeat
	group
	reference
	ahead // a look-ahead that must match
)

// reader reads a pattern.
type reader struct {
	s        string
	at       int
	groups   int
	depth    int
	extended bool // modifier x: white space and comments are no part of the pattern
}

// maxDepth bounds groups within groups.
const maxDepth = 200

// parse reads a pattern with its delimiters and modifiers, such as /ab+/i or m{^x}. What it can't read matches nothing:
// the walk leaves it out.
func parse(source string) (root *node, fold bool) {
	body, flags := split(source)
	r := &reader{s: body, extended: strings.Contains(flags, "x")}
	for strings.HasPrefix(r.rest(), "(?i)") {
		r.at, fold = r.at+4, true
	}
	root = r.choice()
	return root, fold || strings.Contains(flags, "i")
}

// split takes the delimiters off.
func split(source string) (body, flags string) {
	s := strings.TrimSpace(source)
	if len(s) > 2 && s[0] == 'm' && !isWord(s[1]) {
		s = s[1:]
	}
	if len(s) < 2 {
		return s, ""
	}
	closing := s[0]
	if i := strings.IndexByte("{[(<", s[0]); i >= 0 {
		closing = "}])>"[i]
	}
	end := strings.LastIndexByte(s, closing)
	if end < 1 {
		return s[1:], ""
	}
	return s[1:end], s[end+1:]
}

func (r *reader) rest() string { return r.s[r.at:] }
func (r *reader) more() bool   { return r.at < len(r.s) }

func (r *reader) take(s string) bool {
	if strings.HasPrefix(r.rest(), s) {
		r.at += len(s)
		return true
	}
	return false
}

// choice reads branches up to the end of the group.
func (r *reader) choice() *node {
	n := &node{op: choice}
	for {
		n.subs = append(n.subs, r.sequence())
		if !r.take("|") {
			break
		}
	}
	if len(n.subs) == 1 {
		return n.subs[0]
	}
	return n
}

func (r *reader) sequence() *node {
	n := &node{op: sequence}
	for r.more() && r.s[r.at] != '|' && r.s[r.at] != ')' {
		if r.extended && r.skipBlank() {
			continue
		}
		n.subs = append(n.subs, r.times(r.atom()))
	}
	return n
}

// skipBlank passes over what the modifier x takes out.
func (r *reader) skipBlank() bool {
	switch r.s[r.at] {
	case ' ', '\t', '\n':
		r.at++
		return true
	case '#':
		if i := strings.IndexByte(r.rest(), '\n'); i >= 0 {
			r.at += i
		} else {
			r.at = len(r.s)
		}
		return true
	}
	return false
}

// times reads the repeat behind an atom.
func (r *reader) times(n *node) *node {
	for r.more() {
		least, most := 0, -1
		switch c := r.s[r.at]; {
		case c == '*':
			r.at++
		case c == '+':
			least = 1
			r.at++
		case c == '?':
			most = 1
			r.at++
		case c == '{':
			var ok bool
			if least, most, ok = r.braces(); !ok {
				return n
			}
		default:
			return n
		}
		if r.more() && (r.s[r.at] == '?' || r.s[r.at] == '+') {
			r.at++
		}
		n = &node{op: repeat, subs: []*node{n}, min: least, max: most}
	}
	return n
}

// braces reads {n}, {n,} or {n,m}; anything else is text.
func (r *reader) braces() (least, most int, ok bool) {
	end := strings.IndexByte(r.rest(), '}')
	if end < 2 {
		return 0, 0, false
	}
	low, high, two := strings.Cut(r.s[r.at+1:r.at+end], ",")
	least, err := strconv.Atoi(strings.TrimSpace(low))
	if err != nil && (low != "" || !two) {
		return 0, 0, false
	}
	most = least
	if two {
		if most, err = strconv.Atoi(strings.TrimSpace(high)); err != nil {
			most = -1
		}
	}
	r.at += end + 1
	return least, most, true
}

func (r *reader) atom() *node {
	c := r.s[r.at]
	switch c {
	case '(':
		return r.group()
	case '[':
		return r.class()
	case '\\':
		return r.escape()
	case '.':
		r.at++
		return &node{op: class, set: &anyByte}
	case '^', '$':
		r.at++
		return &node{}
	}
	_, n := utf8.DecodeRuneInString(r.rest())
	r.at += n
	return &node{op: literal, text: r.s[r.at-n : r.at]}
}

// group reads what stands in parentheses.
func (r *reader) group() *node {
	if r.depth++; r.depth > maxDepth {
		r.at = len(r.s)
		return &node{}
	}
	defer func() { r.depth-- }()
	r.at++
	n := &node{op: group}
	shown := r.opening(n)
	sub := r.choice()
	r.take(")")
	if !shown {
		return &node{}
	}
	n.subs = []*node{sub}
	return n
}

// opening reads what stands behind the parenthesis. It tells whether the group's text shows in a match.
func (r *reader) opening(n *node) (shown bool) {
	switch {
	case r.take("?:") || r.take("?>") || r.take("?|"):
		return true
	case r.take("?="):
		n.op = ahead
		return true
	case r.take("?!"), r.take("?<!"), r.take("?#"):
		return false
	case r.take("?<="):
		return true
	case r.take("?P<"), r.take("?<"):
		r.groups++
		end := strings.IndexByte(r.rest(), '>')
		if end >= 0 {
			n.group, n.name = r.groups, r.s[r.at:r.at+end]
			r.at += end + 1
		}
		return true
	case r.take("?"):
		end := strings.IndexAny(r.rest(), ":)")
		if end >= 0 {
			if r.s[r.at+end] == ':' {
				end++
			}
			r.at += end
		}
		return true
	}
	r.groups++
	n.group = r.groups
	return true
}
