package html

import (
	"strconv"
	"strings"
)

// look is how an element's text appears; children inherit it. The zero value is not used: see plain.
type look struct {
	gone   Trick   // why nothing within can be seen, whatever its own style says
	unseen bool    // visibility: hidden, which a child can undo
	fg, bg color   // bg is the nearest background that is painted; unknown where an image or gradient is
	size   float32 // of the font, in px
	pre    bool    // white space is kept
	mute   bool    // within an element that no one sees or looks for text in: script, template
}

var plain = look{fg: black, bg: white, size: 16}

// tinyFont is the font size in px up to which text can't be read.
const tinyFont = 1.5

// hidden says why text of this look can't be seen; 0: it can.
func (l *look) hidden() Trick {
	switch {
	case l.gone != 0:
		return l.gone
	case l.unseen:
		return NotShown
	case l.size <= tinyFont:
		return TinyText
	case l.fg == transparent || near(l.fg, l.bg):
		return SameColor
	}
	return 0
}

// rule is what a style says about visibility, as a set of changes to a look.
type rule struct {
	gone     Trick
	visible  int8 // visibility: 1 hidden, 2 visible
	fg, bg   color
	size     float32 // px; negative: a factor of the parent's, as -1.2; 0 with sizeSet: 0px
	sizeSet  bool
	shown    bool // display other than none: takes back a sheet's display:none
	boxZero  bool // no width or no height
	clipped  bool // overflow: hidden
	absolute bool // position: absolute or fixed
	far      bool // left or top far outside of the page
	pre      bool
	image    string // url(…) of a background; "" none
}

var noRule = rule{fg: noColor, bg: noColor}

// apply changes a look to that of an element with this rule.
func (r *rule) apply(l *look) {
	l.gone |= r.hides()
	if r.visible != 0 {
		l.unseen = r.visible == 1
	}
	if r.fg != noColor {
		l.fg = r.fg
	}
	if r.bg != noColor && r.bg != transparent {
		l.bg = r.bg
	}
	if r.sizeSet {
		l.size = sized(r.size, l.size)
	}
	l.pre = l.pre || r.pre
}

func sized(size, parent float32) float32 {
	if size < 0 {
		return -size * parent
	}
	return size
}

// hides says why the rule makes all within invisible.
func (r *rule) hides() Trick {
	t := r.gone
	if r.boxZero && r.clipped {
		t |= NoRoom
	}
	if r.far && r.absolute {
		t |= OffScreen
	}
	return t
}

// merge puts a stronger rule over this one.
func (r *rule) merge(s *rule) {
	if s.shown {
		r.gone &^= NotShown
	}
	r.gone |= s.gone
	if s.visible != 0 {
		r.visible = s.visible
	}
	if s.fg != noColor {
		r.fg = s.fg
	}
	if s.bg != noColor {
		r.bg = s.bg
	}
	if s.sizeSet {
		r.size, r.sizeSet = s.size, true
	}
	r.boxZero, r.clipped = r.boxZero || s.boxZero, r.clipped || s.clipped
	r.absolute, r.far, r.pre = r.absolute || s.absolute, r.far || s.far, r.pre || s.pre
	if s.image != "" {
		r.image = s.image
	}
}

// parseStyle reads declarations: "display:none; color:#fff". Linear: each byte belongs to one declaration.
func parseStyle(r *rule, s string) {
	s = stripComments(s)
	for s != "" {
		var decl string
		decl, s = cutDeclaration(s)
		name, value, ok := strings.Cut(decl, ":")
		if !ok {
			continue
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if at := strings.IndexByte(value, '!'); at >= 0 {
			value = strings.TrimSpace(value[:at])
		}
		r.declare(name, value)
	}
}

// cutDeclaration splits at the next semicolon outside of parentheses, as url(data:a;b) has one inside.
func cutDeclaration(s string) (decl, rest string) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ';':
			if depth <= 0 {
				return s[:i], s[i+1:]
			}
		}
	}
	return s, ""
}

// stripComments takes out /* … */; one that is not closed swallows the rest.
func stripComments(s string) string {
	if !strings.Contains(s, "/*") {
		return s
	}
	out := make([]byte, 0, len(s))
	for {
		before, after, found := strings.Cut(s, "/*")
		out = append(out, before...)
		if !found {
			return string(out)
		}
		if _, s, found = strings.Cut(after, "*/"); !found {
			return string(out)
		}
	}
}

// declare takes in one declaration. Names are told apart by length and first letter before they are compared.
func (r *rule) declare(name, value string) {
	if len(name) < 3 || value == "" {
		return
	}
	switch name[0] | 0x20 {
	case 'b':
		r.declareBackground(name, value)
	case 'c':
		if equalFold(name, "color") {
			r.fg = styleColor(value)
		}
	case 'd':
		if equalFold(name, "display") {
			r.display(value)
		}
	case 'f':
		r.declareFont(name, value)
	case 'h', 'w', 'm', 'o', 'l', 't', 'p', 'v', '-':
		r.declareBox(name, value)
	}
}

func (r *rule) display(value string) {
	if equalFold(value, "none") {
		r.gone |= NotShown
		return
	}
	r.shown = true
	r.gone &^= NotShown
}

// styleColor reads a colour of a style; what we can't read, as var(…), is unknown and hides nothing.
func styleColor(value string) color {
	c := parseColor(value)
	if c == noColor && !equalFold(value, "inherit") {
		return unknown
	}
	return c
}

func (r *rule) declareFont(name, value string) {
	switch {
	case equalFold(name, "font-size"):
		r.fontSize(value)
	case equalFold(name, "font"):
		for field := range strings.FieldsSeq(value) {
			size, _, _ := strings.Cut(field, "/")
			if c := size[:min(1, len(size))]; c != "" && strings.ContainsAny(size, "px%em") && (c[0] >= '0' && c[0] <= '9' || c[0] == '.') {
				r.fontSize(size)
				return
			}
		}
	}
}

func (r *rule) fontSize(value string) {
	n, unit, ok := number(value)
	if !ok || n < 0 {
		return
	}
	r.sizeSet = true
	switch {
	case unit == "pt":
		n *= 4.0 / 3
	case unit == "rem":
		n *= 16
	case unit == "em" && n != 0:
		n = -n
	case unit == "%" && n != 0:
		n = -n / 100
	}
	r.size = n
}

// number reads "12px", "-.5em", "0". Units are given in lower case as far as they matter.
func number(s string) (n float32, unit string, ok bool) {
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && (s[end] == '-' || s[end] == '+')) {
		end++
	}
	f, err := strconv.ParseFloat(s[:min(end, 24)], 32)
	if err != nil {
		return 0, "", false
	}
	unit = s[end:]
	for _, known := range [...]string{"px", "em", "%", "pt", "rem", "vw", "vh"} {
		if equalFold(unit, known) {
			unit = known
		}
	}
	return float32(f), unit, true
}
