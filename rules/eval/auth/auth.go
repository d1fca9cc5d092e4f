// Package auth has the functions about SPF, DKIM, ARC and DMARC. They say what Weir's filters found; where nothing was
// checked (offline) they say nothing, as SpamAssassin's do without a network.
package auth

import (
	"slices"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/addresses"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Room is the family of functions. Make it with New.
type Room struct {
	bySPF  map[string]*addresses.List // welcome if SPF passes, by the list's name
	byDKIM map[string]*signerList     // welcome if one of these signed
}

// The lists of those who are welcome if they are proved.
const (
	auth    = "welcomelist_auth"
	defAuth = "def_welcomelist_auth"
	spf     = "welcomelist_from_spf"
	defSPF  = "def_welcomelist_from_spf"
	dkim    = "welcomelist_from_dkim"
	defDKIM = "def_welcomelist_from_dkim"
)

// New makes a room that welcomes nobody.
func New() *Room {
	return &Room{
		bySPF:  map[string]*addresses.List{auth: {}, defAuth: {}, spf: {}, defSPF: {}},
		byDKIM: map[string]*signerList{dkim: {}, defDKIM: {}},
	}
}

// Plugins implements eval.Room.
func (r *Room) Plugins() []string { return []string{"SPF", "DKIM", "DMARC", "AuthRes"} }

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	if result, ok := strings.CutPrefix(c.Name, "check_for_spf_"); ok {
		if check := r.spf(result); check != nil {
			return check, nil
		}
	}
	if what, ok := strings.CutPrefix(c.Name, "check_dmarc_"); ok && dmarc[what] != "" {
		return symbol("DMARC_" + dmarc[what]), nil
	}
	if check := r.lists(strings.Replace(c.Name, "whitelist", "welcomelist", 1)); check != nil {
		return check, nil
	}
	switch c.Name {
	case "check_spf_skipped_noenvfrom":
		return func(m *view.Mail) int { return args.Yes(len(m.List("EnvelopeFrom:addr")) == 0) }, nil
	case "check_authres_result":
		return authres(c)
	}
	return bindDKIM(c)
}

// words are the results of SPF.
var words = []string{"pass", "neutral", "none", "fail", "softfail", "permerror", "temperror"}

// spf binds the functions that name a result, of the envelope's sender or of HELO.
func (r *Room) spf(result string) eval.Check {
	prefix := "SPF_"
	if of, helo := strings.CutPrefix(result, "helo_"); helo {
		prefix, result = "SPF_HELO_", of
	}
	if !slices.Contains(words, result) {
		return nil
	}
	return symbol(prefix + strings.ToUpper(result))
}

// dmarc gives for each function what follows DMARC_ in the filter's symbol: what the owner wants where it failed.
var dmarc = map[string]string{"pass": "PASS", "none": "FAIL", "quarantine": "FAIL_QUARANTINE", "reject": "FAIL_REJECT", "missing": "NONE"}

// symbol asks for a symbol of a filter.
func symbol(name string) eval.Check {
	return func(m *view.Mail) int { return args.Yes(m.Facts.Symbol != nil && m.Facts.Symbol(name) > 0) }
}

// results gives the results of a method.
func results(m *view.Mail, method string) (list []view.Auth) {
	if m.Facts.Auth == nil {
		return nil
	}
	for _, a := range m.Facts.Auth() {
		if a.Method == method {
			list = append(list, a)
		}
	}
	return list
}

// authres binds the function that asks for the result of a method by name. Results that others wrote into the header are
// not looked at: anybody can write them.
func authres(c eval.Call) (eval.Check, error) {
	method, _ := args.Text(c, 0)
	want, there := args.Text(c, 1)
	if !there {
		return nil, errAuthres
	}
	method, want = strings.ToLower(method), strings.ToLower(want)
	return func(m *view.Mail) int {
		list := results(m, method)
		if want == "missing" {
			return args.Yes(len(list) == 0 && m.Facts.Auth != nil)
		}
		has := func(v string) bool { return slices.ContainsFunc(list, func(a view.Auth) bool { return a.Value == v }) }
		return args.Yes(has(want) && (want == "pass" || !has("pass")))
	}, nil
}
