package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
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
	pieces, err := parseTemplate(template)
	if err != nil {
		return nil, err
	}
	ru := &rule{call: c, hit: anyOf(func(p *reply) bool { return answers(p, want) })}
	ru.start = func(q *inquiry, m *view.Mail) {
		for _, name := range r.fill(pieces, m) {
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
func answers(p *reply, want *subtest) bool {
	if want != nil && want.codes != nil {
		return want.codes[p.code()]
	}
	for _, record := range p.records {
		if want.fits(record.text, record.ip) {
			return true
		}
	}
	return false
}

// piece is a part of a template: text, or a tag.
type piece struct {
	text string
	tag  func(r *Room, m *view.Mail) []string
}

// parseTemplate takes a template apart: _AUTHORDOMAIN_.list.example.org.
func parseTemplate(s string) (pieces []piece, err error) {
	for s != "" {
		start := strings.IndexByte(s, '_')
		if start < 0 {
			return append(pieces, piece{text: s}), nil
		}
		name := tagName(s[start+1:])
		if name == "" {
			pieces, s = append(pieces, piece{text: s[:start+1]}), s[start+1:]
			continue
		}
		tag, err := tagOf(name)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, piece{text: s[:start]}, piece{tag: tag})
		s = s[start+len(name)+2:]
	}
	return pieces, nil
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

// tags are the values that a template can have.
var tags = map[string]func(r *Room, m *view.Mail) []string{
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
	if tag := tags[name]; tag != nil {
		return tag, nil
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
func (r *Room) fill(pieces []piece, m *view.Mail) []string {
	names := []string{""}
	for _, p := range pieces {
		values := []string{p.text}
		if p.tag != nil {
			values = distinct(p.tag(r, m))
		}
		var longer []string
		for _, name := range names {
			for _, v := range values {
				if len(longer) < maxNames {
					longer = append(longer, name+strings.TrimSpace(v))
				}
			}
		}
		names = longer
	}
	return names
}
