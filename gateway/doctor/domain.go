package doctor

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// maxDomains is how many of our own domains are looked at.
const maxDomains = 50

// ownDomains are those that we take mail for.
func (e *examiner) ownDomains() (list []string) {
	for _, h := range e.Config.NextHops {
		for _, d := range h.Domains {
			if d = strings.ToLower(strings.TrimSuffix(d, ".")); !strings.Contains(d, "*") && !strings.HasPrefix(d, ".") && !slices.Contains(list, d) {
				list = append(list, d)
			}
		}
	}
	return list[:min(len(list), maxDomains)]
}

// domains looks at the records of our own domains, and at that of our seal.
func (e *examiner) domains(ctx context.Context) []Finding {
	return append(e.seal(ctx), each(e.ownDomains(), func(domain string) []Finding {
		w := ward{examiner: e, domain: domain}
		w.mx(ctx)
		w.spf(ctx)
		w.dmarc(ctx)
		for _, s := range e.Selectors {
			w.dkim(ctx, s)
		}
		return w.list
	})...)
}

// seal compares the key that we seal with and the one in the DNS (docs/arc.md).
func (e *examiner) seal(ctx context.Context) []Finding {
	c := e.Config.Seal
	if !c.On() {
		return nil
	}
	f := Finding{About: "seal", Subject: c.Domain}
	name, want, err := c.Record()
	if err != nil {
		f.Severity, f.Text, f.Do = Error, err.Error(), "correct [seal]"
		return []Finding{f}
	}
	texts, err := e.dns.LookupTXT(ctx, name)
	switch {
	case err != nil && !notFound(err):
		f.Severity, f.Text, f.Do = Warning, name+" could not be looked up: "+reason(err), lookAgain
	case err != nil:
		f.Severity, f.Text, f.Do = Error, name+" has no TXT record: nobody can check our seals", "add it: "+want
	case len(texts) != 1 || tag(texts[0], "p") != tag(want, "p"):
		f.Severity, f.Text, f.Do = Error, name+" has another key than the one that we seal with: all our seals are broken", "replace it by: "+want
	default:
		f.Text = name + " has our key"
	}
	return []Finding{f}
}

// ward is one of our domains.
type ward struct {
	*examiner
	domain string
	list   []Finding
}

func (w *ward) finding(s Severity, text, do string) {
	w.list = append(w.list, Finding{s, "domain", w.domain, text, do})
}

const lookAgain = "see what is said of the resolver, and run weir doctor again"

// mx looks where mail for the domain goes.
func (w *ward) mx(ctx context.Context) {
	list, err := w.dns.LookupMX(ctx, w.domain)
	switch {
	case notFound(err):
		w.finding(Warning, "has no MX record: mail for it goes to its address record, if there is one", "add MX records with the names of the servers that take its mail: "+w.name)
		return
	case err != nil:
		w.finding(Warning, "its MX records could not be looked up: "+reason(err), lookAgain)
		return
	case len(list) == 1 && list[0].Host == ".":
		w.finding(Error, "says that it takes no mail at all (MX 0 ., RFC 7505)", "replace that record by MX records with the names of the servers that take its mail")
		return
	}
	ours := false
	for _, mx := range list[:min(len(list), 20)] {
		ours = w.exchanger(ctx, strings.TrimSuffix(mx.Host, ".")) || ours
	}
	switch {
	case ours:
		w.finding(OK, "its mail comes to this machine", "")
	case len(w.own()) == 0:
		w.finding(Note, "its mail goes to "+strings.TrimSuffix(list[0].Host, ".")+"; this machine has no public address to compare that with", "")
	default:
		w.finding(Warning, "its mail goes to "+strings.TrimSuffix(list[0].Host, ".")+", not to this machine", "point its MX records at "+w.name+", unless another server hands the mail on")
	}
}

// exchanger looks at one MX host, and tells whether it is this machine.
func (w *ward) exchanger(ctx context.Context, host string) bool {
	addrs, err := w.dns.LookupNetIP(ctx, "ip", host)
	switch {
	case notFound(err):
		w.finding(Error, "its MX host "+host+" has no address", "correct the MX record, or add an address record to "+host)
	case err != nil:
		w.finding(Warning, "its MX host "+host+" could not be looked up: "+reason(err), lookAgain)
	}
	for _, a := range addrs {
		if slices.Contains(w.own(), a) {
			return true
		}
	}
	return strings.EqualFold(host, w.name)
}

// records gives the TXT records of a name that begin with a version tag. ok is false where nobody could tell.
func (w *ward) records(ctx context.Context, name, version string) (found []string, ok bool) {
	texts, err := w.dns.LookupTXT(ctx, name)
	if err != nil && !notFound(err) {
		w.finding(Warning, "the TXT records of "+name+" could not be looked up: "+reason(err), lookAgain)
		return nil, false
	}
	for _, t := range texts {
		if rest, is := strings.CutPrefix(strings.ToLower(t), version); is && (rest == "" || strings.ContainsAny(rest[:1], " ;\t")) {
			found = append(found, t)
		}
	}
	return found, true
}

// spf looks at the domain's SPF record (RFC 7208).
func (w *ward) spf(ctx context.Context) {
	found, ok := w.records(ctx, w.domain, "v=spf1")
	switch {
	case !ok:
		return
	case len(found) == 0:
		w.finding(Warning, "has no SPF record: anybody may send in its name", `add a TXT record like "v=spf1 mx -all"`)
		return
	case len(found) > 1:
		w.finding(Error, fmt.Sprintf("has %d SPF records: all count as broken (RFC 7208 section 4.5)", len(found)), "put them together into one")
		return
	}
	terms := strings.Fields(strings.ToLower(found[0]))
	switch {
	case slices.Contains(terms, "+all") || slices.Contains(terms, "all"):
		w.finding(Error, "its SPF record allows the whole world to send in its name (+all)", "end it with -all or ~all")
	case slices.Contains(terms, "?all"):
		w.finding(Note, "its SPF record says nothing about strangers (?all)", "end it with -all or ~all")
	case !strings.Contains(found[0], "all") && !strings.Contains(strings.ToLower(found[0]), "redirect="):
		w.finding(Note, "its SPF record has no end: it says nothing about strangers", "end it with -all or ~all")
	default:
		w.finding(OK, "has an SPF record", "")
	}
}

// dmarc looks for the domain's DMARC record, at the domain or above it (RFC 9989).
func (w *ward) dmarc(ctx context.Context) {
	for name := w.domain; strings.Contains(name, "."); _, name, _ = strings.Cut(name, ".") {
		found, ok := w.records(ctx, "_dmarc."+name, "v=dmarc1")
		switch {
		case !ok:
			return
		case len(found) > 1:
			w.finding(Error, fmt.Sprintf("_dmarc.%s has %d DMARC records: none of them counts", name, len(found)), "leave one")
			return
		case len(found) == 1:
			w.policy(name, found[0])
			return
		}
	}
	w.finding(Warning, "has no DMARC record: nobody is told what to do with mail that forges it", `add a TXT record _dmarc.`+w.domain+` like "v=DMARC1; p=none; rua=mailto:…", read the reports, then p=quarantine or p=reject`)
}

func (w *ward) policy(at, record string) {
	switch p := tag(record, "p"); p {
	case "quarantine", "reject":
		w.finding(OK, "its DMARC record at _dmarc."+at+" says "+p, "")
	case "none", "":
		w.finding(Note, "its DMARC record at _dmarc."+at+" asks for nothing (p=none)", "read the reports, then set p=quarantine or p=reject")
	default:
		w.finding(Error, "its DMARC record at _dmarc."+at+" has an unknown policy, p="+p, "set p=none, quarantine or reject")
	}
}

// tag gives a value of a record made of tag=value pairs (RFC 6376 section 3.2), in lower case.
func tag(record, name string) string {
	for pair := range strings.SplitSeq(record, ";") {
		if k, v, ok := strings.Cut(pair, "="); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.ToLower(strings.TrimSpace(v))
		}
	}
	return ""
}

// dkim looks at the key of a selector (RFC 6376 section 3.6.1).
func (w *ward) dkim(ctx context.Context, selector string) {
	name := selector + "._domainkey." + w.domain
	texts, err := w.dns.LookupTXT(ctx, name)
	switch {
	case notFound(err):
		w.finding(Error, "has no DKIM key "+name+": signatures with this selector fail", "add the TXT record that the signer printed, or correct the selector")
		return
	case err != nil:
		w.finding(Warning, "its DKIM key "+name+" could not be looked up: "+reason(err), lookAgain)
		return
	case len(texts) > 1:
		w.finding(Error, fmt.Sprintf("%s has %d TXT records: which of them is the key is left to chance", name, len(texts)), "leave one")
		return
	}
	s, text, do := keyStrength(texts[0])
	w.finding(s, "its DKIM key "+name+" "+text, do)
}

const newKey = "make a new key of 2048 bits with another selector, and take the old one out after a few days"

// keyStrength says what a key record is good for.
func keyStrength(record string) (Severity, string, string) {
	raw := ""
	for pair := range strings.SplitSeq(record, ";") {
		if k, v, ok := strings.Cut(pair, "="); ok && strings.TrimSpace(k) == "p" {
			raw = strings.Join(strings.Fields(v), "")
		}
	}
	der, err := base64.StdEncoding.DecodeString(raw)
	switch {
	case raw == "":
		return Error, "is withdrawn (p= is empty): signatures with it fail", newKey
	case err != nil:
		return Error, "can't be read: p= is no base64", "write the record again, in one piece"
	case tag(record, "k") == "ed25519":
		if len(der) != 32 {
			return Error, "is no Ed25519 key", "write the record again, in one piece"
		}
		return OK, "is an Ed25519 key", ""
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		key, err = x509.ParsePKCS1PublicKey(der)
	}
	pub, ok := key.(*rsa.PublicKey)
	switch {
	case err != nil || !ok:
		return Error, "is no RSA key", "write the record again, in one piece"
	case pub.N.BitLen() < 1024:
		return Error, fmt.Sprintf("has %d bits: nobody accepts it (RFC 8301)", pub.N.BitLen()), newKey
	case pub.N.BitLen() < 2048:
		return Warning, fmt.Sprintf("has %d bits, which is weak (RFC 8301)", pub.N.BitLen()), newKey
	}
	return OK, fmt.Sprintf("has %d bits", pub.N.BitLen()), ""
}
