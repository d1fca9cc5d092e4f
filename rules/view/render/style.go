package render

import (
	"math"
	"strconv"
	"strings"
)

// styleTag numbers the tags that change how text looks. th counts as td.
type styleTag uint8

const (
	noStyle styleTag = iota
	styleBody
	styleFont
	styleTable
	styleTR
	styleTD
	styleBig
	styleSmall
	styleBaseFont
	styleMarquee
	styleSpan
	styleP
	styleDiv
	styleA
	styleCount
)

var styleTags = map[string]styleTag{
	"body": styleBody, "font": styleFont, "table": styleTable, "tr": styleTR, "th": styleTD, "td": styleTD, "big": styleBig,
	"small": styleSmall, "basefont": styleBaseFont, "marquee": styleMarquee, "span": styleSpan, "p": styleP, "div": styleDiv,
	"a": styleA,
}

// maxStyles bounds the tags within each other whose looks are kept; what is deeper looks like what it is in.
const maxStyles = 10_000

// style is how text looks.
type style struct {
	tag                 styleTag
	ink, ground         string // "#rrggbb", "invalid", or what was written
	size                float64
	display, visibility string
}

// styles are the open tags that change looks.
type styles struct {
	stack    []style
	open_    [styleCount]int
	base     float64
	hidden   int8 // whether text now is hidden: 0 unknown, 1 yes, -1 no
	max, min float64
}

func (s *styles) start() {
	s.stack = append(s.stack, style{ink: "#000000", ground: "#ffffff", size: 3})
	s.base, s.max, s.min = 3, 3, 3
}

func (s *styles) push(n style) {
	s.hidden = 0
	if len(s.stack) < maxStyles {
		s.stack = append(s.stack, n)
		s.open_[n.tag]++
	}
}

func (s *styles) pop() styleTag {
	s.hidden = 0
	top := s.stack[len(s.stack)-1].tag
	s.open_[top]--
	s.stack = s.stack[:len(s.stack)-1]
	return top
}

// close ends a tag and all that is open in it. A body is not ended: text behind it is shown like it.
func (s *styles) close(tag styleTag) {
	if tag == styleBody || s.open_[tag] == 0 {
		return
	}
	for s.pop() != tag {
	}
}

// closeCells ends cells and rows that have no end tags.
func (s *styles) closeCells(tag styleTag) {
	if s.open_[tag] == 0 {
		return
	}
	for len(s.stack) > 1 {
		top := s.stack[len(s.stack)-1].tag
		if top != styleFont && top != styleTD && !(tag == styleTR && top == styleTR) {
			return
		}
		s.pop()
	}
}

// open begins a tag.
func (s *styles) open(r *renderer, tag styleTag) {
	if tag == styleBaseFont {
		if size, ok := r.attr("size"); ok {
			if n, ok := leadingNumber(size, false); ok {
				s.base = n
				return
			}
		}
	}
	if tag == styleTD || tag == styleTR {
		s.closeCells(tag)
	}
	n := s.stack[len(s.stack)-1]
	n.tag = tag
	switch {
	case tag == styleBig:
		n.size++
	case tag == styleSmall:
		n.size--
	case len(r.attrs) > 0:
		s.apply(r, &n)
	}
	s.push(n)
}

// okAttrs are the attributes that a tag may have, by its number.
var okAttrs = [styleCount][]string{
	styleBaseFont: {"color", "face", "size"},
	styleBody:     {"text", "bgcolor", "link", "alink", "vlink", "background"},
	styleFont:     {"color", "face", "size"},
	styleMarquee:  {"bgcolor", "background"},
	styleTable:    {"bgcolor", "style"}, styleTD: {"bgcolor", "style"}, styleTR: {"bgcolor", "style"},
	styleSpan: {"style"}, styleP: {"style"}, styleDiv: {"style"}, styleA: {"style"},
}

// apply changes a style by the attributes of its tag.
func (s *styles) apply(r *renderer, n *style) {
	for _, name := range okAttrs[n.tag] {
		value, there := r.attr(name)
		if !there {
			continue
		}
		switch name {
		case "text", "color":
			n.ink = color(value)
		case "size":
			s.resize(n, value)
		case "style":
			s.inline(n, value)
		}
		if n.size > s.max {
			s.max = n.size
		} else if n.size < s.min {
			s.min = n.size
		}
	}
}

func (s *styles) resize(n *style, value string) {
	if d, ok := leadingNumber(value, true); ok {
		n.size = s.base + d
	} else if d, ok := leadingNumber(value, false); ok {
		n.size = d
	}
}

// leadingNumber reads the number that a value begins with, with a sign or without.
func leadingNumber(value string, signed bool) (float64, bool) {
	v := strings.TrimLeft(value, " \t\n\v\f\r")
	start := 0
	if signed {
		if v == "" || v[0] != '+' && v[0] != '-' {
			return 0, false
		}
		start = 1
	}
	end := start
	for end < len(v) && class[v[end]]&digit != 0 {
		end++
	}
	if end == start {
		return 0, false
	}
	n, err := strconv.ParseFloat(v[:end], 64)
	return n, err == nil
}

// inline reads a style attribute.
func (s *styles) inline(n *style, value string) {
	for rest, more := value, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, ";")
		n.declare(part)
	}
	if n.ground == "transparent" {
		n.ground = s.stack[len(s.stack)-1].ground
	}
	if n.ink == "transparent" {
		n.ink = n.ground
	}
}

// declare reads one declaration: "color: red".
func (n *style) declare(part string) {
	name, value, ok := strings.Cut(part, ":")
	if !ok {
		return
	}
	name = strings.TrimLeft(name, " \t\n\v\f\r")
	blank := value != "" && value != "\n"
	value = strings.Trim(value, " \t\n\v\f\r")
	if value == "" && !blank || strings.IndexByte(value, '\n') >= 0 {
		return
	}
	switch strings.ToLower(name) {
	case "color":
		setColor(&n.ink, value)
		return
	case "background-color":
		setColor(&n.ground, value)
		return
	}
	if value == "" { // of colours alone a blank is a value, and none that can be read
		return
	}
	if name == "background" {
		n.background(value)
		return
	}
	switch strings.TrimRight(name, " \t\n\v\f\r") { // the names' case is kept: rules know these two in lower case only
	case "display":
		n.display = value
	case "visibility":
		n.visibility = value
	}
}

// setColor reads a colour of a style sheet.
func setColor(to *string, value string) {
	value = strings.ToLower(value)
	if i := strings.LastIndexByte(value, '!'); i >= 0 && strings.TrimSpace(value[i+1:]) == "important" {
		value = strings.TrimRight(value[:i], " \t\n\v\f\r")
	}
	switch {
	case strings.Contains(value, "rgb"):
		*to = hexOf(strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' || c == ',' {
				return c
			}
			return -1
		}, value))
	case value == "inherit":
	case value == "transparent":
		*to = value
	default:
		*to = color(value)
	}
}

// hexOf turns "1,2,3" into a colour.
func hexOf(list string) string {
	parts := append(strings.Split(list, ","), "", "", "")
	out := make([]byte, 0, 7)
	out = append(out, '#')
	for _, p := range parts[:3] {
		n, err := strconv.Atoi(p)
		if err != nil && p != "" {
			n = 255
		}
		out = appendHex(out, min(n, 255))
	}
	return string(out)
}

func appendHex(out []byte, n int) []byte {
	if n < 16 {
		out = append(out, '0')
	}
	return strconv.AppendInt(out, int64(n), 16)
}

// background takes the first colour of the lowest layer of a background.
func (n *style) background(value string) {
	for _, word := range lastLayer(strings.ToLower(value)) {
		if c := color(word); c != invalid {
			n.ground = c
			return
		}
	}
}

// isHidden tells whether text now is hidden: as good as the colour of its ground, too small, or not displayed.
func (r *renderer) isHidden() bool {
	if r.styles.hidden == 0 {
		r.styles.hidden = -1
		if r.judge(&r.styles.stack[len(r.styles.stack)-1]) {
			r.styles.hidden = 1
		}
	}
	return r.styles.hidden > 0
}

func (r *renderer) judge(s *style) bool {
	switch {
	case last6(s.ink) == last6(s.ground), near(s.ink, s.ground):
		r.doc.facts.lowContrast = true
		return true
	case s.ink == invalid || s.ground == invalid:
		r.doc.facts.invalidColor = true
		return true
	}
	return s.size <= 1 || strings.EqualFold(s.display, "none") || strings.EqualFold(s.visibility, "hidden")
}

func last6(s string) string { return s[max(0, len(s)-6):] }

// near tells whether two colours can hardly be told from each other, each channel weighed by its brightness.
func near(a, b string) bool {
	r1, g1, b1, ok := channels(a)
	r2, g2, b2, ok2 := channels(b)
	return ok && ok2 && math.Sqrt(sq(0.2126*(r1-r2))+sq(0.7152*(g1-g2))+sq(0.0722*(b1-b2))) < 12
}

func sq(x float64) float64 { return x * x }

func channels(s string) (r, g, b float64, ok bool) {
	s = strings.TrimPrefix(s, "#")
	if len(s) != 6 || !isHex(s) {
		return 0, 0, 0, false
	}
	n, err := strconv.ParseUint(s, 16, 32)
	return float64(n >> 16), float64(n >> 8 & 255), float64(n & 255), err == nil
}

// isHex tells whether there are only hexadecimal digits in lower case.
func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; hexDigit(c) < 0 || c >= 'A' && c <= 'F' {
			return false
		}
	}
	return true
}
