package uri

import (
	"errors"
	"fmt"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/rules/view/uri"
)

// side is one condition of a uri_detail rule: what it looks at, and the pattern that one of the values must, or must not,
// match.
type side struct {
	values  func(m *view.Mail, l *uri.Link) []string
	pattern *pattern.Pattern
	not     bool
}

// sides are what a uri_detail rule can look at.
var sides = map[string]func(m *view.Mail, l *uri.Link) []string{
	"raw":     func(_ *view.Mail, l *uri.Link) []string { return []string{l.Raw} },
	"type":    func(_ *view.Mail, l *uri.Link) []string { return l.Types.Names() },
	"cleaned": func(_ *view.Mail, l *uri.Link) []string { return l.Cleaned() },
	"text":    func(_ *view.Mail, l *uri.Link) []string { return l.Texts },
	"host": func(m *view.Mail, l *uri.Link) (names []string) {
		for _, h := range m.Set.Links().Hosts(l) {
			names = append(names, h.Name)
		}
		return names
	},
	"domain": func(m *view.Mail, l *uri.Link) (names []string) {
		for _, h := range m.Set.Links().Hosts(l) {
			names = append(names, h.Domain)
		}
		return names
	},
}

// bindDetail binds a rule of the kind uri_detail: it hits if one link meets all conditions.
func bindDetail(c eval.Call) (eval.Check, error) {
	text, _ := args.Text(c, 0)
	all, err := readSides(text)
	if err != nil {
		return nil, err
	}
	return eval.Tries(func(m *view.Mail, t *pattern.Trial) bool {
		links := m.Links().Links()
		for i := 0; i < len(links) && !t.Cut(); i++ {
			if meets(m, t, &links[i], all) {
				return true
			}
		}
		return false
	}), nil
}

func meets(m *view.Mail, t *pattern.Trial, l *uri.Link, all []side) bool {
	for i := range all {
		if !all[i].met(m, t, l) {
			return false
		}
	}
	return true
}

// met tells whether one of a link's values is as the condition asks. A link without such values does not meet it.
func (s *side) met(m *view.Mail, t *pattern.Trial, l *uri.Link) bool {
	for _, value := range s.values(m, l) {
		if t.Match(s.pattern, []byte(value)) != s.not && !t.Cut() {
			return true
		}
	}
	return false
}

var errDetail = errors.New(`write conditions such as  raw =~ /pattern/i  type !~ /^img$/ : raw, type, cleaned, text, domain and host are known`)

// readSides reads the conditions of a uri_detail rule. The last one counts where several look at the same side.
func readSides(text string) ([]side, error) {
	byName := map[string]int{}
	var all []side
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		name, s, rest, err := readSide(text)
		if err != nil {
			return nil, err
		}
		if i, ok := byName[name]; ok {
			all[i] = s
		} else {
			byName[name] = len(all)
			all = append(all, s)
		}
		text = rest
	}
	if len(all) == 0 {
		return nil, errDetail
	}
	return all, nil
}

// readSide reads one condition.
func readSide(text string) (name string, s side, rest string, err error) {
	n := 0
	for n < len(text) && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z' || text[n] == '_') {
		n++
	}
	name, rest = text[:n], strings.TrimLeft(text[n:], " \t")
	var ok bool
	if s.values, ok = sides[name]; !ok || len(rest) < 2 || rest[:2] != "=~" && rest[:2] != "!~" {
		return "", s, "", errDetail
	}
	s.not = rest[0] == '!'
	source, rest := cutPattern(strings.TrimLeft(rest[2:], " \t"))
	if source == "" {
		return "", s, "", errDetail
	}
	if s.pattern, err = pattern.Compile(source); err != nil {
		return "", s, "", fmt.Errorf("%s: %w", name, err)
	}
	return name, s, rest, nil
}

// cutPattern takes a pattern with its flags off the start of a text: it ends at the first delimiter behind which there is
// nothing but flags up to a blank.
func cutPattern(text string) (source, rest string) {
	start := strings.IndexFunc(text, func(c rune) bool { return c != 'm' })
	if start < 0 || start > 1 || start == 0 && text[0] != '/' {
		return "", ""
	}
	end := text[start]
	switch end {
	case '{':
		end = '}'
	case '(':
		end = ')'
	case '[':
		end = ']'
	case '<':
		end = '>'
	}
	for i := start + 1; i < len(text); i++ {
		if text[i] != end {
			continue
		}
		n := i + 1
		for n < len(text) && strings.IndexByte("imsx", text[n]) >= 0 {
			n++
		}
		if n == len(text) || text[n] == ' ' || text[n] == '\t' {
			return text[:n], text[n:]
		}
	}
	return "", ""
}
