package lists

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"weir/message/glob"
	"weir/rules/eval"
	"weir/rules/eval/addresses"
	"weir/rules/eval/args"
	"weir/rules/view"
	"weir/rules/view/relay"
)

// throughList has addresses that are welcome if they come through a certain host.
type throughList struct {
	order   []string            // patterns of addresses
	through map[string][]string // for each of them the hosts: a domain, or [address] or [network]
}

func (l *throughList) add(pattern, host string) {
	pattern = strings.ToLower(pattern)
	if l.through == nil {
		l.through = map[string][]string{}
	}
	if l.through[pattern] == nil {
		l.order = append(l.order, pattern)
	}
	l.through[pattern] = append(l.through[pattern], strings.ToLower(host))
}

func (l *throughList) remove(pattern string) { delete(l.through, strings.ToLower(pattern)) }

func (r *Room) throughList(name string) *throughList {
	if r.rcvd[name] == nil {
		r.rcvd[name] = &throughList{}
	}
	return r.rcvd[name]
}

const (
	byUser    = "welcomelist_from_rcvd"
	byDefault = "def_welcomelist_from_rcvd"
)

// through reads a line of these lists.
func (r *Room) through(key string, words []string) error {
	if key == "unwelcomelist_from_rcvd" {
		for _, w := range words {
			r.throughList(byUser).remove(w)
			r.throughList(byDefault).remove(w)
		}
		return some(words)
	}
	if len(words) != 2 {
		return fmt.Errorf("write it so: %s *@example.org mail.example.net", key)
	}
	if badHost(words[1]) {
		return errors.New(words[1] + " is no host; write a domain, or an address such as [192.0.2.1] or [192.0.2.0/24]")
	}
	r.throughList(key).add(words[0], words[1])
	return nil
}

// badHost tells whether a host in brackets is neither an address nor a network.
func badHost(host string) bool {
	inner, ok := bracketed(host)
	return ok && strings.Trim(inner, "0123456789.") != "" && !network(inner).IsValid()
}

// bracketed gives what is between brackets, with the length of a prefix behind them: [192.0.2.0]/24.
func bracketed(host string) (inner string, ok bool) {
	rest, ok := strings.CutPrefix(host, "[")
	at := strings.LastIndexByte(rest, ']')
	if !ok || at < 0 || rest[at+1:] != "" && rest[at+1] != '/' {
		return "", false
	}
	return rest[:at] + rest[at+1:], true
}

// network reads an address or a network.
func network(s string) netip.Prefix {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen())
	}
	p, _ := netip.ParsePrefix(s)
	return p.Masked()
}

// bindThrough binds the functions that say whether a sender is welcome, or pretends to be.
func (r *Room) bindThrough(name string) (eval.Check, error) {
	switch name {
	case "check_from_in_welcomelist":
		return func(m *view.Mail) int { return args.Yes(r.standing(m).user > 0) }, nil
	case "check_from_in_default_welcomelist":
		return func(m *view.Mail) int { return args.Yes(r.standing(m).def > 0) }, nil
	case "check_forged_in_welcomelist":
		return func(m *view.Mail) int { s := r.standing(m); return args.Yes(s.user < 0 && s.def == 0) }, nil
	case "check_forged_in_default_welcomelist":
		return func(m *view.Mail) int { s := r.standing(m); return args.Yes(s.def < 0 && s.user == 0) }, nil
	}
	return nil, eval.ErrUnknown
}

// standing is how a mail's senders stand in the lists: 1 welcome, -1 named but come another way, 0 not named.
type standing struct{ user, def int }

type standingKey struct{}

func (r *Room) standing(m *view.Mail) standing {
	return view.Once(m, standingKey{}, func() (s standing) {
		return standing{user: r.stands(m, byUser, r.list("welcomelist_from")), def: r.stands(m, byDefault, &addresses.List{})}
	})
}

// stands looks all senders up in a list of those who are welcome anyhow, and in one of those who must come through a host.
func (r *Room) stands(m *view.Mail, list string, anyhow *addresses.List) (found int) {
	l := r.throughList(list)
	if anyhow.Empty() && len(l.through) == 0 {
		return 0
	}
	for _, a := range m.Senders() {
		if anyhow.Find(a) != "" {
			return 1
		}
		switch r.through1(m, l, strings.ToLower(a)) {
		case 1:
			return 1
		case -1:
			found = -1
		}
	}
	return found
}

// through1 tells whether a sender comes through a host that his entry names.
func (r *Room) through1(m *view.Mail, l *throughList, address string) int {
	relays := handedOver(m)
	forged := 0
	for _, pattern := range l.order {
		hosts := l.through[pattern]
		if len(relays) == 0 || len(hosts) == 0 || !glob.Match(pattern, address) {
			continue
		}
		for _, h := range hosts {
			if anyRelay(relays, h) {
				return 1
			}
		}
		forged = -1
	}
	if forged < 0 && r.list("welcomelist_allows_relays").Find(address) != "" {
		return 0
	}
	return forged
}

// handedOver gives the relay that handed the mail to the ones we trust; if we trust all, all of them.
func handedOver(m *view.Mail) []relay.Relay {
	path := m.Relays()
	if len(path.Untrusted) > 0 {
		return path.Untrusted[:1]
	}
	return path.Trusted
}

func anyRelay(relays []relay.Relay, host string) bool {
	for i := range relays {
		if isRelay(&relays[i], host) {
			return true
		}
	}
	return false
}

// isRelay tells whether a relay is the host of an entry: a domain that its name in the DNS ends in, an address, the beginning
// of one (192.0.2.), or a network.
func isRelay(r *relay.Relay, host string) bool {
	inner, ok := bracketed(host)
	name := strings.ToLower(r.RDNS)
	switch {
	case !ok:
		return name == host || strings.HasSuffix(name, "."+host)
	case r.IP == "":
		return false
	case strings.Trim(inner, "0123456789.") == "" && strings.Count(inner, ".") == 3 && !strings.HasSuffix(inner, "."):
		return r.IP == inner
	case strings.Trim(inner, "0123456789.") == "":
		return strings.HasPrefix(r.IP, strings.TrimRight(inner, ".")+".")
	}
	a, err := netip.ParseAddr(r.IP)
	p := network(inner)
	return err == nil && p.IsValid() && (p.Contains(a) || p.Contains(a.Unmap()))
}

// matchesRelay tells whether the domain of the envelope's sender is that of the host that handed the mail over.
func matchesRelay(m *view.Mail) int {
	from, _ := m.Get("EnvelopeFrom:addr")
	_, name, at := strings.Cut(from, "@")
	if i := strings.IndexByte(name, '.'); !at || strings.Contains(name, "@") || i < 1 || i == len(name)-1 {
		return 0
	}
	mine := registered(m, strings.ToLower(name))
	for _, r := range handedOver(m) {
		if n := strings.ToLower(r.RDNS); n != "" && registered(m, n) == mine {
			return 1
		}
	}
	return 0
}

func registered(m *view.Mail, name string) string {
	return m.Set.Domains().Trim(name)
}
