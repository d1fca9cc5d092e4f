package address

import "strings"

// comment reads ( … ), with comments inside. One without an end is no comment.
func (p *parser) comment(e *entry) {
	end := -1
	if !p.noComment {
		end = commentEnd(p.s, p.i)
	}
	if end < 0 {
		p.noComment = true
		e.odd |= BadSyntax
		e.text = append(e.text, '(')
		return
	}
	text := p.s[p.i : end-1]
	glued := len(e.text) > 0 && e.at > 0 && e.text[len(e.text)-1] != ' ' && end < len(p.s) && !ends(p.s[end])
	if glued || e.at > 0 && e.angles == 0 && p.i > 1 && p.s[p.i-2] != ' ' && p.s[p.i-2] != '\t' {
		e.odd |= Comment
	}
	e.addComment(text)
	p.i = end
}

func (e *entry) addComment(text string) {
	text = strings.TrimSpace(text)
	switch {
	case text == "", len(e.comment) >= maxComment:
	case e.comment == "":
		e.comment = text
	default:
		e.comment += " " + text
	}
}

// maxComment bounds how much is put together of several comments, in bytes.
const maxComment = 256

// ends tells whether c ends an address.
func ends(c byte) bool { return c == ',' || c == ';' || c == ' ' || c == '\t' || c == '<' }

// commentEnd gives the index behind the ) that closes a comment whose text begins at i; -1 if none does.
func commentEnd(s string, i int) int {
	for depth := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// quoted reads a quoted string into the text.
func (p *parser) quoted(e *entry) {
	end := -1
	if !p.noQuote {
		end = quoteEnd(p.s, p.i)
	}
	if end < 0 {
		p.noQuote = true
		e.odd |= BadSyntax
		e.text = append(e.text, '"')
		return
	}
	e.quoted = true
	var pair bool
	e.text, pair = appendUnquoted(e.text, p.s[p.i:end-1])
	if pair && strings.HasPrefix(p.s[end:], "@") {
		e.odd |= QuotedPair
	}
	p.i = end
}

// quoteEnd gives the index behind the closing quote of a string whose text begins at i; -1 if there is none.
func quoteEnd(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// appendUnquoted takes the backslashes of quoted pairs out; pair tells whether there were any.
func appendUnquoted(dst []byte, s string) (out []byte, pair bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			pair = true
			i++
		}
		dst = append(dst, s[i])
	}
	return dst, pair
}

// literal reads [192.0.2.1] into the text.
func (p *parser) literal(e *entry) {
	e.text = append(e.text, '[')
	if e.at == 0 || e.at != len(e.text)-1 {
		return // only behind an @ is it a literal; else a bracket in a name
	}
	end := strings.IndexAny(p.s[p.i:min(len(p.s), p.i+maxPathDomain)], "],<>\"")
	if end >= 0 && p.s[p.i+end] == ']' {
		e.text = append(e.text, p.s[p.i:p.i+end+1]...)
		p.i += end + 1
	}
}
