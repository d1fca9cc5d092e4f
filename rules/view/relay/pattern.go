package relay

import (
	"strings"

	"weir/rules/ascii"
	"weir/rules/view/ip"
)

// pattern is the shape of a Received line, in a notation of its own. What is no code stands for itself; it begins where the line
// begins and need not reach its end.
//
//	%h %r %b %n %d %s %w   a word (no white space, one byte or more): HELO name, reverse name, receiving host, identity,
//	                       identifier, a remark to look into, and any other
//	%*h …                  the same, perhaps empty
//	%i %I                  an IP address: the client's, and any other
//	%B                     %b that ends in a letter, a digit or an underscore, or before one
//	%~ %.                  anything: as much as can be, as little as can be
//	%z                     %. as a remark to look into
//	%p %P                  what holds no ), one byte or more; the same as a remark
//	%4                     what holds no ), 40 bytes at most, perhaps empty
//	%q %Q                  what holds no blank and no parentheses, perhaps empty: HELO name; the same if it only holds no )
//	%#                     digits
//	%H %S                  HELO or EHLO; SMTP or ESMTP
//	%L                     localhost, by name or address
//	%$                     the line ends here
//	%(…%)                  perhaps
//	%%                     a percent sign
type pattern [][]step

// slot is a thing that a pattern finds.
type slot uint8

const (
	nothing slot = iota
	helo
	rdns
	by
	ident
	id
	remark
	client
	slots
)

var slotCodes = map[byte]slot{'h': helo, 'r': rdns, 'b': by, 'n': ident, 'd': id, 's': remark, 'w': nothing}

// step is a piece of a pattern.
type step struct {
	kind  kind
	text  string // literal: itself; choice: separated by |; span: the bytes that it can't hold
	into  slot
	least int // span: bytes
	most  int // span: bytes; 0: any number
}

type kind uint8

const (
	literal kind = iota
	span         // bytes that are none of text; greedy
	lazy         // anything
	greedy       // anything
	address
	bounded // a word that ends at the edge of one in Perl's sense
	digits
	choice
	local
	end
)

// compile reads the notation.
func compile(text string) pattern {
	if i := strings.Index(text, "%("); i >= 0 {
		j := i + strings.Index(text[i:], "%)")
		return append(compile(text[:i]+text[i+2:j]+text[j+2:]), compile(text[:i]+text[j+2:])...)
	}
	var steps []step
	for text != "" {
		i := strings.IndexByte(text, '%')
		if i < 0 {
			i = len(text)
		}
		if i > 0 {
			steps = append(steps, step{kind: literal, text: text[:i]})
			text = text[i:]
			continue
		}
		text = text[1:]
		least := 1
		if text[0] == '*' {
			least, text = 0, text[1:]
		}
		steps = append(steps, code(text[0], least))
		text = text[1:]
	}
	return pattern{steps}
}

func code(c byte, least int) step {
	switch c {
	case 'i':
		return step{kind: address, into: client}
	case 'I':
		return step{kind: address}
	case 'B':
		return step{kind: bounded, text: " ", into: by, least: 1}
	case '~':
		return step{kind: greedy}
	case '.':
		return step{kind: lazy}
	case 'z':
		return step{kind: lazy, into: remark}
	case 'p':
		return step{kind: span, text: ")", least: 1}
	case 'P':
		return step{kind: span, text: ")", least: 1, into: remark}
	case 'q':
		return step{kind: span, text: " ()", into: helo}
	case 'Q':
		return step{kind: span, text: ")", into: helo}
	case '4':
		return step{kind: span, text: ")", most: 40}
	case '%':
		return step{kind: literal, text: "%"}
	case '#':
		return step{kind: digits, least: 1}
	case 'H':
		return step{kind: choice, text: "HELO|EHLO"}
	case 'S':
		return step{kind: choice, text: "ESMTP|SMTP"}
	case 'L':
		return step{kind: local}
	case '$':
		return step{kind: end}
	}
	return step{kind: span, text: " ", least: least, into: slotCodes[c]}
}

// maxSteps bounds the work for one line: lines of real servers need some hundred.
const maxSteps = 20_000

// matcher tries patterns on a line.
type matcher struct {
	s     string
	steps int
	found [slots]piece
}

// piece is a part of the line; to is 0 where nothing was found.
type piece struct {
	from, to int
	there    bool
}

// match tells whether a line has the shape of a pattern; found then says where its things are.
func (m *matcher) match(p pattern) bool {
	for _, steps := range p {
		m.found = [slots]piece{}
		if m.run(steps, 0) {
			return true
		}
	}
	return false
}

// text gives what was found for a slot.
func (m *matcher) text(s slot) (text string, there bool) {
	f := m.found[s]
	return m.s[f.from:f.to], f.there
}

// run tells whether steps fit what begins at i.
func (m *matcher) run(steps []step, i int) bool {
	for len(steps) > 0 {
		if m.steps++; m.steps > maxSteps {
			return false
		}
		st := &steps[0]
		steps = steps[1:]
		switch st.kind {
		case literal:
			if !strings.HasPrefix(m.s[i:], st.text) {
				return false
			}
			i += len(st.text)
		case address:
			n := ip.At(m.s, i)
			if n == 0 {
				return false
			}
			m.keep(st.into, i, i+n)
			i += n
		case choice:
			n := m.oneOf(st.text, i)
			if n == 0 {
				return false
			}
			i += n
		case end:
			if i != len(m.s) {
				return false
			}
		default:
			return m.vary(st, steps, i)
		}
	}
	return true
}

func (m *matcher) keep(s slot, from, to int) {
	if s != nothing {
		m.found[s] = piece{from, to, true}
	}
}

func (m *matcher) oneOf(words string, i int) int {
	for w := range strings.SplitSeq(words, "|") {
		if strings.HasPrefix(m.s[i:], w) {
			return len(w)
		}
	}
	return 0
}

// vary tries a step that can be of several lengths, and what follows it.
func (m *matcher) vary(st *step, rest []step, i int) bool {
	switch st.kind {
	case lazy:
		return m.near(st, rest, i)
	case greedy:
		return m.far(st, rest, i)
	case local:
		for _, n := range localAt(m.s, i) {
			if m.try(st, rest, i, i+n) {
				return true
			}
		}
		return false
	}
	end := i + st.reach(m.s[i:])
	for j := end; j >= i+st.least; j-- {
		if len(rest) > 0 && rest[0].kind == literal {
			n := strings.LastIndex(m.s[i:min(len(m.s), j+len(rest[0].text))], rest[0].text)
			if n < st.least {
				return false
			}
			j = i + n
		}
		if st.kind == bounded && !ascii.Edge(m.s, j) {
			continue
		}
		if m.try(st, rest, i, j) {
			return true
		}
	}
	return false
}

// reach tells how far a span can go.
func (st *step) reach(s string) int {
	n := 0
	switch {
	case st.kind == digits:
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
	case len(st.text) == 1:
		n = strings.IndexByte(s, st.text[0])
	default:
		n = strings.IndexAny(s, st.text)
	}
	if n < 0 {
		n = len(s)
	}
	if st.most > 0 {
		n = min(n, st.most)
	}
	return n
}

func (m *matcher) try(st *step, rest []step, from, to int) bool {
	if !m.run(rest, to) {
		return false
	}
	m.keep(st.into, from, to)
	return true
}

// near and far try every place where what follows "anything" may begin, from the front or from the back.
func (m *matcher) near(st *step, rest []step, i int) bool {
	for j := i; j <= len(m.s) && m.steps <= maxSteps; j++ {
		if len(rest) > 0 && rest[0].kind == literal {
			n := strings.Index(m.s[j:], rest[0].text)
			if n < 0 {
				return false
			}
			j += n
		}
		if m.try(st, rest, i, j) {
			return true
		}
	}
	return false
}

func (m *matcher) far(st *step, rest []step, i int) bool {
	for j := len(m.s); j >= i && m.steps <= maxSteps; j-- {
		if len(rest) > 0 && rest[0].kind == literal {
			n := strings.LastIndex(m.s[i:min(len(m.s), j+len(rest[0].text))], rest[0].text)
			if n < 0 {
				return false
			}
			j = i + n
		}
		if m.try(st, rest, i, j) {
			return true
		}
	}
	return false
}

// localAt gives the lengths of the names and addresses of the own host that stand at i, the preferred first.
func localAt(s string, i int) []int {
	low := strings.ToLower(s[i:min(len(s), i+64)])
	if strings.HasPrefix(low, "localhost.localdomain") {
		return []int{len("localhost.localdomain"), len("localhost")}
	}
	if strings.HasPrefix(low, "localhost") {
		return []int{len("localhost")}
	}
	n := ip.At(s, i)
	if n == 0 {
		return nil
	}
	if a := s[i : i+n]; a == "127.0.0.1" || isLoopback(a) {
		return []int{n}
	}
	return nil
}
