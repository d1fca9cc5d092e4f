package mime

import (
	"bytes"
	"regexp"
	"strings"

	"weir/rules/ascii"
	"weir/rules/view"
	"weir/rules/view/mime"
)

// parts is what is counted over all parts of a message.
type parts struct {
	html, text, base64, attachments, encoded  int
	base64Text, badISO, alternative, notASCII bool

	charsets []string
	sizes    []size // of the leaves
	quoted   quoted
	longest  int // line of base64, with its end
	normal   int // bytes of plain text that is not encoded
	entities int // Unicode characters written as entities in it
}

// size is how long a leaf's text is.
type size struct {
	kind  string
	bytes int
}

// quoted is what is counted in quoted-printable.
type quoted struct {
	seen            bool
	bytes, needless int // of it, and characters that are encoded without need
	long            bool
}

type scanKey struct{ exact bool }

// scan counts once for each message. exact: see Room.
func scan(m *view.Mail, exact bool) *parts {
	return view.Once(m, scanKey{exact}, func() *parts {
		s := &parts{}
		for _, p := range m.Parts().Parts {
			s.part(p, exact)
		}
		return s
	})
}

// part counts one part.
func (s *parts) part(p *mime.Part, exact bool) {
	ct := p.Content()
	encoding, disposition := ascii.ToLower(p.Value("content-transfer-encoding")), ascii.ToLower(p.Value("content-disposition"))
	if ct.Type == "multipart/alternative" {
		s.alternative = true
	}
	s.header(ct, encoding, disposition)
	if !p.IsLeaf() {
		return
	}
	attached := strings.Contains(disposition, "attachment")
	if !attached {
		z := size{kind: ct.Type}
		if s.alternative && (ct.Type == "text/plain" || ct.Type == "text/html") {
			z.bytes = len(p.Raw())
		}
		s.sizes = append(s.sizes, z)
	}
	if encoding == "base64" && ct.Type != "application/ics" {
		s.longest = max(s.longest, longestLine(p.Raw()))
	}
	if exact && encoding == "quoted-printable" {
		s.quoted.add(p.Raw())
	}
	if ct.Type == "text/plain" {
		s.plain(p.Raw(), ct, encoding, exact)
	}
}

var (
	isoName = regexp.MustCompile(`iso-\S+-\S+\b`)
	isoGood = regexp.MustCompile(`iso-(?:8859-\d{1,2}|2022-(?:jp|kr))\b`)
	inASCII = regexp.MustCompile(`ascii|ansi_x3\.4-19(?:68|86)|iso-ir-6|iso_646\.irv:1991|iso646-us|us|(?:ibm|cp)367`)
)

// header counts what the fields of a part say.
func (s *parts) header(ct mime.Content, encoding, disposition string) {
	charset := ascii.ToLower(ct.Charset)
	isText := strings.HasPrefix(ct.Type, "text")
	switch {
	case ct.Type == "text/html":
		s.html++
	case isText:
		s.text++
	}
	isBase64 := strings.Contains(encoding, "base64")
	switch {
	case isBase64:
		s.base64++
	case strings.Contains(encoding, "quoted-printable"):
		s.encoded++
	}
	if strings.Contains(disposition, "attachment") {
		s.attachments++
	}
	if isText && isBase64 && (charset == "" || inASCII.MatchString(charset)) &&
		!strings.HasPrefix(disposition, "attachment") && !strings.HasPrefix(disposition, "inline") {
		s.base64Text = true
	}
	if isoName.MatchString(charset) && !isoGood.MatchString(charset) {
		s.badISO = true
	}
	if strings.ContainsAny(charset, "abcdefghijklmnopqrstuvwxyz") {
		s.charsets = append(s.charsets, charset)
	}
}

// plain looks at plain text for what does not belong there: octets that are not ASCII, characters as entities of HTML.
func (s *parts) plain(text []byte, ct mime.Content, encoding string, exact bool) {
	if !ct.HasCharset || ascii.ToLower(ct.Charset) == "us-ascii" {
		s.notASCII = s.notASCII || bytes.ContainsFunc(text, func(r rune) bool { return r == 0 || r == '\r' || r >= 0x80 })
	}
	if encoding == "" || exact && (encoding == "7bit" || encoding == "8bit") {
		n := countEntities(text)
		s.entities += n
		s.normal += len(text) - n*len("&#x0000;")
	}
}

// countEntities counts &#x and four digits.
func countEntities(text []byte) (n int) {
	for {
		i := bytes.Index(text, []byte("&#x"))
		if i < 0 || len(text) < i+8 {
			return n
		}
		text = text[i+3:]
		if text[4] == ';' && strings.Trim(string(text[:4]), "0123456789ABCDEF") == "" {
			n++
			text = text[5:]
		}
	}
}

// longestLine measures the longest line, with its end.
func longestLine(text []byte) (n int) {
	for len(text) > 0 {
		i := bytes.IndexByte(text, '\n') + 1
		if i == 0 {
			i = len(text)
		}
		n, text = max(n, i), text[i:]
	}
	return n
}

// longQuoted is how long a line of quoted-printable may be, with its end: two more than RFC 2045 section 6.7 allows, since
// well-known mail programs write such.
const longQuoted = 79

// add counts the lines of a text in quoted-printable.
func (q *quoted) add(text []byte) {
	q.seen = true
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("SPAM: ")) {
			continue
		}
		q.long = q.long || len(line) > longQuoted
		q.bytes += len(line)
		q.needless += needless(line)
	}
}

var trailing = regexp.MustCompile(`((?:=09|=20)+)[\s\v]*$`)

// needless counts the characters of a line that are encoded without need; blanks at its end must be.
func needless(line []byte) (n int) {
	for i := bytes.IndexByte(line, '='); i >= 0 && i+2 < len(line); {
		if isNeedless(line[i+1], line[i+2]) {
			n++
		}
		j := bytes.IndexByte(line[i+1:], '=')
		if j < 0 {
			break
		}
		i += 1 + j
	}
	if n > 0 {
		if end := trailing.FindSubmatch(line); end != nil {
			n -= len(end[1]) / 3
		}
	}
	return n
}

// isNeedless tells of the code of a tab, a letter, a digit or other printable ASCII, but for "=" itself.
func isNeedless(a, b byte) bool {
	hex := b >= '0' && b <= '9' || b >= 'A' && b <= 'F'
	switch a {
	case '0':
		return b == '9'
	case '3':
		return hex && b != 'D'
	case '2', '4', '5', '6':
		return hex
	case '7':
		return hex && b != 'F'
	}
	return false
}

// quotedCount tells how many parts are quoted-printable, or, where these were read, how many needless codes they have.
func (s *parts) quotedCount() int {
	if s.quoted.bytes > 0 {
		return s.quoted.needless
	}
	return s.encoded
}

func (s *parts) quotedRatio() float64 {
	if s.quoted.bytes == 0 {
		return 0
	}
	return float64(s.quoted.needless) / float64(s.quoted.bytes)
}

func (s *parts) entityRatio() float64 {
	if s.normal == 0 {
		return 0
	}
	return float64(s.entities) / float64(s.normal)
}

// multipartRatio is the size of the last plain text by that of the last HTML; 1 where one is missing.
func (s *parts) multipartRatio() float64 {
	if !s.alternative {
		return 1
	}
	text, html := -1, -1
	for _, z := range s.sizes {
		switch z.kind {
		case "text/plain":
			text = z.bytes
		case "text/html":
			html = z.bytes
		}
	}
	if text < 0 || html <= 0 {
		return 1
	}
	return float64(text) / float64(html)
}
