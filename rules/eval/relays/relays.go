// Package relays has the functions about the relays that a mail came through: trails that do not fit together, clients that
// give another name than their own, and mail that only trusted hosts have had in their hands.
package relays

import (
	"fmt"
	"regexp"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
	"weir/rules/view/ip"
	"weir/rules/view/relay"
)

// New makes the room.
func New() eval.Room { return eval.Functions(bind, "RelayEval") }

var plain = map[string]func(m *view.Mail) bool{
	"check_for_numeric_helo": numericHelo,
	"check_for_illegal_ip":   func(*view.Mail) bool { return false },
	"check_all_trusted": func(m *view.Mail) bool {
		p := m.Relays()
		return len(p.Trusted) > 0 && len(p.Untrusted) == 0 && p.Unreadable == 0
	},
	"check_no_relays":                   func(m *view.Mail) bool { p := m.Relays(); return len(p.Trusted)+len(p.Untrusted)+p.Unreadable == 0 },
	"check_relays_unparseable":          func(m *view.Mail) bool { return m.Relays().Unreadable > 0 },
	"check_for_sender_no_reverse":       firstHasName,
	"check_for_forged_received_trail":   func(m *view.Mail) bool { return mismatches(m).names > 1 },
	"check_for_forged_received_ip_helo": func(m *view.Mail) bool { return mismatches(m).addresses > 0 },
	"helo_ip_mismatch":                  otherAddress,
	"check_for_no_rdns_dotcom_helo":     bigName,
}

func bind(c eval.Call) (eval.Check, error) {
	if f, ok := plain[c.Name]; ok {
		return func(m *view.Mail) int { return args.Yes(f(m)) }, nil
	}
	if c.Name == "check_for_from_domain_in_received_headers" {
		return bindDomain(c)
	}
	return nil, eval.ErrUnknown
}

// bindDomain binds check_for_from_domain_in_received_headers(domain, "true" or "false"): the author is of a domain, and a relay
// of that domain took the mail from another one of it, or none did.
func bindDomain(c eval.Call) (eval.Check, error) {
	domain, there := args.Text(c, 0)
	if !there || domain == "" {
		return nil, fmt.Errorf("%s: the first argument is a domain", c.Name)
	}
	author, err := regexp.Compile(`(?i)\b` + regexp.QuoteMeta(domain))
	if err != nil {
		return nil, err
	}
	handed, err := regexp.Compile(` rdns=\S*\b` + regexp.QuoteMeta(domain) + ` [^\]]*by=\S*\b` + regexp.QuoteMeta(domain) + ` `)
	if err != nil {
		return nil, err
	}
	wanted, _ := args.Text(c, 1)
	return func(m *view.Mail) int {
		from, _ := m.Get("From:addr")
		if !author.MatchString(from) {
			return 0
		}
		p := m.Relays()
		found := handed.MatchString(p.Text(relay.Trusted)) || handed.MatchString(p.Text(relay.Untrusted))
		return args.Yes(found == (wanted == "true"))
	}, nil
}

// numericHelo tells whether the first client that gave an address for a name gave a public one.
func numericHelo(m *view.Mail) bool {
	for _, r := range m.Relays().Untrusted {
		if n := ip.At(r.Helo, 0); n > 0 && ip.Is4(r.Helo[:n]) && (n == len(r.Helo) || r.Helo[n] == ',' || r.Helo[n] == ';') {
			return !ip.Private(r.Helo[:n])
		}
	}
	return false
}

func public4(s string) bool { return ip.Is4(s) && !ip.Private(s) }

// otherAddress finds a client that gave another network's address for its name.
func otherAddress(m *view.Mail) bool {
	for _, r := range m.Relays().Untrusted {
		if public4(r.Helo) && public4(r.IP) && !strings.HasPrefix(r.IP, r.Helo[:strings.LastIndexByte(r.Helo, '.')+1]) {
			return true
		}
	}
	return false
}

// firstHasName tells whether the first relay has a name in the DNS, with a domain, and a public address.
func firstHasName(m *view.Mail) bool {
	list := m.Relays().Untrusted
	if len(list) == 0 {
		return false
	}
	r := &list[len(list)-1]
	return strings.Contains(r.RDNS, ".") && !r.Private
}

var bigNames = regexp.MustCompile(`(?i)(?:\.|^)(?:lycos\.com|lycos\.co\.uk|hotmail\.com|localhost\.com|excite\.com|caramail\.com|cs\.com|aol\.com|msn\.com|yahoo\.com|drizzle\.com)$`)

// bigName tells whether the first client with a public address gave the name of a large mailer, and has none in the DNS.
func bigName(m *view.Mail) bool {
	list := m.Relays().Untrusted
	for i := len(list) - 1; i >= 0; i-- {
		if r := &list[i]; !r.Private {
			return r.NoReverse && bigNames.MatchString(r.Helo)
		}
	}
	return false
}

// mismatch is how often neighbours in the trail do not fit.
type mismatch struct {
	names     int // a relay that is not the one which the next says that it took the mail from
	addresses int // a client that gave an address of quite another network for its name
}

type mismatchKey struct{}

func mismatches(m *view.Mail) mismatch {
	return view.Once(m, mismatchKey{}, func() mismatch { return compare(m.Relays().Untrusted) })
}

// hostName is a name of two labels or more, of which the first has two letters or more.
var hostName = regexp.MustCompile(`^\w+(?:[\w.-]+\.)+\w+$`)

func compare(list []relay.Relay) (n mismatch) {
	before, there := "", false // the client of the relay above
	for i := range list {
		r := &list[i]
		host := shortName(strings.ToLower(r.By))
		from := shortName(strings.ToLower(r.RDNS))
		fits := hostName.MatchString(host)
		if fits {
			n.addresses += args.Yes(farAway(shortName(strings.ToLower(r.Helo)), r.IP))
			n.names += args.Yes(there && hostName.MatchString(before) && host != before && !(host == "msn.com" && before == "hotmail.com"))
		}
		before, there = from, true
		if fits && (from == "localhost" || from == "localhost.localdomain") && r.IP == "127.0.0.1" {
			there = false
		}
	}
	return n
}

// farAway tells whether a HELO name is an address that shares not even its first two numbers with the client's.
func farAway(helo, address string) bool {
	return numbers(helo) && numbers(address) && helo != address && firstTwo(helo) != firstTwo(address) && !ip.Private(helo)
}

// numbers tells whether a text is four numbers with dots between them.
func numbers(s string) bool {
	p := strings.Split(s, ".")
	for _, n := range p {
		if n == "" || strings.Trim(n, "0123456789") != "" {
			return false
		}
	}
	return len(p) == 4
}

func firstTwo(s string) string {
	i := strings.IndexByte(s, '.')
	return s[:i+1+strings.IndexByte(s[i+1:], '.')]
}

// shortName gives the last two labels of a name, or three where the last is that of a country which registers below a second
// one. An address stays as it is.
func shortName(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) < 0 {
		return s
	}
	p := strings.Split(strings.TrimRight(s, "."), ".")
	last := p[len(p)-1]
	switch {
	case len(p) > 1 && (len(last) > 2 || last == "ie" || last == "fr" || last == "de"):
		return strings.Join(p[len(p)-2:], ".")
	case len(p) > 2:
		return strings.Join(p[len(p)-3:], ".")
	}
	return s
}
