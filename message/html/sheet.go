package html

import "strings"

// maxRules bounds the rules kept of all <style> elements of a document.
const maxRules = 2000

// sheet holds the rules of <style> elements by the simple selectors that mail uses: tag, .class, #id, tag.class.
//
// It is there so that text on a dark background that a class paints isn't taken for white on white, and so that a class
// with display:none hides. Rules for other media than the screen, and @media blocks, say nothing about what a reader
// sees for sure and are passed over.
type sheet struct {
	rules map[string]rule // by selector in lower case
	full  bool            // there are more than maxRules: the rest was not kept
}

// add reads the text of a <style> element. Linear: braces are matched once, selectors and declarations read once.
func (s *sheet) add(css string) {
	css = stripComments(css)
	for !s.full {
		open := strings.IndexByte(css, '{')
		if open < 0 {
			return
		}
		selector := strings.TrimSpace(css[:open])
		if at := strings.LastIndexByte(selector, ';'); at >= 0 { // @import "…"; or @charset "…"; before it
			selector = strings.TrimSpace(selector[at+1:])
		}
		css = css[open+1:]
		if strings.HasPrefix(selector, "@") {
			css = skipBlock(css)
			continue
		}
		body, rest, _ := strings.Cut(css, "}")
		css = rest
		s.addRule(selector, body)
	}
}

// skipBlock goes past the } that closes a block which has just been opened.
func skipBlock(css string) string {
	depth := 1
	for i := 0; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return css[i+1:]
			}
		}
	}
	return ""
}

// addRule files the declarations under each selector of a list.
func (s *sheet) addRule(selectors, body string) {
	r := noRule
	parseStyle(&r, body)
	if r == noRule {
		return
	}
	for selector := range strings.SplitSeq(selectors, ",") {
		selector = strings.ToLower(strings.TrimSpace(selector))
		if at := strings.LastIndexAny(selector, " >+~"); at >= 0 {
			s.addCautious(selector[at+1:], &r)
			continue
		}
		s.addSimple(selector, &r)
	}
}

// addCautious files a rule that holds only in some places (div .x): it may paint, so backgrounds and colours become
// unknown, but it hides nothing for sure.
func (s *sheet) addCautious(selector string, r *rule) {
	c := noRule
	if r.bg != noColor {
		c.bg = unknown
	}
	if r.fg != noColor {
		c.fg = unknown
	}
	if c != noRule {
		s.addSimple(selector, &c)
	}
}

func (s *sheet) addSimple(selector string, r *rule) {
	if selector == "" || strings.ContainsAny(selector, ":[*") {
		return
	}
	if s.rules == nil {
		s.rules = make(map[string]rule)
	}
	old, ok := s.rules[selector]
	if !ok {
		if old = noRule; len(s.rules) >= maxRules {
			s.full = true
			return
		}
	}
	old.merge(r)
	s.rules[selector] = old
}

// collect merges into r what the sheet says of an element.
func (s *sheet) collect(r *rule, t tag, id, classes string) {
	if len(s.rules) == 0 {
		return
	}
	name := t.String()
	s.look(r, name)
	n := 0
	for class := range strings.FieldsSeq(classes) {
		if n++; n > 16 {
			break
		}
		s.lookPair(r, "", '.', class)
		s.lookPair(r, name, '.', class)
	}
	if id != "" {
		s.lookPair(r, "", '#', id)
		s.lookPair(r, name, '#', id)
	}
}

func (s *sheet) look(r *rule, selector string) {
	if found, ok := s.rules[selector]; ok {
		r.merge(&found)
	}
}

// lookPair looks for name.word or name#word, put together on the stack.
func (s *sheet) lookPair(r *rule, name string, sep byte, word string) {
	var key [64]byte
	n := copy(key[:], name)
	if n+1+len(word) > len(key) {
		return
	}
	key[n] = sep
	n++
	for i := 0; i < len(word); i++ {
		c := word[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		key[n] = c
		n++
	}
	if found, ok := s.rules[string(key[:n])]; ok {
		r.merge(&found)
	}
}
