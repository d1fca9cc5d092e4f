// Package lists has the functions that look senders, recipients, subjects and hosts up in lists of the rules files:
// welcomelist_from and its kin, enlist_addrlist, enlist_uri_host.
//
// Nothing here asks for proof: anybody can write any address into a mail, so a welcome by From alone is an invitation to
// forgers. Weir's own welcome (welcomelist_auth, package rules) demands proof; these functions are for rule sets that know
// what they do, or that give their lists a small weight.
package lists

import (
	"errors"
	"fmt"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/addresses"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Room is the family of functions. Make it with New.
type Room struct {
	byName map[string]*addresses.List // lists of addresses and of subjects
	rcvd   map[string]*throughList    // lists of addresses and what host they must come through
	hosts  map[string]map[string]bool // lists of hosts; false: excepted
}

// New makes a room whose lists are empty.
func New() *Room {
	return &Room{byName: map[string]*addresses.List{}, rcvd: map[string]*throughList{}, hosts: map[string]map[string]bool{}}
}

// Plugins implements eval.Room.
func (r *Room) Plugins() []string { return []string{"WLBLEval", "WelcomeListSubject"} }

// Today gives a name in the words of today: SpamAssassin's older names have whitelist and blacklist in them.
func Today(name string) string {
	return strings.NewReplacer("whitelist", "welcomelist", "blacklist", "blocklist").Replace(name)
}

// plain are the lists of addresses that have a directive of their own.
var plain = map[string]bool{
	"welcomelist_from": true, "blocklist_from": true, "welcomelist_to": true, "blocklist_to": true, "more_spam_to": true,
	"all_spam_to": true, "welcomelist_allows_relays": true, "welcomelist_auth": true, "def_welcomelist_auth": true,
}

// removals are the directives that take entries out again, with the lists that they speak of.
var removals = map[string][]string{
	"unwelcomelist_from": {"welcomelist_from"}, "unblocklist_from": {"blocklist_from"}, "unwelcomelist_auth": {"welcomelist_auth", "def_welcomelist_auth"},
}

var errNobody = errors.New("no address; name some, such as ann@example.org or *@example.org")

// Set implements eval.Room.
func (r *Room) Set(key, value string) (known bool, err error) {
	key = Today(key)
	words := strings.Fields(value)
	switch {
	case plain[key]:
		r.list(key).Add(words...)
		return true, some(words)
	case removals[key] != nil:
		for _, name := range removals[key] {
			r.list(name).Remove(words...)
		}
		return true, some(words)
	}
	switch key {
	case "welcomelist_subject", "blocklist_subject":
		r.subject(key, value)
	case "enlist_addrlist":
		return true, r.enlist(value)
	case "enlist_uri_host", "delist_uri_host":
		return true, r.enlistHosts(value, key == "delist_uri_host")
	case "blocklist_uri_host", "welcomelist_uri_host":
		r.addHosts(map[string]string{"blocklist_uri_host": block, "welcomelist_uri_host": welcome}[key], words)
		return true, some(words)
	case "welcomelist_from_rcvd", "def_welcomelist_from_rcvd", "unwelcomelist_from_rcvd":
		return true, r.through(key, words)
	default:
		return false, nil
	}
	return true, nil
}

func some(words []string) error {
	if len(words) == 0 {
		return errNobody
	}
	return nil
}

// list gives a list by its name, and makes it if it is new.
func (r *Room) list(name string) *addresses.List {
	if r.byName[name] == nil {
		r.byName[name] = &addresses.List{}
	}
	return r.byName[name]
}

// enlist reads the value of enlist_addrlist: (NAME) address address …
func (r *Room) enlist(value string) error {
	name, words, ok := named(value)
	if !ok {
		return errors.New("write it so: enlist_addrlist (NAME) ann@example.org *@example.net")
	}
	r.list(Today(name)).Add(words...)
	return nil
}

// named reads (NAME) word word …
func named(value string) (name string, words []string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(value), "(")
	name, rest, closed := strings.Cut(rest, ")")
	words = strings.Fields(rest)
	return name, words, ok && closed && name != "" && len(words) > 0
}

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	name := Today(c.Name)
	if of, list, ok := fixed(name); ok {
		return r.inList(of, list), nil
	}
	switch name {
	case "check_from_in_list", "check_to_in_list", "check_replyto_in_list":
		return r.bindNamed(name, c)
	case "check_subject_in_welcomelist", "check_subject_in_blocklist":
		return r.inSubjects(strings.TrimPrefix(name, "check_subject_in_") + "_subject"), nil
	case "check_uri_host_listed", "check_uri_host_in_blocklist", "check_uri_host_in_welcomelist":
		return r.bindHosts(name, c)
	case "check_mailfrom_matches_rcvd":
		return matchesRelay, nil
	}
	return r.bindThrough(name)
}

// fixed gives the functions that have a list of their own: whose addresses they look up in which list.
func fixed(name string) (of func(*view.Mail) []string, list string, ok bool) {
	switch name {
	case "check_from_in_blocklist":
		return (*view.Mail).Senders, "blocklist_from", true
	case "check_to_in_blocklist":
		return (*view.Mail).Recipients, "blocklist_to", true
	case "check_to_in_welcomelist":
		return (*view.Mail).Recipients, "welcomelist_to", true
	case "check_to_in_more_spam", "check_to_in_all_spam":
		return (*view.Mail).Recipients, strings.TrimPrefix(name, "check_to_in_") + "_to", true
	}
	return nil, "", false
}

// inList looks addresses up in a list. A list that nobody is on costs nothing.
func (r *Room) inList(of func(*view.Mail) []string, name string) eval.Check {
	l := r.list(name)
	return func(m *view.Mail) int {
		if l.Empty() {
			return 0
		}
		for _, a := range of(m) {
			if l.Find(a) != "" {
				return 1
			}
		}
		return 0
	}
}

// bindNamed binds the functions that name their list.
func (r *Room) bindNamed(name string, c eval.Call) (eval.Check, error) {
	list, there := args.Text(c, 0)
	if !there {
		return nil, fmt.Errorf("%s: no list; name one that enlist_addrlist made", c.Name)
	}
	if list = Today(list); r.byName[list] == nil {
		return nil, &eval.Off{Why: fmt.Sprintf("no line enlists anybody in (%s)", list)}
	}
	of := map[string]func(*view.Mail) []string{
		"check_from_in_list": (*view.Mail).Senders, "check_to_in_list": (*view.Mail).Recipients, "check_replyto_in_list": replyTo,
	}[name]
	return r.inList(of, list), nil
}

// replyTo gives the first address of Reply-To.
func replyTo(m *view.Mail) []string {
	if a, _ := m.Get("Reply-To:addr"); a != "" {
		return []string{a}
	}
	return nil
}
