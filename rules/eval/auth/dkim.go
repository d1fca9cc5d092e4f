package auth

import (
	"errors"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

var errAuthres = errors.New("name a method and a result: check_authres_result('dkim', 'fail')")

const adsp = "ADSP is historic, nobody publishes it any more; the filter dmarc asks for the policy of today"

// bindDKIM binds the functions about signatures.
func bindDKIM(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "check_dkim_signed", "check_arc_signed":
		return signed(c, false), nil
	case "check_dkim_valid", "check_dkim_verified", "check_arc_valid":
		return signed(c, true), nil
	case "check_dkim_valid_author_sig":
		return func(m *view.Mail) int { return args.Yes(byDomains(m, c.Args, m.List("From:addr"))) }, nil
	case "check_dkim_valid_envelopefrom":
		return func(m *view.Mail) int { return args.Yes(byDomains(m, nil, m.List("EnvelopeFrom:addr"))) }, nil
	case "check_dkim_dependable":
		return func(m *view.Mail) int { return args.Yes(len(results(m, "dkim")) > 0) }, nil
	case "check_dkim_testing":
		return symbol("DKIM_TESTING"), nil
	case "check_dkim_adsp", "check_dkim_signall", "check_dkim_signsome":
		return nil, &eval.Off{Why: adsp}
	}
	return nil, eval.ErrUnknown
}

// signed binds the functions that ask for a signature, or one that verifies, of anybody or of some domains.
func signed(c eval.Call, valid bool) eval.Check {
	method := "dkim"
	if strings.Contains(c.Name, "_arc_") {
		method = "arc"
	}
	return func(m *view.Mail) int {
		for _, a := range results(m, method) {
			if a.Value != "none" && (!valid || a.Value == "pass") && (method == "arc" || accepts(c.Args, signer(&a))) {
				return 1
			}
		}
		return 0
	}
}

// byDomains tells whether a signature verifies whose signer is the domain of one of some addresses, and is accepted.
func byDomains(m *view.Mail, accepted, addresses []string) bool {
	for _, a := range results(m, "dkim") {
		if s := signer(&a); a.Value == "pass" && accepts(accepted, s) && ofDomain(addresses, s) {
			return true
		}
	}
	return false
}

func ofDomain(addresses []string, domain string) bool {
	for _, a := range addresses {
		if domain != "" && strings.EqualFold(strings.TrimSpace(a[strings.LastIndexByte(a, '@')+1:]), domain) {
			return true
		}
	}
	return false
}

// signer gives the domain that a signature speaks for: that of its identity, if it names one.
func signer(a *view.Auth) string {
	if at := strings.LastIndexByte(a.Signer, '@'); at >= 0 && at+1 < len(a.Signer) {
		return strings.ToLower(a.Signer[at+1:])
	}
	return strings.ToLower(a.Domain)
}

// accepts tells whether a domain is one of a list; .example.org and *.example.org stand for the domain and all below it. An
// empty list accepts all.
func accepts(list []string, domain string) bool {
	for _, d := range list {
		d = strings.ToLower(d)
		if all, ok := strings.CutPrefix(strings.TrimPrefix(d, "*"), "."); ok {
			if domain == all || strings.HasSuffix(domain, "."+all) {
				return true
			}
		} else if d == domain {
			return true
		}
	}
	return len(list) == 0
}
