package relay

import (
	"strings"

	"weir/rules/ascii"
	"weir/rules/view/ip"
)

// outcome is what a line came to.
type outcome uint8

const (
	unread  outcome = iota // nobody can make sense of it
	handed                 // a hand-over
	ignored                // no hand-over between hosts, or one that says too little
	fetched                // somebody fetched the mail from a mailbox
)

// line is a Received field that is being read.
type line struct {
	matcher
	Relay
	looked  bool   // the server looks names up
	scanner string // the sender that a scanner noted for the next line
	scans   bool
}

// clean folds white space and cuts it, and semicolons at the end.
func clean(s string) string {
	s = foldSpace(s)
	s = strings.TrimPrefix(s, " ")
	s = strings.TrimSuffix(s, " ")
	for strings.HasSuffix(s, ";") {
		s = strings.TrimSuffix(s[:len(s)-1], " ")
	}
	return s
}

// foldSpace puts one blank in place of white space.
func foldSpace(s string) string {
	if !strings.ContainsAny(s, "\t\r\n\v\f") && !strings.Contains(s, "  ") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c != ' ' && (c < '\t' || c > '\r'):
			out = append(out, c)
		case len(out) == 0 || out[len(out)-1] != ' ':
			out = append(out, ' ')
		}
	}
	return string(out)
}

func (l *line) parse() outcome {
	if !startsFold(l.s, "from ") && !startsFold(l.s, "(from ") || l.submitted() {
		return ignored
	}
	l.s = strings.Replace(withoutDate(l.s), ")by ", ") by ", 1)
	l.gather()
	l.Auth = l.authenticated()
	o := unread
	switch {
	case strings.HasPrefix(l.s, "from "):
		l.noteSender()
		l.s = l.s[len("from "):]
		o = l.from()
	case strings.HasPrefix(l.s, "FROM "):
		l.s = l.s[len("FROM "):]
		o = l.try1(shouted)
	case strings.HasPrefix(l.s, "(from "):
		l.s = l.s[len("(from "):]
		o = l.try1(enclosed)
	}
	if o != unread {
		return o
	}
	return l.guess()
}

func startsFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// submitted tells whether a line says at once that no other host handed the mail over, or nothing but two names.
func (l *line) submitted() bool {
	for rest := l.s; ; {
		i := strings.Index(rest, "with local for")
		if i < 0 {
			break
		}
		if ascii.Edge(rest, i) && ascii.Edge(rest, i+len("with local for")) {
			return true
		}
		rest = rest[i+1:]
	}
	if !startsFold(l.s, "from ") {
		return false
	}
	from, rest, _ := strings.Cut(l.s[5:], " ")
	if from == "" || !startsFold(rest, "by ") || from[0] == '[' && from[len(from)-1] == ']' && len(from) > 2 && strings.Trim(from[1:len(from)-1], "0123456789.") == "" {
		return false
	}
	n := strings.IndexAny(rest[3:], " ;")
	if n < 1 {
		return false
	}
	rest = strings.TrimPrefix(rest[3+n:], " ")
	return strings.HasPrefix(rest, ";")
}

// withoutDate cuts a date off the end of a line, if nothing follows it.
func withoutDate(s string) string {
	words := make([]string, 0, 6)
	at := [6]int{}
	for rest := s; len(words) < 6; {
		i := strings.LastIndexByte(rest, ' ')
		at[len(words)] = i + 1
		words = append(words, rest[i+1:])
		if i < 0 {
			break
		}
		rest = rest[:i]
	}
	if len(words) < 5 || words[0] == "" || !isClock(words[1]) || !isNumber(words[2]) || !isMonth(words[3]) {
		return s
	}
	day := words[4]
	n := len(day)
	for n > 0 && day[n-1] >= '0' && day[n-1] <= '9' {
		n--
	}
	start := at[4] + n
	switch {
	case n == len(day), n > 0 && day[n-1] != ';':
		return s
	case n == 0 && len(words) == 6 && len(words[5]) >= 4 && isDay(words[5][len(words[5])-4:]):
		if w := words[5]; len(w) == 4 && at[5] > 0 || len(w) > 4 && w[len(w)-5] == ';' {
			start = at[5] + len(w) - 4
		}
	}
	if start == 0 {
		return s
	}
	return strings.TrimRight(s[:start], " ;")
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func isClock(s string) bool {
	hour, rest, ok := strings.Cut(s, ":")
	minute, second, more := strings.Cut(rest, ":")
	return ok && isNumber(hour) && isNumber(minute) && (!more || isNumber(second))
}

func isMonth(s string) bool {
	return len(s) == 3 && strings.Contains("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", s)
}

func isDay(s string) bool {
	return len(s) == 4 && s[3] == ',' && strings.Contains("Mon Tue Wed Thu Fri Sat Sun", s[:3])
}

// gather takes what stands anywhere in a line: identifier, HELO name, receiving host.
func (l *line) gather() {
	for rest := l.s; ; {
		i := strings.Index(rest, " id ")
		if i < 0 {
			break
		}
		rest = rest[i+4:]
		word := strings.TrimPrefix(rest, "<")
		if n := strings.IndexAny(word, " <>;"); n >= 3 || n < 0 && len(word) >= 3 {
			if l.ID = word; n >= 0 {
				l.ID = word[:n]
			}
			break
		}
		rest = l.s[len(l.s)-len(rest)-1:]
	}
	l.Helo = named(l.s, "helo=")
	if l.Helo == "" {
		l.Helo = namedFirst(l.s, "HELO ", "EHLO ")
	}
	if i := strings.Index(l.s, " by "); i >= 0 {
		l.By, _, _ = strings.Cut(l.s[i+4:], " ")
		if l.By == "" {
			l.By = l.secondBy(i + 1)
		}
	}
}

// secondBy finds the host behind a later "by".
func (l *line) secondBy(from int) string {
	i := strings.Index(l.s[from:], " by ")
	if i < 0 {
		return ""
	}
	word, _, _ := strings.Cut(l.s[from+i+4:], " ")
	return word
}

// named gives the name behind a label.
func named(s, label string) string {
	at := 0
	for {
		i := strings.Index(s[at:], label)
		if i < 0 {
			return ""
		}
		i += at
		if i == 0 || !ascii.Word(s[i-1]) {
			n := i + len(label)
			for n < len(s) && inHelo(s[n]) {
				n++
			}
			if n > i+len(label) {
				return s[i+len(label) : n]
			}
		}
		at = i + 1
	}
}

// namedFirst is named for two labels, of which the first in the line counts.
func namedFirst(s, a, b string) string {
	i, j := strings.Index(s, a), strings.Index(s, b)
	if j >= 0 && (i < 0 || j < i) {
		a, b = b, a
	}
	if n := named(s, a); n != "" {
		return n
	}
	return named(s, b)
}

func inHelo(c byte) bool {
	return c != '_' && ascii.Word(c) || strings.IndexByte(`-._^+&:=?!@%*$\/`, c) >= 0
}

// noteSender takes the envelope's sender out of a comment.
func (l *line) noteSender() {
	for i := range len(l.s) {
		n := senderLabel(l.s[i:])
		if n == 0 {
			continue
		}
		end := i + n
		for end < len(l.s) && l.s[end] != ' ' {
			end++
		}
		for end > i+n && !ascii.Edge(l.s, end) {
			end--
		}
		if end > i+n {
			l.Sender, l.HasSender = l.s[i+n:end], true
			return
		}
	}
}

// senderLabel gives the length of the words before an envelope's sender.
func senderLabel(s string) int {
	if len(s) < len("return-path ") || s[6] != '-' && s[8] != '-' {
		return 0
	}
	for _, p := range [...]string{"return-path: ", "return-path ", "envelope-sender ", "envelope-sender=", "envelope-from ", "envelope-from="} {
		if startsFold(s, p) {
			return len(p)
		}
	}
	return 0
}

// guess takes an address in brackets from a line whose form nobody knows.
func (l *line) guess() outcome {
	if l.IP == "" {
		for at := 0; ; {
			i := strings.IndexByte(l.s[at:], '[')
			if i < 0 {
				break
			}
			at += i + 1
			if n := ip.At(l.s, at); n > 0 && at+n < len(l.s) && l.s[at+n] == ']' {
				l.IP = l.s[at : at+n]
				break
			}
		}
	}
	if l.IP != "" && l.By != "" {
		return handed
	}
	return unread
}

// tidy brings what was found into the form that rules expect: no brackets, no characters that would break the notation.
func (l *line) tidy() {
	l.RDNS = strings.TrimRight(l.RDNS, ".")
	if strings.EqualFold(l.RDNS, "unknown") || strings.HasPrefix(l.RDNS, "[") {
		l.RDNS = ""
	}
	l.IP = plainAddress(l.IP)
	l.By = strings.TrimSuffix(l.By, ";")
	l.IP, l.RDNS, l.Helo, l.By, l.Ident = safe(l.IP), safe(l.RDNS), safe(l.Helo), safe(l.By), safe(l.Ident)
	if l.HasSender {
		l.Sender = plainSender(l.Sender)
	}
	l.NoReverse = l.RDNS == "" && l.looked
	l.Private = ip.Private(l.IP)
}

func plainSender(s string) string {
	return safe(strings.TrimRight(strings.TrimLeft(s, "<"), ">"))
}

// plainAddress cuts what is around an address, and writes IPv4 in IPv6 as IPv4.
func plainAddress(s string) string {
	if startsFold(s, "IPv6:") {
		s = s[5:]
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if i := strings.IndexByte(s, '%'); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, ':'); i >= 5 && strings.IndexByte(s[i:], '.') > 0 && strings.EqualFold(s[i-4:i], "ffff") && strings.Trim(s[:i-4], "0:") == "" {
		return s[i+1:]
	}
	return s
}

// safe puts ! where a character would break the notation.
func safe(s string) string {
	if !strings.ContainsAny(s, " \t\r\n\v\f\x00#[]()<>|") {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if strings.IndexByte(" \t\r\n\v\f\x00#[]()<>|", c) >= 0 {
			b[i] = '!'
		}
	}
	return string(b)
}
