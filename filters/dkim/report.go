package dkim

import (
	"strconv"
	"strings"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/message/link"
	"weir/message/signature"
	"weir/scoring"
)

// report gathers the verdicts on one message.
type report struct {
	m      *message.Message
	body   *signature.Body
	seen   int // DKIM-Signature fields
	budget int // what the library may still do
	list   []verdict
	looked bool
	doubts error
}

func (r *report) add(v verdict) { r.list = append(r.list, v) }

// doubt is doubts, asked once.
func (r *report) doubt() error {
	if !r.looked {
		r.looked, r.doubts = true, doubts(r.m)
	}
	return r.doubts
}

// canonical is a domain as two can be compared.
func canonical(s string) string { return address.Domain(strings.Trim(s, " \t\r\n")) }

// result is what the filter reports.
func (r *report) result(most int) filters.Result {
	if r.seen == 0 {
		return filters.Result{Hits: []scoring.Hit{{Name: "DKIM_NONE"}}, Auth: []filters.Auth{{Method: "dkim", Value: filters.None, Reason: "the message is not signed"}}}
	}
	out := filters.Result{Auth: make([]filters.Auth, 0, len(r.list)+1)}
	hits := tally{}
	passed := false
	for i := range r.list {
		passed = passed || r.list[i].value == filters.Pass
	}
	for i := range r.list {
		v := &r.list[i]
		out.Auth = append(out.Auth, v.auth())
		if v.value == filters.Pass || !passed {
			hits.add("DKIM_"+strings.ToUpper(string(v.value)), v.String())
		}
		r.remark(v, &hits)
	}
	if more := r.seen - most; more > 0 {
		why := strconv.Itoa(more) + " more signatures were not looked at"
		out.Auth = append(out.Auth, filters.Auth{Method: "dkim", Value: filters.PermError, Reason: why})
		hits.add("DKIM_MANY", why)
	}
	out.Hits = hits
	return out
}

// remark notes what else is to be said of a signature.
func (r *report) remark(v *verdict, hits *tally) {
	if v.key != nil && v.key.Testing {
		hits.add("DKIM_TESTING", v.sig.Domain)
	}
	if v.value == filters.Policy && v.sig.Length >= 0 {
		if _, length := r.body.Sum(v.sig.Body); length > v.sig.Length {
			hits.add("DKIM_PARTIAL", v.sig.Domain+" signed "+strconv.FormatInt(v.sig.Length, 10)+" of "+strconv.FormatInt(length, 10)+" bytes")
		}
	}
	if v.value != filters.Pass {
		return
	}
	if v.key.Type == "rsa" && v.key.Bits < 2048 {
		hits.add("DKIM_SHORT_KEY", v.String())
	}
	if r.ofAuthor(v.sig.Domain) {
		hits.add("DKIM_AUTHOR", v.sig.Domain)
	}
	if names := r.added(v.sig); names != "" {
		hits.add("DKIM_ADDED", names)
	}
}

// ofAuthor tells whether a domain is the author's: the one in From, as far as the registered domain goes.
func (r *report) ofAuthor(domain string) bool {
	author := r.m.Author()
	if len(author.Addresses) != 1 || author.Ambiguous {
		return false
	}
	from := author.Addresses[0].Domain
	org := link.RegisteredDomain(from)
	return from == domain || org != "" && org == link.RegisteredDomain(domain)
}

// visible are the fields that programs show, or that change what they show.
var visible = [...]string{"Subject", "To", "Cc", "Date", "Reply-To", "Sender", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}

// added lists the fields of which there are more in the message than were signed: somebody put one on top, and programs
// that read the first one show that (RFC 6376 section 8.15).
func (r *report) added(s *signature.Signature) string {
	var list []string
	for _, name := range visible {
		signed := 0
		for _, h := range s.Fields {
			if strings.EqualFold(h, name) {
				signed++
			}
		}
		if signed > 0 && r.m.Header.Count(name) > signed {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}

// auth is the verdict as RFC 8601 section 2.7.1 has it. Only what was read as a name gets into it.
func (v *verdict) auth() filters.Auth {
	a := filters.Auth{Method: "dkim", Value: v.value, Reason: v.why, Domain: v.sig.Domain}
	if v.value == filters.Pass {
		a.Reason = v.strength()
	}
	prop := func(name, value string) {
		if value != "" {
			a.Props = append(a.Props, filters.AuthProp{Type: "header", Name: name, Value: value})
		}
	}
	prop("d", v.sig.Domain)
	if i, ok := v.sig.Tags.Get("i"); ok && isPlain(i) {
		prop("i", i)
	}
	prop("s", v.sig.Selector)
	if isToken(v.sig.Algorithm) {
		prop("a", v.sig.Algorithm)
	}
	prop("b", start(v.sig))
	return a
}

// start is the beginning of b=, which tells the signatures of one domain apart (RFC 6008).
func start(s *signature.Signature) string {
	b, _ := s.Tags.Get("b")
	if len(s.Value) == 0 {
		return ""
	}
	out := make([]byte, 0, 8)
	for i := 0; i < len(b) && len(out) < 8; i++ {
		if b[i] > ' ' {
			out = append(out, b[i])
		}
	}
	return string(out)
}

// isPlain tells whether a text is visible ASCII of a sane length.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return len(s) <= 320
}

// isToken tells whether a text is a word of letters, digits and hyphens.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(s) <= 20
}

// String tells about the signature, for a person.
func (v *verdict) String() string {
	who := v.sig.Domain
	if v.sig.Selector != "" {
		who += " (" + v.sig.Selector + ")"
	}
	if v.value == filters.Pass {
		return who + ", " + v.strength()
	}
	if who == "" {
		return v.why
	}
	return who + ": " + v.why
}

// strength names the key.
func (v *verdict) strength() string { return strconv.Itoa(v.key.Bits) + "-bit " + v.key.Type + " key" }

// tally gathers hits, each symbol once.
type tally []scoring.Hit

// add adds a finding to its symbol.
func (t *tally) add(name, detail string) {
	for i := range *t {
		if h := &(*t)[i]; h.Name == name {
			h.Count++
			if len(h.Detail) < 300 {
				h.Detail += "; " + detail
			}
			return
		}
	}
	*t = append(*t, scoring.Hit{Name: name, Count: 1, Detail: detail})
}
