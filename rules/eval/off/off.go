// Package off knows the functions that Weir does not run, and why: they ask another service, or Weir has a filter of its own
// in their place.
package off

import (
	"strings"

	"weir/rules/eval"
)

// New makes the room.
func New() eval.Room { return eval.Functions(bind, plugins()...) }

// group are functions that are off for one reason.
type group struct {
	plugins   string
	functions string
	why       string
}

var groups = []group{
	{"Razor2", "check_razor2 check_razor2_range", "it asks the Razor network; the filter fuzzy compares with what was learned here"},
	{"Pyzor", "check_pyzor", "it asks a Pyzor server; the filter fuzzy compares with what was learned here"},
	{"DCC", "check_dcc check_dcc_reputation_range", "it asks a DCC server; the filters fuzzy and ratelimit see bulk here"},
	{"AWL", "check_from_in_auto_welcomelist check_from_in_auto_whitelist", "the filter reputation keeps what a sender's mail was like"},
	{"TxRep", "check_senders_reputation", "the filter reputation keeps what a sender's mail was like"},
	{"Shortcircuit", "check_shortcircuit", "all rules are run; write `action NAME accept`, or another action, for a rule that decides"},
	{"AntiVirus", "check_microsoft_executable check_suspect_name", "the filter attachments looks into files and at their names (ATTACHMENT_FORBIDDEN)"},
	{"TextCat", "check_language check_body_8bits", "Weir does not guess languages; rules about character sets and about phrases say more of today's mail"},
	{"AccessDB", "check_access_database", "it reads Sendmail's database; put senders in lists (blocklist_from), and addresses into the gateway's own settings"},
	{"ASN", "check_asn", "it asks the DNS which network each relay is of; name networks in lists that check_rbl asks"},
	{"RelayCountry", "", "it looks up countries in a database; X-Relay-Countries is never there"},
	{"URILocalBL", "check_uri_local_bl", "it looks up countries in a database; put hosts in lists with enlist_uri_host"},
	{"SpamCop ResourceLimits Hashcash ExtractText PhishTag", "check_hashcash_value check_hashcash_double_spend", "it changes nothing in what a mail is"},
}

func plugins() (names []string) {
	for _, g := range groups {
		names = append(names, strings.Fields(g.plugins)...)
	}
	return names
}

var reasons = func() map[string]string {
	m := map[string]string{}
	for _, g := range groups {
		for _, f := range strings.Fields(g.functions) {
			m[f] = g.why
		}
	}
	return m
}()

func bind(c eval.Call) (eval.Check, error) {
	if why := reasons[c.Name]; why != "" {
		return nil, &eval.Off{Why: why}
	}
	return nil, eval.ErrUnknown
}
