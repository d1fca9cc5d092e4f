package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/rules/view/domain"
	"weir/rules/view/relay"
	"weir/rules/view/uri"
)

// maxNames bounds the names that one template is filled in to: tags may have many values.
const maxNames = 64

var errAsk = errors.New(`write: askdns NAME _TAG_.list.example.org. A /^127\./`)

// bindAsk binds an askdns rule: template [types [test]].
func (r *Room) bindAsk(c eval.Call) (*rule, error) {
	text, _ := args.Text(c, 0)
	template, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	types, test, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if template == "" {
		return nil, errAsk
	}
	asked, err := askedTypes(types)
	if err != nil {
		return nil, err
	}
	want, err := askSubtest(strings.TrimSpace(test))
	if err != nil {
		return nil, err
	}
	found, err := parseTemplate(template)
	if err != nil {
		return nil, err
	}
	ru := &rule{call: c, hit: anyOf(func(t *pattern.Trial, p *reply) bool { return answers(t, p, want) })}
	ru.start = func(q *inquiry, m *view.Mail) {
		for _, name := range r.fill(template, found, m) {
			if name = domain.Ascii(strings.TrimSuffix(name, ".")); domain.Plausible(name) {
				for _, kind := range asked {
					q.ask(ru, kind, name, nil)
				}
			}
		}
	}
	return ru, nil
}

// askedTypes reads the types of records, with commas between them; none means A.
func askedTypes(text string) ([]string, error) {
	if text == "" {
		return []string{"A"}, nil
	}
	list := strings.Split(strings.ToUpper(text), ",")
	for _, kind := range list {
		if !kinds[kind] || kind == "PTR" {
			return nil, &eval.Off{Why: fmt.Sprintf("it asks for records of the type %s; A, AAAA, TXT, MX and NS can be asked for", kind)}
		}
	}
	return list, nil
}

// answers tells whether an answer passes the test of an askdns rule: any record does without one.
func answers(t *pattern.Trial, p *reply, want *subtest) bool {
	if want != nil && want.codes != nil {
		return want.codes[p.code()]
	}
	for _, record := range p.records {
		if want.fits(t, record.text, record.ip) {
			return true
		}
	}
	return false
}

// tag is a piece of a template that a message fills in.
type tag struct {
	text   string // _NAME_
	values func(r *Room, m *view.Mail) []string
}

// parseTemplate finds the tags of a template, each once: _AUTHORDOMAIN_.list.example.org.
func parseTemplate(s string) (found []tag, err error) {
	seen := map[string]bool{}
	for {
		start := strings.IndexByte(s, '_')
		if start < 0 {
			return found, nil
		}
		s = s[start+1:]
		name := tagName(s)
		if name == "" {
			continue
		}
		s = s[len(name)+1:]
		if !seen[name] {
			seen[name] = true
			values, err := tagOf(name)
			if err != nil {
				return nil, err
			}
			found = append(found, tag{"_" + name + "_", values})
		}
	}
}

// tagName gives the name of a tag, with what is in parentheses behind it, if one begins here and an underscore ends it.
func tagName(s string) string {
	i := 0
	for i < len(s) && (s[i] >= 'A' && s[i] <= 'Z' || i > 0 && s[i] >= '0' && s[i] <= '9') {
		i++
	}
	if i > 0 && i < len(s) && s[i] == '(' {
		end := strings.IndexByte(s, ')')
		if end < 0 {
			return ""
		}
		i = end + 1
	}
	if i == 0 || i >= len(s) || s[i] != '_' {
		return ""
	}
	return s[:i]
}

// tagValues are the values that a template can have, by the tag's name.
var tagValues = map[string]func(r *Room, m *view.Mail) []string{
	"AUTHORDOMAIN":      func(_ *Room, m *view.Mail) []string { return m.List("From:addr:host") },
	"SENDERDOMAIN":      func(_ *Room, m *view.Mail) []string { return head1(m.List("EnvelopeFrom:first:addr:host")) },
	"DKIMDOMAIN":        signers,
	"URIHOSTS":          func(r *Room, m *view.Mail) []string { return linked(r, m, func(h uri.Host) string { return h.Name }) },
	"URIDOMAINS":        func(r *Room, m *view.Mail) []string { return linked(r, m, func(h uri.Host) string { return h.Domain }) },
	"LASTEXTERNALIP":    lastExternal(func(l *relay.Relay) string { return l.IP }),
	"LASTEXTERNALREVIP": lastExternal(func(l *relay.Relay) string { return turned(l.IP) }),
	"LASTEXTERNALRDNS":  lastExternal(func(l *relay.Relay) string { return l.RDNS }),
	"LASTEXTERNALHELO":  lastExternal(func(l *relay.Relay) string { return l.Helo }),
	"FIRSTTRUSTEDIP":    firstTrusted(func(l *relay.Relay) string { return l.IP }),
	"FIRSTTRUSTEDREVIP": firstTrusted(func(l *relay.Relay) string { return turned(l.IP) }),
}

// tagOf gives the values of a tag; HEADER(name) are those of a field.
func tagOf(name string) (func(r *Room, m *view.Mail) []string, error) {
	if field, ok := strings.CutPrefix(name, "HEADER("); ok {
		field = strings.TrimSuffix(field, ")")
		return func(_ *Room, m *view.Mail) []string { return m.List(field) }, nil
	}
	if values := tagValues[name]; values != nil {
		return values, nil
	}
	return nil, &eval.Off{Why: fmt.Sprintf("it asks with the tag _%s_, which has no value here", name)}
}

func head1(list []string) []string { return head(list, 1) }

func lastExternal(of func(*relay.Relay) string) func(*Room, *view.Mail) []string {
	return func(_ *Room, m *view.Mail) []string {
		if list := m.Relays().External; len(list) > 0 {
			return []string{of(&list[0])}
		}
		return nil
	}
}

func firstTrusted(of func(*relay.Relay) string) func(*Room, *view.Mail) []string {
	return func(_ *Room, m *view.Mail) []string {
		if list := m.Relays().Trusted; len(list) > 0 {
			return []string{of(&list[len(list)-1])}
		}
		return nil
	}
}

// turned writes an address the other way round; "" for what is none.
func turned(text string) string {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	return reversed(ip)
}

// signers are the domains whose signatures are good.
func signers(_ *Room, m *view.Mail) (domains []string) {
	if m.Facts.Auth == nil {
		return nil
	}
	for _, a := range m.Facts.Auth() {
		if a.Method == "dkim" && a.Value == "pass" {
			domains = append(domains, strings.ToLower(a.Domain))
		}
	}
	return distinct(domains)
}

func linked(r *Room, m *view.Mail, of func(uri.Host) string) (names []string) {
	for _, h := range r.hosts(m) {
		names = append(names, of(h))
	}
	return distinct(names)
}

// fill gives the names that a template stands for: each combination of its tags' values; none if a tag has no value.
func (r *Room) fill(template string, found []tag, m *view.Mail) []string {
	names := []string{template}
	for _, t := range found {
		values := distinct(t.values(r, m))
		var filled []string
		for _, name := range names {
			for _, v := range values {
				if len(filled) < maxNames {
					filled = append(filled, strings.ReplaceAll(name, t.text, strings.TrimSpace(v)))
				}
			}
		}
		names = filled
	}
	return names
}
