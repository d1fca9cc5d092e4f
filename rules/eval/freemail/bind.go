package freemail

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
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
	pass, err := passing(c, at)
	if err != nil {
		return nil, err
	}
	return r.look(c.Name, field+":addr", pass), nil
}

// passing gives what an address must match beside being free; nil: nothing.
func passing(c eval.Call, i int) (func(string) bool, error) {
	p, err := args.Pattern(c, i)
	if p == nil || err != nil {
		return nil, err
	}
	return func(a string) bool { return p.Match([]byte(a)) }, nil
}

// look binds the functions that look for one free address.
func (r *Room) look(name, field string, pass func(string) bool) eval.Check {
	switch name {
	case "check_freemail_from":
		return func(m *view.Mail) int { return args.Yes(r.anyFree(m.Senders(), pass)) }
	case "check_freemail_body":
		return func(m *view.Mail) int {
			list, few := r.body(m)
			return args.Yes(few && r.anyFree(list, pass))
		}
	}
	return func(m *view.Mail) int { return args.Yes(r.anyFree(values(m, field), pass)) }
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
	return func(m *view.Mail) int { return args.Yes(r.reply(m, what == "reply")) }, nil
}

func (r *Room) reply(m *view.Mail, orFrom bool) bool {
	if r.numbers[skipBulk] != 0 {
		if from := m.List("EnvelopeFrom"); len(from) > 0 && bulk.MatchString(from[0]) {
			return false
		}
	}
	from, to := values(m, "From:addr"), values(m, "Reply-To:addr")
	fromFree, toFree := r.anyFree(from, nil), r.anyFree(to, nil)
	if fromFree && toFree && !slices.ContainsFunc(from, func(a string) bool { return slices.Contains(to, a) }) {
		return true
	}
	answer := to
	switch {
	case orFrom && len(to) == 0:
		if answer = from; !fromFree {
			return false
		}
	case !toFree || orFrom && !fromFree && len(to) == 0:
		return false
	}
	return r.otherInBody(m, answer)
}

// otherInBody tells whether the text names a free address that differs from one of these.
func (r *Room) otherInBody(m *view.Mail, answer []string) bool {
	list, few := r.body(m)
	if !few {
		return false
	}
	for _, named := range list {
		if r.free(named) && slices.ContainsFunc(answer, func(a string) bool { return a != named }) {
			return true
		}
	}
	return false
}

type bodyKey struct{}

type bodyAddresses struct {
	list []string
	few  bool
}

// body gives the addresses of the text, in lower case; few is false if there are so many that they say nothing.
func (r *Room) body(m *view.Mail) (list []string, few bool) {
	found := view.Once(m, bodyKey{}, func() (b bodyAddresses) {
		b.list = collect(m)
		b.few = r.few(b.list)
		return b
	})
	return found.list, found.few
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
