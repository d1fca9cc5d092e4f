package filters

import (
	"slices"
	"strings"

	"weir/message/link"
)

// Proved lists the domains that SPF, DKIM or DMARC proved the mail to come from, each once, in lower case. A HELO name
// that passed SPF is no sender (CVE-2019-20790): see ProvedHelo. A domain that lets everybody in (Auth.Open) proves
// nothing by it: whoever is welcomed for such a domain may be anybody.
func (f Findings) Proved() []string {
	var list []string
	for i := range f.auth {
		a := &f.auth[i]
		if a.Value != Pass || a.Open || a.Domain == "" || a.ofHelo() || a.Method != "spf" && a.Method != "dkim" && a.Method != "dmarc" {
			continue
		}
		if d := strings.ToLower(strings.TrimSuffix(a.Domain, ".")); !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// Proves tells whether a domain is proved: by itself, or by one with the same registered domain (relaxed alignment,
// RFC 7489 section 3.1).
func (f Findings) Proves(domain string) bool {
	if domain == "" || len(f.auth) == 0 {
		return false
	}
	org := organisation(domain)
	return slices.ContainsFunc(f.Proved(), func(d string) bool { return organisation(d) == org })
}

// ProvedHelo tells whether SPF passed for the client's HELO name, which does not let everybody in.
func (f Findings) ProvedHelo() bool {
	return slices.ContainsFunc(f.auth, func(a Auth) bool { return a.Method == "spf" && a.Value == Pass && !a.Open && a.ofHelo() })
}

func (a *Auth) ofHelo() bool {
	return slices.ContainsFunc(a.Props, func(p AuthProp) bool { return p.Type == "smtp" && p.Name == "helo" })
}

// organisation is the registered domain; a name that has none stands for itself.
func organisation(domain string) string {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	if org := link.RegisteredDomain(domain); org != "" {
		return org
	}
	return domain
}
