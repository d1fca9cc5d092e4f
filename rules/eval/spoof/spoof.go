// Package spoof has the functions about an address in the display name: "boss@ourbank.example" <x7@cheap.example>.
//
// Many programs show the name and not the address, so whoever writes another's address there speaks in his name.
package spoof

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/addresses"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Room is the family of functions. Make it with New.
type Room struct {
	owners  []string // names of lists of addresses that belong together, in order
	lists   map[string]*addresses.List
	signers map[string]bool // mail that these signed is not looked at
	fields  []string        // nor mail that has one of these fields
	extra   int             // bytes that a name may have beside the address
	level   int             // what counts as spoofed: 0 another address, 1 of another owner, 2 of another domain
}

// New makes a room with SpamAssassin's own settings.
func New() *Room {
	return &Room{lists: map[string]*addresses.List{}, signers: map[string]bool{}, extra: 50, level: 1}
}

// Plugins implements eval.Room.
func (r *Room) Plugins() []string { return []string{"FromNameSpoof"} }

// Set implements eval.Room.
func (r *Room) Set(key, value string) (known bool, err error) {
	words := strings.Fields(value)
	switch key {
	case "fns_add_addrlist", "fns_remove_addrlist":
		return true, r.owner(value, key == "fns_remove_addrlist")
	case "fns_ignore_dkim":
		for _, w := range words {
			r.signers[strings.ToLower(w)] = true
		}
	case "fns_ignore_headers":
		r.fields = append(r.fields, words...)
	case "fns_extrachars", "fns_check":
		return true, r.number(key, value)
	default:
		return false, nil
	}
	if len(words) == 0 {
		return true, errors.New("it needs a value")
	}
	return true, nil
}

// owner reads (NAME) address address …
func (r *Room) owner(value string, out bool) error {
	rest, ok := strings.CutPrefix(strings.TrimSpace(value), "(")
	name, rest, closed := strings.Cut(rest, ")")
	words := strings.Fields(rest)
	if !ok || !closed || name == "" || len(words) == 0 {
		return errors.New("write it so: (OWNER) *@example.org *@example.net")
	}
	name = strings.ToLower(name)
	if r.lists[name] == nil {
		r.lists[name] = &addresses.List{}
		r.owners = append(r.owners, name)
	}
	if out {
		r.lists[name].Remove(words...)
	} else {
		r.lists[name].Add(words...)
	}
	return nil
}

func (r *Room) number(key, value string) error {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil || n < 0:
		return errors.New(value + " is no number")
	case key == "fns_extrachars":
		r.extra = n
	case n > 2:
		return errors.New("write 0 (another address), 1 (of another owner) or 2 (of another domain)")
	default:
		r.level = n
	}
	return nil
}

// facts are what is known of the display name of a mail.
type facts struct {
	named                  bool // it has an address in it
	address, domain, owner bool // that differs from the author's in this
	replyTo, to            bool // it is the one of Reply-To; of a recipient
}

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	does := func(f func(facts) bool) (eval.Check, error) {
		return func(m *view.Mail) int { return args.Yes(f(r.facts(m))) }, nil
	}
	switch c.Name {
	case "check_fromname_spoof":
		return does(r.spoofed(c))
	case "check_fromname_different":
		return does(func(f facts) bool { return f.address })
	case "check_fromname_domain_differ":
		return does(func(f facts) bool { return f.domain })
	case "check_fromname_owners_differ":
		return does(func(f facts) bool { return f.owner })
	case "check_fromname_contains_email":
		return does(func(f facts) bool { return f.named })
	case "check_fromname_equals_to":
		return does(func(f facts) bool { return f.to })
	case "check_fromname_equals_replyto":
		return does(func(f facts) bool { return f.replyTo })
	}
	return nil, eval.ErrUnknown
}

// spoofed tells what counts as spoofed, by the call's argument or the setting.
func (r *Room) spoofed(c eval.Call) func(facts) bool {
	level := r.level
	if s, _ := args.Text(c, 0); s == "0" || s == "1" || s == "2" {
		level = int(s[0] - '0')
	}
	return func(f facts) bool {
		return f.address && (level == 0 || level == 1 && f.owner || level == 2 && f.domain)
	}
}

type factsKey struct{}

func (r *Room) facts(m *view.Mail) facts {
	return view.Once(m, factsKey{}, func() facts { return r.find(m) })
}

// address finds an address in a display name.
var address = regexp.MustCompile(`\b[\w.!#$%&'*+/=?^{|}~\x60-]+@\w[\w-]*\.\w[\w.-]*\w`)

// find looks at the display name.
func (r *Room) find(m *view.Mail) (f facts) {
	if r.ignored(m) {
		return f
	}
	from, name := lower(m, "From:addr"), lower(m, "From:name")
	at := address.FindString(name)
	domain, shown := registered(m, from), registered(m, at)
	if domain == "" || shown == "" {
		return f
	}
	f.named = true
	if len(name)-len(at)+odd(name)-odd(at) > r.extra {
		return f
	}
	f.address, f.domain = at != from, shown != domain
	f.owner = r.ownerOf(at, shown) != r.ownerOf(from, domain)
	f.replyTo = at == lower(m, "Reply-To:addr")
	for _, to := range m.Recipients() {
		f.to = f.to || at == to
	}
	return f
}

// odd counts the bytes that are neither letters of ASCII nor digits.
func odd(s string) (n int) {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			n++
		}
	}
	return n
}

// ignored tells whether a mail is not looked at.
func (r *Room) ignored(m *view.Mail) bool {
	if len(r.signers) > 0 && m.Facts.Auth != nil {
		for _, a := range m.Facts.Auth() {
			if a.Method == "dkim" && a.Value == "pass" && r.signers[strings.ToLower(a.Domain)] {
				return true
			}
		}
	}
	for _, field := range r.fields {
		if v, _ := m.Get(field); v != "" {
			return true
		}
	}
	return false
}

func lower(m *view.Mail, target string) string {
	v, _ := m.Get(target)
	return strings.ToLower(strings.TrimSuffix(v, "\n"))
}

// registered gives the registered domain of an address; "" if it has none.
func registered(m *view.Mail, address string) string {
	at := strings.LastIndexByte(address, '@')
	if d := m.Set.Domains(); at >= 0 && d.Valid(address[at+1:]) {
		return d.Trim(address[at+1:])
	}
	return ""
}

// ownerOf gives who an address belongs to: the name of the list that has it, also if it has only its domain's; else the
// domain's first label.
func (r *Room) ownerOf(address, domain string) string {
	at := strings.IndexByte(address, '@')
	for _, a := range []string{address, address[:at+1] + domain} {
		for _, name := range r.owners {
			if r.lists[name].Find(a) != "" {
				return name
			}
		}
	}
	label, _, _ := strings.Cut(domain, ".")
	return label
}
