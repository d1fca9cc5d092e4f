package freemail

import (
	"bytes"
	"slices"
	"strings"

	"weir/rules/ascii"
	"weir/rules/view"
	"weir/rules/view/uri"
)

// Bounds on how many addresses of a text are looked at.
const (
	maxLinked = 20
	maxNamed  = 40
)

// anchor is the type of links that the tag a makes.
var anchor = uri.Tag("a")

// collect gives the addresses that a mail's text names, each once, in lower case: those of links first. shown are the
// paragraphs without the quotations that were taken out on the way; nil: none was.
func collect(m *view.Mail) (list, shown []string) {
	s := scanner{top: known(m), seen: map[string]bool{}}
	for _, l := range m.URIDetails() {
		if len(s.list) < maxLinked && l.Types&anchor != 0 && l.Types&uri.Parsed == 0 && len(l.Raw) > 7 && strings.EqualFold(l.Raw[:7], "mailto:") {
			if a := find([]byte(l.Raw), 7, s.top); a.ok && a.start == 7 {
				s.note([]byte(l.Raw)[a.start:a.end])
			}
		}
	}
	body := m.Body()
	for i := 0; i < len(body) && len(s.list) < maxNamed; i++ {
		if rest := s.paragraph(body[i]); len(rest) != len(body[i]) {
			if shown == nil {
				shown = slices.Clone(body)
			}
			shown[i] = rest
		}
	}
	return s.list, shown
}

// scanner collects addresses.
type scanner struct {
	top  func(string) bool
	seen map[string]bool
	list []string
}

func (s *scanner) note(address []byte) {
	a := strings.ToLower(string(address))
	if !s.seen[a] {
		s.seen[a] = true
		s.list = append(s.list, a)
	}
}

// paragraph gives what is left of a paragraph without links that have addresses in them and without quotations of somebody,
// and collects the addresses in it. A quotation is an address in angle brackets, or in front of a word and a colon ("wrote:"):
// it tells who said what.
func (s *scanner) paragraph(paragraph string) (left string) {
	if strings.IndexByte(paragraph, '@') < 0 && !strings.Contains(paragraph, "%40") {
		return paragraph
	}
	text := withoutQuoted(withoutLinks([]byte(paragraph)), s.top)
	for at := 0; len(s.list) < maxNamed; {
		a := find(text, at, s.top)
		if !a.ok {
			break
		}
		s.note(text[a.start:a.end])
		at = a.end
	}
	return string(text)
}

// maxRun is how many bytes of a link are looked at, before and behind the sign that stands for an address in it.
const maxRun = 255

// withoutLinks puts a blank in place of each link that has an address in it.
func withoutLinks(text []byte) []byte {
	var out []byte
	done := 0
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("://"))
		if i < 0 {
			break
		}
		start, rest := at+i, at+i+3
		at = rest
		begin, ok := scheme(text, start)
		if !ok || begin < done {
			continue
		}
		end := sign(text, rest)
		if end < 0 {
			continue
		}
		end = run(text, end, maxRun)
		out = append(append(out, text[done:begin]...), ' ')
		done, at = end, end
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// scheme tells where http or https begins in front of ://, with an angle bracket if there is one.
func scheme(text []byte, colon int) (begin int, ok bool) {
	for _, name := range []string{"https", "http"} {
		if i := colon - len(name); i >= 0 && strings.EqualFold(string(text[i:colon]), name) {
			if i > 0 && text[i-1] == '<' {
				i--
			}
			return i, true
		}
	}
	return 0, false
}

// run gives the end of the bytes from at on that are no white space, at most n of them.
func run(text []byte, at, n int) int {
	end := at
	for end < len(text) && end-at < n && !ascii.Space(text[end]) {
		end++
	}
	return end
}

// sign gives the end of the last @ or %40 of a link that lies within bounds; -1: there is none.
func sign(text []byte, at int) int {
	end := run(text, at, maxRun+3)
	for i := min(end-1, at+maxRun); i >= at; i-- {
		if text[i] == '@' {
			return i + 1
		}
		if text[i] == '%' && bytes.HasPrefix(text[i:end], []byte("%40")) {
			return i + 3
		}
	}
	return -1
}

// withoutQuoted puts a blank in place of each address that tells who said what.
func withoutQuoted(text []byte, top func(string) bool) []byte {
	var out []byte
	done := 0
	for at := 0; ; {
		a := find(text, at, top)
		if !a.ok {
			break
		}
		at = a.end
		behind := quoted(text, a.end)
		if behind < 0 || bytes.HasSuffix(bytes.ToLower(text[max(a.start-7, 0):a.start]), []byte("mailto:")) {
			continue
		}
		start := a.start
		if start > done && text[start-1] == '<' {
			start--
		}
		out = append(append(out, text[done:start]...), ' ')
		done, at = behind, behind
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// quoted gives the end of what makes an address a quotation; -1: it is none.
func quoted(text []byte, at int) int {
	if at < len(text) && text[at] == '>' {
		return at + 1
	}
	i := at
	for i < len(text) && i-at < 10 && ascii.Space(text[i]) {
		i++
	}
	word := i
	for i < len(text) && i-word < 12 && (text[i]|0x20) >= 'a' && (text[i]|0x20) <= 'z' {
		i++
	}
	if word == at || i-word < 2 || i-word > 11 || i >= len(text) || text[i] != ':' || means(text[word:]) {
		return -1
	}
	return i + 1
}

// means tells whether a word in front of a colon announces how to be reached, so that what stands in front is no author.
func means(text []byte) bool {
	word := strings.ToLower(string(text[:min(len(text), 7)]))
	for _, w := range []string{"fax", "facsi", "tel", "phone", "email", "e-mail", "mail", "-mail"} {
		if strings.HasPrefix(word, w) {
			return true
		}
	}
	return false
}
