package field

import (
	"strings"

	"weir/rules/ascii"
)

// person is one entry of an address list.
type person struct {
	address string // without <>; "" none
	name    string // beside it, or in a comment behind it; undecoded
	named   bool
}

// people calls yield with the addresses or the names in a value.
func (h *Header) people(t *Target, v []byte, yield func(v []byte)) {
	for _, p := range parsePeople(string(v)) {
		switch {
		case t.forms&addr != 0:
			if p.address != "" {
				h.located(t, p.address, yield)
			}
		case p.named && t.forms&raw != 0:
			h.located(t, p.name, yield)
		case p.named:
			h.located(t, shownName(p.name), yield)
		}
	}
}

// located hands on a value, or the host or IP address in it if those are asked for.
func (h *Header) located(t *Target, s string, yield func(v []byte)) {
	if t.forms&(host|number) != 0 {
		h.place(t, []byte(s), yield)
		return
	}
	yield([]byte(s))
}

// shownName decodes a name and cuts white space and a pair of single quotes around it.
func shownName(s string) string {
	s = string(decodePhrase([]byte(s)))
	folded := strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < 0x80 && ascii.Space(byte(r)) }), " ")
	if folded == "" {
		return s
	}
	if n := len(folded); n > 1 && folded[0] == '\'' && folded[n-1] == '\'' {
		return folded[1 : n-1]
	}
	return folded
}

// maxPeople bounds the entries of a list that are read.
const maxPeople = 2000

// parsePeople reads a list of addresses (RFC 5322 section 3.4) as it comes in mail: names without quotes that need them,
// addresses without <>, semicolons in place of commas. What can't be read ends the list; addresses in <> behind that are
// still found.
func parsePeople(s string) []person {
	s = strings.TrimRight(s, " \t\r\n\v\f")
	s = strings.ReplaceAll(s, `\\`, "")
	s = withoutGroup(s)
	if strings.Trim(s, " \t\r\n\v\f") == "" {
		return nil
	}
	var list []person
	l := lister{s: s}
	for l.s != "" && len(list) < maxPeople {
		p, n := l.entry()
		if n == 0 {
			break
		}
		l.s = l.s[n:]
		list = append(list, p)
	}
	return append(list, leftOver(l.s)...)
}

// withoutGroup cuts the name of a group, and an empty group altogether.
func withoutGroup(s string) string {
	n := strings.IndexAny(s, `"()<>`)
	if n < 0 {
		n = len(s)
	}
	colon := strings.LastIndexByte(s[:n], ':')
	if colon < 1 {
		return s
	}
	s = s[colon+1:]
	for s != "" && ascii.Space(s[0]) {
		s = s[1:]
	}
	if s != "" && s[0] == ';' {
		return afterLine(s)
	}
	return s
}

// afterLine gives what follows the first line.
func afterLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[i:]
	}
	return ""
}

// leftOver finds addresses in <> in what could not be read.
func leftOver(s string) []person {
	var list []person
	if strings.IndexByte(s, '@') < 0 {
		return nil
	}
	for i := 0; i < len(s) && len(list) < maxPeople; i++ {
		if s[i] != '<' {
			continue
		}
		n := mailbox(s[i+1:])
		if n == 0 || i+1+n >= len(s) || s[i+1+n] != '>' {
			continue
		}
		if a := s[i+1 : i+1+n]; validMailbox(a) {
			list = append(list, person{address: oneDomain(a)})
		}
		i += n + 1
	}
	return list
}

// lister reads entries off the front of a list.
type lister struct {
	s string
}

// entry reads one entry and what ends it. n is 0 where there is none.
func (l *lister) entry() (p person, n int) {
	s := l.s
	at := skipSpace(s, 0)
	end := at + phraseLen(s[at:])
	open := skipSpace(s, end)
	if open < len(s) && s[open] == '<' {
		if p, n, ok := angled(s, at, end, open); ok {
			return p, n
		}
	}
	if m := mailbox(s[at:]); m > 0 {
		if comment, has, n, ok := ended(s, at+m); ok {
			return finish(s[at:at+m], true, "", false, comment, has), n
		}
	}
	if end == at {
		return p, 0
	}
	comment, has, n, ok := ended(s, end)
	if !ok {
		return p, 0
	}
	return finish("", false, s[at:end], true, comment, has), n
}

// angled reads an address in <> that begins at open, after a name in s[from:to].
func angled(s string, from, to, open int) (p person, n int, ok bool) {
	start := skipSpace(s, open+1)
	for _, end := range closers(s, start) {
		after := repeated(s, end+1)
		comment, has, n, ok := ended(s, after)
		if !ok {
			continue
		}
		a := strings.TrimRight(s[min(start, end):end], " \t\r\n\v\f")
		if a = withoutComments(a); mailbox(a) != len(a) || a == "" {
			a = ""
		}
		return finish(a, a != "", s[from:to], to > from, comment, has), n, true
	}
	return p, 0, false
}

// maxClosers bounds the places that are tried as the end of an address.
const maxClosers = 16

// closers gives the indexes of > that may end what begins at start, the best first: as far away as no white space follows an @
// or a > before it.
func closers(s string, start int) []int {
	i := start
	for i < len(s) && s[i] != '>' && s[i] != '@' {
		i++
	}
	run := i
	for run < len(s) && !ascii.Space(s[run]) {
		run++
	}
	var list []int
	if next := skipSpace(s, run); run > i && next < len(s) && s[next] == '>' && next >= run {
		list = append(list, next)
	}
	for j := run - 1; j >= i && len(list) < maxClosers; j-- {
		if s[j] == '>' {
			list = append(list, j)
		}
	}
	return list
}

// repeated skips further <…> that some programs write.
func repeated(s string, at int) int {
	for {
		open := skipSpace(s, at)
		if open >= len(s) || s[open] != '<' {
			return at
		}
		i := skipSpace(s, open+1)
		if n := quoted(s[i:]); n > 0 {
			i += n
		}
		run := i
		for run < len(s) && !ascii.Space(s[run]) {
			run++
		}
		if next := skipSpace(s, run); next < len(s) && s[next] == '>' {
			at = next + 1
			continue
		}
		end := strings.LastIndexByte(s[i:run], '>')
		if end < 0 {
			return at
		}
		at = i + end + 1
	}
}

// ended reads a comment, and the comma or the end that follows an entry.
func ended(s string, at int) (comment string, has bool, n int, ok bool) {
	i := skipSpace(s, at)
	if m := commentLen(s[i:]); m > 0 {
		if comment, has, n, ok := ended2(s, i+m, s[i+1:i+m-1], true); ok {
			return comment, has, n, ok
		}
	}
	return ended2(s, i, "", false)
}

func ended2(s string, at int, comment string, has bool) (string, bool, int, bool) {
	i := skipSpace(s, at)
	switch {
	case i == len(s):
		return comment, has, i, true
	case s[i] == ',' || s[i] == ';':
		return comment, has, i + 1, true
	}
	return "", false, 0, false
}

// finish puts an entry together.
func finish(address string, hasAddress bool, name string, named bool, comment string, hasComment bool) person {
	if hasAddress && !validMailbox(address) {
		address = ""
	}
	if named {
		name = unquoted(name)
		switch {
		case address == "" && isMailbox(name):
			address, name, named = name, "", false
		case name == address || name == "":
			name, named = "", false
		}
	}
	if !named && hasComment {
		name, named = comment, true
	}
	return person{address: oneDomain(address), name: name, named: named}
}

// isMailbox tells whether a name is an address.
func isMailbox(s string) bool {
	if s == "" || mailbox(s) != len(s) || !validMailbox(s) {
		return false
	}
	_, domain, _ := strings.Cut(oneDomain(s), "@")
	return ValidHost(domain)
}

// oneDomain cuts an address at a second @.
func oneDomain(a string) string {
	i := strings.IndexByte(a, '@')
	if i < 0 {
		return a
	}
	if j := strings.IndexByte(a[i+1:], '@'); j >= 0 {
		return a[:i+1+j]
	}
	return a
}

// validMailbox sorts out what is known to be misread.
func validMailbox(a string) bool { return !strings.HasPrefix(a, `""@`) && strings.Count(a, `"`) != 1 }
