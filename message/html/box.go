package html

import "strings"

// farAway is the distance in px beyond which an element is off the page.
const farAway = 500

// declareBox takes in what moves, shrinks or fades an element.
func (r *rule) declareBox(name, value string) {
	switch len(name) {
	case 3, 4:
		if equalFold(name, "left") || equalFold(name, "top") {
			r.far = r.far || isFar(value)
		}
	case 5, 6:
		if equalFold(name, "width") || equalFold(name, "height") {
			r.boxZero = r.boxZero || isZero(value)
		}
	case 7:
		if equalFold(name, "opacity") {
			r.fade(value)
		}
	case 8:
		r.declarePlace(name, value)
	case 9, 10:
		r.declareShape(name, value)
	case 11, 12:
		r.declareMargin(name, value)
	case 23:
		if equalFold(name, "-webkit-text-fill-color") {
			r.fg = styleColor(value)
		}
	}
}

// declarePlace takes in the two properties of eight letters.
func (r *rule) declarePlace(name, value string) {
	switch {
	case equalFold(name, "overflow"):
		r.clipped = equalFold(value, "hidden") || equalFold(value, "clip")
	case equalFold(name, "position"):
		r.absolute = equalFold(value, "absolute") || equalFold(value, "fixed")
	}
}

func (r *rule) declareShape(name, value string) {
	switch {
	case equalFold(name, "max-width"), equalFold(name, "max-height"):
		r.boxZero = r.boxZero || isZero(value)
	case equalFold(name, "visibility"):
		r.visible = 2
		if equalFold(value, "hidden") || equalFold(value, "collapse") {
			r.visible = 1
		}
	case equalFold(name, "transform"):
		if strings.ReplaceAll(value, " ", "") == "scale(0)" {
			r.gone |= NoRoom
		}
	}
}

// declareMargin takes in what pushes text out of sight and what keeps its white space.
func (r *rule) declareMargin(name, value string) {
	switch {
	case equalFold(name, "text-indent"), equalFold(name, "margin-left"):
		if n, _, ok := number(value); ok && n <= -farAway {
			r.gone |= OffScreen
		}
	case equalFold(name, "white-space"):
		r.pre = len(value) >= 3 && equalFold(value[:3], "pre")
	}
}

func (r *rule) fade(value string) {
	n, unit, ok := number(value)
	if unit == "%" {
		n /= 100
	}
	if ok && n < 0.05 {
		r.gone |= Faded
	}
}

// isZero tells whether a size leaves no room for text.
func isZero(value string) bool {
	n, unit, ok := number(value)
	return ok && n >= 0 && n <= 1 && (unit == "px" || unit == "" || n == 0)
}

func isFar(value string) bool {
	n, _, ok := number(value)
	return ok && (n <= -farAway || n >= 10*farAway)
}

// declareBackground takes in background, background-color and background-image.
func (r *rule) declareBackground(name, value string) {
	switch {
	case equalFold(name, "background-color"):
		r.bg = styleColor(value)
	case equalFold(name, "background"), equalFold(name, "background-image"):
		r.paint(value)
	}
}

// paint reads a background: an image or gradient makes its colour unknown, since it covers it.
func (r *rule) paint(value string) {
	if at := strings.IndexByte(value, '('); at >= 3 && equalFold(value[at-3:at], "url") {
		r.image = cssURL(value[at+1:])
		r.bg = unknown
		return
	}
	if strings.Contains(value, "gradient") || strings.Contains(value, "var(") {
		r.bg = unknown
		return
	}
	if c := parseColor(value); c != noColor {
		r.bg = c
		return
	}
	for field := range strings.FieldsSeq(value) {
		if c := parseColor(field); c != noColor {
			r.bg = c
			return
		}
	}
}

// cssURL takes the address out of what follows "url(".
func cssURL(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if q := s[0]; q == '"' || q == '\'' {
		if end := strings.IndexByte(s[1:], q); end >= 0 {
			return s[1 : end+1]
		}
		return ""
	}
	if end := strings.IndexByte(s, ')'); end >= 0 {
		return strings.TrimSpace(s[:end])
	}
	return ""
}
