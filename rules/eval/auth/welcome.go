package auth

import (
	"errors"
	"strings"

	"weir/message/glob"
	"weir/rules/eval"
	"weir/rules/view"
)

// signerList has addresses that are welcome if a certain domain signed; "" the author's own.
type signerList struct {
	order   []string
	signers map[string][]string
}

func (l *signerList) add(pattern, signer string) {
	if l.signers == nil {
		l.signers = map[string][]string{}
	}
	if l.signers[pattern] == nil {
		l.order = append(l.order, pattern)
	}
	l.signers[pattern] = append(l.signers[pattern], signer)
}

func (l *signerList) remove(pattern, signer string) {
	var left []string
	for _, s := range l.signers[pattern] {
		if s != signer {
			left = append(left, s)
		}
	}
	if l.signers != nil {
		l.signers[pattern] = left
	}
}

var errNobody = errors.New("no address; name some, such as ann@example.org or *@example.org")

// Set implements eval.Room.
func (r *Room) Set(key, value string) (known bool, err error) {
	key = strings.Replace(key, "whitelist", "welcomelist", 1)
	list := strings.Fields(strings.ToLower(value))
	out, remove := strings.CutPrefix(key, "un")
	switch {
	case r.bySPF[key] != nil:
		r.bySPF[key].Add(list...)
	case r.byDKIM[key] != nil:
		return true, r.dkimLine(list, r.byDKIM[key].add)
	case remove && r.bySPF[out] != nil:
		r.bySPF[out].Remove(list...)
		r.bySPF["def_"+out].Remove(list...)
	case remove && r.byDKIM[out] != nil:
		if err := r.dkimLine(list, r.byDKIM[out].remove); err != nil {
			return true, err
		}
		return true, r.dkimLine(list, r.byDKIM["def_"+out].remove)
	default:
		return false, nil
	}
	if len(list) == 0 {
		return true, errNobody
	}
	return true, nil
}

// dkimLine reads an address and, if it is there, the domain that must have signed.
func (r *Room) dkimLine(list []string, do func(pattern, signer string)) error {
	switch len(list) {
	case 1:
		do(list[0], "")
	case 2:
		do(list[0], list[1][strings.LastIndexByte(list[1], '@')+1:])
	default:
		return errors.New("write an address and, if another domain signs, that domain: *@example.org example.net")
	}
	return nil
}

// lists binds the functions that look proved senders up; nil: it is none of them.
func (r *Room) lists(name string) eval.Check {
	switch name {
	case "check_for_spf_welcomelist_from":
		return r.spfList(spf, auth)
	case "check_for_def_spf_welcomelist_from":
		return r.spfList(defSPF, defAuth)
	case "check_for_dkim_welcomelist_from":
		return r.dkimList(dkim, auth)
	case "check_for_def_dkim_welcomelist_from":
		return r.dkimList(defDKIM, defAuth)
	}
	return nil
}

// spfList looks the envelope's sender up, if SPF passes for it.
func (r *Room) spfList(names ...string) eval.Check {
	return func(m *view.Mail) int {
		if !passes(m) {
			return 0
		}
		senders := m.List("EnvelopeFrom:addr")
		if len(senders) == 0 {
			return 0
		}
		for _, name := range names {
			if r.bySPF[name].Find(strings.TrimSpace(senders[0])) != "" {
				return 1
			}
		}
		return 0
	}
}

// passes tells whether SPF passes for the envelope's sender, not for HELO.
func passes(m *view.Mail) bool { return symbol("SPF_PASS")(m) > 0 }

// dkimList looks the authors up, if one of the domains signed that may speak for them.
func (r *Room) dkimList(named, own string) eval.Check {
	return func(m *view.Mail) int {
		for _, a := range results(m, "dkim") {
			if a.Value != "pass" {
				continue
			}
			for _, author := range m.List("From:addr") {
				author = strings.ToLower(strings.TrimSpace(author))
				if r.speaksFor(signer(&a), author, named, own) {
					return 1
				}
			}
		}
		return 0
	}
}

// speaksFor tells whether a signer may speak for an author by the lists.
func (r *Room) speaksFor(signer, author, named, own string) bool {
	mine := signer == author[strings.LastIndexByte(author, '@')+1:]
	if mine && r.bySPF[own].Find(author) != "" {
		return true
	}
	l := r.byDKIM[named]
	for _, pattern := range l.order {
		for _, s := range l.signers[pattern] {
			if (s == "" && mine || s != "" && signs(signer, s)) && glob.Match(pattern, author) {
				return true
			}
		}
	}
	return false
}

// signs tells whether a signer is the domain of an entry; *.example.org stands for all below it.
func signs(signer, entry string) bool {
	if below, ok := strings.CutPrefix(strings.TrimPrefix(entry, "*"), "."); ok {
		return strings.HasSuffix(signer, "."+below)
	}
	return signer == entry
}
