package dmarc

import (
	"errors"
	"strconv"
	"strings"
)

var (
	// ErrNoRecord says that a text is no DMARC record: it does not begin with v=DMARC1. Such texts are passed over.
	ErrNoRecord = errors.New("dmarc: no record")

	// ErrUnusable says that a DMARC record has neither a policy that can be read nor a place for reports.
	ErrUnusable = errors.New("dmarc: record without a valid p and without a valid rua")
)

// PSD is a record's tag psd (RFC 9989): whether the name is a public suffix, below which strangers register domains.
type PSD uint8

// The values of psd.
const (
	PSDUnknown PSD = iota // psd=u, or no such tag
	PSDYes                // psd=y: a public suffix
	PSDNo                 // psd=n: an organisational domain of its own
)

// Record is a DMARC policy record (RFC 9989 section 4.7; RFC 7489 section 6.3).
type Record struct {
	P, SP, NP  Policy // SP and NP are set from what they default to, where the record has none
	StrictDKIM bool   // adkim=s: only the very same domain is aligned
	StrictSPF  bool   // aspf=s
	PSD        PSD
	Test       bool   // t=y: one step milder than it says
	Percent    int    // pct of RFC 7489: the share of failing mail that the policy is for; 100 where t or nothing is there
	Failure    string // fo: which failures to report one by one; "" the default, 0
	Modern     bool   // has a tag that only RFC 9989 knows (np, psd, t)
	RUA        []URI  // where aggregate reports go
}

// maxRecord bounds a record; the longest in use have a few hundred bytes.
const maxRecord = 8 << 10

// ParseRecord reads a record, tolerantly: a tag that is unknown, said twice or has a value that makes no sense is as if
// it were not there (RFC 9989 section 4.8 asks for that). It fails with ErrNoRecord or ErrUnusable.
func ParseRecord(text string) (Record, error) {
	r := Record{Percent: 100}
	tags, ok := cutVersion(text)
	if !ok || len(text) > maxRecord {
		return r, ErrNoRecord
	}
	p := parsing{Record: &r}
	for len(tags) > 0 {
		var tag string
		tag, tags, _ = strings.Cut(tags, ";")
		if name, value, ok := strings.Cut(tag, "="); ok {
			p.tag(trim(name), trim(value))
		}
	}
	return r, p.settle()
}

// cutVersion checks the first tag, which must be v=DMARC1, letter by letter, and gives the rest.
func cutVersion(text string) (rest string, ok bool) {
	first, rest, _ := strings.Cut(text, ";")
	name, value, ok := strings.Cut(first, "=")
	return rest, ok && trim(name) == "v" && trim(value) == "DMARC1"
}

// trim takes white space off; a line end has no place in a record, and QUIRK: comes with some.
func trim(s string) string { return strings.Trim(s, " \t\r\n") }

// parsing is a record on its way.
type parsing struct {
	*Record
	seen                                    uint32
	goodP, badP, hasSP, badSP, hasNP, badNP bool
}

var tagNames = [...]string{"p", "sp", "np", "adkim", "aspf", "psd", "t", "pct", "fo", "rua"}

// tag takes a tag in. The first of several of a name counts.
func (r *parsing) tag(name, value string) {
	for i, known := range tagNames {
		if !equalFold(name, known) {
			continue
		}
		if r.seen&(1<<i) == 0 {
			r.seen |= 1 << i
			r.set(known, value)
		}
		return
	}
}

func (r *parsing) set(name, value string) {
	switch name {
	case "p":
		r.P, r.goodP = parsePolicy(value)
		r.badP = !r.goodP
	case "sp":
		r.SP, r.hasSP = parsePolicy(value)
		r.badSP = !r.hasSP
	case "np":
		r.NP, r.hasNP = parsePolicy(value)
		r.badNP, r.Modern = !r.hasNP, true
	case "adkim":
		r.StrictDKIM = equalFold(value, "s")
	case "aspf":
		r.StrictSPF = equalFold(value, "s")
	default:
		r.more(name, value)
	}
}

func (r *parsing) more(name, value string) {
	switch name {
	case "psd":
		r.Modern = true
		if equalFold(value, "y") {
			r.PSD = PSDYes
		} else if equalFold(value, "n") {
			r.PSD = PSDNo
		}
	case "t":
		r.Modern, r.Test = true, equalFold(value, "y")
	case "pct":
		if n, err := strconv.Atoi(value); err == nil && n >= 0 && n <= 100 {
			r.Percent = n
		}
	case "fo":
		r.Failure = failureOptions(value)
	case "rua":
		r.RUA = ParseURIs(value)
	}
}

// settle fills in what policies default to. A record whose policy can't be read is p=none where it wants reports, and
// unusable else (RFC 7489 section 6.6.3, RFC 9989 section 4.10.1).
func (r *parsing) settle() error {
	if !r.goodP || r.badSP || r.badNP {
		r.P, r.SP, r.NP = None, None, None
		if len(r.RUA) == 0 {
			return ErrUnusable
		}
		return nil
	}
	if !r.hasSP {
		r.SP = r.P
	}
	if !r.hasNP {
		r.NP = r.SP
	}
	if r.Modern {
		r.Percent = 100 // RFC 9989 took pct away; t is in its place
	}
	return nil
}

// failureOptions keeps what fo may say: 0, 1, d and s, with colons.
func failureOptions(value string) string {
	for _, c := range value {
		if !strings.ContainsRune("01dsDS: ", c) {
			return ""
		}
	}
	return strings.ToLower(strings.ReplaceAll(value, " ", ""))
}

// Applied gives the policy for mail of a domain. own: the record stands at the domain itself; exists: the domain is in
// the DNS (RFC 9989 section 3.2.13).
func (r *Record) Applied(own, exists bool) Policy {
	switch {
	case own:
		return r.P
	case exists:
		return r.SP
	}
	return r.NP
}
