package relay

import (
	"strings"

	"weir/rules/ascii"
)

// from reads a line that begins with "from".
func (l *line) from() outcome {
	if o := l.webmail(); o != unread {
		return o
	}
	for i := range families {
		f := &families[i]
		if f.when == nil && strings.Contains(l.s, f.mark) || f.when != nil && f.when(l) {
			if o := l.try1(f.forms); o != unread {
				return o
			}
			break
		}
	}
	if o := l.try1(common); o != unread {
		return o
	}
	if l.known(silent) {
		return ignored
	}
	if l.Helo == "" {
		l.Helo = l.firstWord()
	}
	return unread
}

// known tells whether a line is of one of the forms.
func (l *line) known(forms []form) bool {
	for i := range forms {
		f := &forms[i]
		if strings.Contains(l.s, f.mark) && (f.read == nil && l.match(f.pattern) || f.read != nil && f.read(l) != unread) {
			return true
		}
	}
	return false
}

// try1 reads a line by the first form that it has.
func (l *line) try1(forms []form) outcome {
	for i := range forms {
		f := &forms[i]
		if !strings.Contains(l.s, f.mark) {
			continue
		}
		if f.read != nil {
			if o := f.read(l); o != unread {
				return o
			}
			continue
		}
		if l.match(f.pattern) && (f.check == nil || f.check(l)) {
			return l.take(f.note)
		}
	}
	return unread
}

// take notes what a form found.
func (l *line) take(n note) outcome {
	switch {
	case n&skip != 0:
		return ignored
	case n&mailbox != 0:
		return fetched
	}
	l.set(&l.Helo, helo)
	l.set(&l.RDNS, rdns)
	l.set(&l.IP, client)
	l.set(&l.By, by)
	l.set(&l.Ident, ident)
	l.set(&l.ID, id)
	if n&same != 0 {
		l.Helo, _ = l.text(rdns)
	}
	if n&details != 0 {
		l.remarks()
	}
	l.looked = l.looked || n&looks != 0
	return handed
}

func (l *line) set(to *string, s slot) {
	if v, there := l.text(s); there {
		*to = v
	}
}

// remarks takes helo= and ident= out of a remark.
func (l *line) remarks() {
	s, _ := l.text(remark)
	if _, v, ok := strings.Cut(s, "helo="); ok {
		if v, _, _ = strings.Cut(v, " "); v != "" {
			l.Helo = v
		}
	}
	if _, v, ok := strings.Cut(s, "ident="); ok {
		l.Ident, _, _ = strings.Cut(v, " ")
	}
}

// firstWord gives the first word of a line up to a character that no host name has.
func (l *line) firstWord() string {
	n := strings.IndexByte(l.s, ' ')
	if n > 0 {
		return l.s[:n]
	}
	if n == 0 {
		return ""
	}
	for i := len(l.s) - 1; i > 0; i-- {
		if c := l.s[i]; c == '_' || c != '-' && c != '.' && !ascii.Word(c) {
			return l.s[:i]
		}
	}
	return ""
}
