package freemail

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/pattern"
	"weir/rules/view"
)

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "check_freemail_replyto", "check_freemail_from", "check_freemail_header", "check_freemail_body":
	default:
		return nil, eval.ErrUnknown
	}
	if !r.available() {
		return nil, &eval.Off{Why: "no line names a provider (freemail_domains)"}
	}
	r.compile()
	if c.Name == "check_freemail_replyto" {
		return r.bindReply(c)
	}
	field := ""
	at := 0
	if c.Name == "check_freemail_header" {
		var there bool
		if field, there = args.Text(c, 0); !there {
			return nil, fmt.Errorf("%s: no header field; name one, such as Reply-To", c.Name)
		}
		at = 1
	}
	var pass *pattern.Pattern // what an address must match beside being free
	var err error
	if _, there := args.Text(c, at); there {
		pass, err = args.Pattern(c, at)
	}
	return r.look(c.Name, field+":addr", pass), err
}

// look binds the functions that look for one free address.
func (r *Room) look(name, field string, pass *pattern.Pattern) eval.Check {
	addresses := func(m *view.Mail) []string { return values(m, field) }
	switch name {
	case "check_freemail_from":
		addresses = (*view.Mail).Senders
	case "check_freemail_body":
		addresses = r.named
	}
	check := func(m *view.Mail) int { return args.Yes(r.anyFree(addresses(m))) }
	if pass != nil {
		check = eval.Tries(func(m *view.Mail, t *pattern.Trial) bool {
			return slices.ContainsFunc(addresses(m), func(a string) bool {
				a = strings.ToLower(a)
				return r.free(a) && t.Match(pass, []byte(a))
			})
		})
	}
	if name == "check_freemail_body" {
		r.first = append(r.first, check)
	}
	return check
}

// named gives the addresses of the text, unless there are so many that they say nothing.
func (r *Room) named(m *view.Mail) []string {
	list, few := r.body(m)
	if !few {
		return nil
	}
	return list
}

// bulk are envelope senders of lists and machines, which set Reply-To for good reason.
var bulk = regexp.MustCompile(`(?i)(?:^(?:post|host|domain)master|^double-bounce|^(?:sentto|owner|return|(?:gr)?bounced?)-.+|` +
	`-(?:request|bounces?|admin|owner)|\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies)|.+=.+)@`)

// bindReply binds the function that compares who writes, who is to be answered, and who is named in the text.
func (r *Room) bindReply(c eval.Call) (eval.Check, error) {
	what, there := args.Text(c, 0)
	if there && what != "replyto" && what != "reply" {
		return nil, fmt.Errorf("%s: %q is not known; write replyto, or reply to look at From where there is no Reply-To", c.Name, what)
	}
	i := args.Yes(what == "reply")
	check := func(m *view.Mail) int {
		s := stateOf(m)
		if s.replies[i] == 0 {
			s.replies[i] = int8(2*args.Yes(r.reply(m, i == 1)) - 1)
		}
		return args.Yes(s.replies[i] > 0)
	}
	r.first = append(r.first, check)
	return check, nil
}

// reply tells whether an answer goes to another free address than the one that the mail shows. orFrom: From must be free as
// well, and where there is no Reply-To it stands in for it.
func (r *Room) reply(m *view.Mail, orFrom bool) bool {
	if r.numbers[skipBulk] != 0 {
		if from := m.List("EnvelopeFrom"); len(from) > 0 && bulk.MatchString(from[0]) {
			return false
		}
	}
	from, to := values(m, "From:addr"), values(m, "Reply-To:addr")
	fromFree, toFree := r.anyFree(from), r.anyFree(to)
	if fromFree && toFree && !slices.ContainsFunc(from, func(a string) bool { return slices.Contains(to, a) }) {
		return true
	}
	answer := to
	switch {
	case len(to) > 0 && !toFree, orFrom && !fromFree, !orFrom && !toFree:
		return false
	case !toFree:
		answer = from
	}
	return r.otherInBody(m, answer)
}

// otherInBody tells whether the text names a free address that differs from one of these.
func (r *Room) otherInBody(m *view.Mail, answer []string) bool {
	for _, named := range r.named(m) {
		if r.free(named) && slices.ContainsFunc(answer, func(a string) bool { return a != named }) {
			return true
		}
	}
	return false
}

type stateKey struct{}

// state is what was found of a mail.
type state struct {
	read    bool     // the text was looked at
	list    []string // the addresses that it names
	shown   []string // its paragraphs without quotations; nil: it has none
	few     bool
	replies [2]int8 // what reply said without and with orFrom: 1 yes, -1 no
}

func stateOf(m *view.Mail) *state {
	return view.Once(m, stateKey{}, func() *state { return &state{} })
}

// body gives the addresses of the text, in lower case; few is false if there are so many that they say nothing.
func (r *Room) body(m *view.Mail) (list []string, few bool) {
	s := stateOf(m)
	if !s.read {
		s.read = true
		s.list, s.shown = collect(m)
		s.few = r.few(s.list)
	}
	return s.list, s.few
}

// Edit implements eval.Editor.
//
// QUIRK: SpamAssassin's FreeMail looks for addresses in the very paragraphs that body rules look at afterwards, so for them
// the quotations that it takes out are gone, from all mail whose text it looks at. Rules were written and scored with that.
func (r *Room) Edit(m *view.Mail) {
	for _, check := range r.first {
		check(m)
	}
	m.Doubted() // the rules that stand behind these checks will say so themselves
	if s := stateOf(m); s.shown != nil {
		m.SetBody(s.shown)
	}
}

// few tells whether the addresses of a text stay below the limits.
func (r *Room) few(list []string) bool {
	if r.numbers[skipMany] == 0 {
		return true
	}
	free := 0
	for i, a := range list {
		if i+1 == r.numbers[maxAddresses] {
			return false
		}
		if r.free(a) {
			if free++; free == r.numbers[maxFree] {
				return false
			}
		}
	}
	return true
}

// known tells whether a name is a top-level domain.
func known(m *view.Mail) func(string) bool {
	return func(top string) bool { return m.Set.Domains().Known(strings.ToLower(top)) }
}
