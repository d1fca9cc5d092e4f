// Package dmarc tells whether the domain that a reader sees in From stands behind a mail (RFC 9989, and RFC 7489 for
// records that were written for it).
//
// SPF proves the domain of MAIL FROM and DKIM those of signatures; neither is what a reader sees. DMARC asks that one
// of the proved domains is aligned with the author's: the same, or of the same organisation. The author's domain says
// in the DNS, at _dmarc.<domain>, what is to happen to mail for which that fails.
//
// Which domains are one organisation is found by climbing the DNS tree (walk.go); the public suffix list guards it
// against names below which strangers register. A From field that two programs might read differently never passes
// (author.go). The filter reports; a symbol that decides is how it reports that an owner's policy is to be obeyed.
package dmarc

import (
	"context"
	"fmt"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/scoring"
)

// The symbols.
const (
	Passed         = "DMARC_PASS"
	Enforced       = "DMARC_ENFORCED"
	NoRecord       = "DMARC_NONE"
	Failed         = "DMARC_FAIL"
	FailQuarantine = "DMARC_FAIL_QUARANTINE"
	FailReject     = "DMARC_FAIL_REJECT"
	ToQuarantine   = "DMARC_QUARANTINE"
	ToReject       = "DMARC_REJECT"
	Temporary      = "DMARC_TEMPERROR"
	ToDefer        = "DMARC_DEFER"
	BadRecord      = "DMARC_PERMERROR"
	NoAuthor       = "DMARC_NO_AUTHOR"
	Ambiguous      = "DMARC_AMBIGUOUS"
	NameForged     = "DMARC_NAME_FORGED"
	ByARC          = "DMARC_ARC"
	ByList         = "DMARC_LIST"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "dmarc",
	Text:    "tells whether the domain in From stands behind the mail, and what its owner wants done if not",
	Stage:   filters.Data,
	After:   []string{"spf", "dkim", "arc"},
	Network: true,
	Inbound: true,
	Symbols: []scoring.Symbol{
		{Name: Passed, Score: -0.1, Text: "The domain in From stands behind this mail."},
		{Name: Enforced, Text: "It does, and asks to refuse or quarantine all mail in its name, or below it, that fails."},
		{Name: NoRecord, Text: "The domain in From publishes no DMARC policy."},
		{Name: Failed, Score: 0.5, Text: "The domain in From does not stand behind this mail; its owner asks for nothing to be done."},
		{Name: FailQuarantine, Score: 3, Text: "The domain in From does not stand behind this mail; its owner asks to quarantine such mail."},
		{Name: FailReject, Score: 5, Text: "The domain in From does not stand behind this mail; its owner asks to refuse such mail."},
		{Name: ToQuarantine, Decides: scoring.Quarantine, Text: "The policy of the domain in From is obeyed: this mail is quarantined."},
		{Name: ToReject, Decides: scoring.Reject, Text: "The policy of the domain in From is obeyed: this mail is refused."},
		{Name: Temporary, Text: "Whether the domain in From stands behind this mail can't be told now."},
		{Name: ToDefer, Decides: scoring.Defer, Text: "The mail is put off, since its domain may ask to refuse forgeries and can't be checked now."},
		{Name: BadRecord, Text: "The DMARC policy of the domain in From can't be read, or the domain can't exist."},
		{Name: NoAuthor, Text: "From has no address with a domain, so that nobody stands behind this mail."},
		{Name: Ambiguous, Score: 1.5, Text: "From can be read in several ways, so that no domain can stand behind this mail."},
		{Name: NameForged, Score: 1.5, Text: "The display name shows an address of a domain that asks to refuse forgeries, and does not stand behind this mail."},
		{Name: ByARC, Text: "A trusted forwarder says that this mail passed DMARC before: the policy is not obeyed."},
		{Name: ByList, Text: "The mail comes from a mailing list: the policy is not obeyed."},
	},
	New: newFilter,
}

// Config is the table [filters.dmarc].
type Config struct {
	Policy    string   `toml:"policy" comment:"how far the owners' policies are obeyed: \"reject\", \"quarantine\" (what they want refused is quarantined), or \"score\""`
	TempError string   `toml:"temperror" comment:"mail that can't be checked now: \"defer\" (451) if its domain is known to want forgeries refused, \"defer-unknown\" also if that is not known, or \"accept\""`
	Lists     []string `toml:"lists" comment:"domains of mailing lists: mail that SPF or DKIM prove to come from there is not refused for its author's policy"`
	Named     string   `toml:"display_names" comment:"addresses in the display name: \"score\", \"strict\" (as a second author) or \"ignore\""`
	Reports   bool     `toml:"reports" comment:"note results for aggregate reports, which [dmarc_report] or weir dmarc report send"`
}

// The words of the settings.
const (
	score  = "score"
	strict = "strict"
)

// DefaultConfig obeys policies, and puts off what can't be checked.
func DefaultConfig() Config {
	return Config{Policy: "reject", TempError: "defer", Lists: []string{}, Named: score}
}

// Check tells what is wrong with the settings.
func (c *Config) Check() error {
	for _, s := range []struct {
		key, value string
		words      []string
	}{
		{"policy", c.Policy, []string{"reject", "quarantine", score}},
		{"temperror", c.TempError, []string{"defer", "defer-unknown", "accept"}},
		{"display_names", c.Named, []string{score, strict, "ignore"}},
	} {
		if !contains(s.words, s.value) {
			return fmt.Errorf("%s: %q is none of %q", s.key, s.value, s.words)
		}
	}
	for _, l := range c.Lists {
		if !validDomain(address.Domain(l)) {
			return fmt.Errorf("lists: %q is no domain; write it like lists.example.org", l)
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, w := range list {
		if w == s {
			return true
		}
	}
	return false
}

type filter struct {
	Config
	env   filters.Env
	lists map[string]bool
	notes pending
	seen  remembered
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{Config: DefaultConfig(), env: env, lists: map[string]bool{}}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if err := f.Config.Check(); err != nil {
		return nil, err
	}
	for _, l := range f.Lists {
		f.lists[address.Domain(l)] = true
	}
	return f, nil
}

// Check evaluates a mail. Where SPF or DKIM were not checked, only a pass says something.
func (f *filter) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	if f.env.Offline || f.env.Resolver == nil {
		return filters.Result{}, nil
	}
	short, cancel := early(ctx)
	defer cancel()
	v := f.evaluate(short, m, found)
	if (v.Value == filters.Fail || v.Value == filters.TempError && v.Known) && v.Ambiguous == "" && !complete(m, found) {
		return filters.Result{}, nil
	}
	if v.Value == filters.Fail && v.Want != None && v.Ambiguous == "" {
		v.Except = f.exceptional(m, found)
	}
	f.remember(v)
	f.note(m, v)
	return filters.Result{Hits: f.hits(v), Auth: []filters.Auth{v.result()}}, nil
}

// complete tells whether SPF and DKIM were both looked at. They are not where nobody knows the client (a scan of a file), or
// where the admin has switched a filter off: then that nothing is aligned says nothing of the mail.
func complete(m *message.Message, found filters.Findings) bool {
	spf := m.HasFrom && m.Envelope.From == "" || found.Failed("spf")
	dkim := found.Failed("dkim")
	for _, a := range found.Auth() {
		spf = spf || a.Method == "spf" && property(&a, "smtp", "mailfrom") != ""
		dkim = dkim || a.Method == "dkim"
	}
	return spf && dkim && m.Client.Addr.IsValid()
}

// remember takes down what the authors' owners want, for when they can't be asked.
func (f *filter) remember(v *verdict) {
	for i := range v.authors {
		if a := &v.authors[i]; a.Known {
			f.seen.note(a.Domain, a.Want)
		}
	}
}

// early ends a tenth before the filter's own time does. A DNS that hangs must end as a temporary error, which may put
// the mail off, and not as a filter that failed, which lets it pass (E18).
func early(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-time.Until(end)/10))
}

// result is the entry for Authentication-Results. policy.dmarc is what the owner wants done with this mail, after t, pct
// and np.
func (v *verdict) result() filters.Auth {
	a := filters.Auth{Method: "dmarc", Value: v.Value, Reason: v.Reason}
	if validDomain(v.Domain) {
		a.Domain = v.Domain
		a.Props = append(a.Props, filters.AuthProp{Type: "header", Name: "from", Value: v.Domain})
	}
	if v.Holder != "" {
		a.Props = append(a.Props, filters.AuthProp{Type: "policy", Name: "dmarc", Value: v.Want.String()})
	}
	return a
}

// hits makes the symbols.
func (f *filter) hits(v *verdict) []scoring.Hit {
	hits := v.doubts()
	domain := v.Domain
	switch v.Value {
	case filters.Pass:
		hits = append(hits, scoring.Hit{Name: Passed, Detail: domain})
		if v.enforced() {
			hits = append(hits, scoring.Hit{Name: Enforced, Detail: domain})
		}
		return hits
	case filters.None:
		return append(hits, scoring.Hit{Name: NoRecord, Detail: domain})
	case filters.PermError:
		if !v.Nobody && v.Ambiguous == "" {
			hits = append(hits, scoring.Hit{Name: BadRecord, Detail: v.Reason})
		}
		return hits
	case filters.TempError:
		return append(hits, f.deferred(v)...)
	}
	return append(hits, f.failed(v)...)
}

// enforced tells whether the owner stands by the policy without reserve: what readers' programs ask for before they show
// more than the mail itself, such as its owner's emblem (filters/bimi).
func (v *verdict) enforced() bool {
	return v.Asked != None && !v.Spared && v.Record.P != None && v.Record.SP != None && v.Record.NP != None && v.Record.Percent == 100 && !v.Record.Test
}

// doubts are the symbols of a strange From.
func (v *verdict) doubts() (hits []scoring.Hit) {
	if v.Nobody {
		hits = append(hits, scoring.Hit{Name: NoAuthor})
	}
	if v.Ambiguous != "" && !v.Nobody {
		hits = append(hits, scoring.Hit{Name: Ambiguous, Detail: v.Ambiguous})
	}
	if v.Named != "" {
		hits = append(hits, scoring.Hit{Name: NameForged, Detail: v.Named})
	}
	return hits
}

// failed are the symbols of a failure.
func (f *filter) failed(v *verdict) []scoring.Hit {
	detail := v.Domain
	if v.Holder != v.Domain {
		detail += ", policy of " + v.Holder
	}
	if v.Spared {
		detail += ", spared by t or pct"
	}
	hit := func(name string) scoring.Hit { return scoring.Hit{Name: name, Detail: detail} }
	switch {
	case v.Want == None:
		return []scoring.Hit{hit(Failed)}
	case v.Except == byARC:
		return []scoring.Hit{hit(Failed), hit(ByARC)}
	case v.Except == byList:
		return []scoring.Hit{hit(Failed), hit(ByList)}
	case v.Except == listLike:
		return []scoring.Hit{hit(FailQuarantine), hit(ByList)}
	case v.Want == Quarantine && f.Policy == score:
		return []scoring.Hit{hit(FailQuarantine)}
	case v.Want == Quarantine:
		return []scoring.Hit{hit(FailQuarantine), hit(ToQuarantine)}
	case f.Policy == score:
		return []scoring.Hit{hit(FailReject)}
	case f.Policy == Quarantine.String():
		return []scoring.Hit{hit(FailReject), hit(ToQuarantine)}
	}
	return []scoring.Hit{hit(FailReject), hit(ToReject)}
}

// retry is when a sender may come back: DNS servers that were down are often back by then.
const retry = 15 * 60

// deferred are the symbols of a temporary error. The mail is put off where its owner wants forgeries refused: so says the
// record, or did when it was last seen. Where nothing is known of the owner, it is by config, since a gateway whose own DNS
// is broken would put all mail off. A proved domain that is the very author's would meet any policy.
func (f *filter) deferred(v *verdict) []scoring.Hit {
	hits := []scoring.Hit{{Name: Temporary, Detail: strings.TrimPrefix(v.Domain+": "+v.Reason, ": ")}}
	if f.putsOff(v) {
		hits = append(hits, scoring.Hit{Name: ToDefer, Detail: v.Domain, Retry: retry})
	}
	return hits
}

func (f *filter) putsOff(v *verdict) bool {
	switch {
	case f.TempError == "accept":
		return false
	case v.Known:
		return v.Want != None
	case v.stands:
		return false
	}
	return f.TempError == "defer-unknown" || f.seen.policy(v.Domain) != None
}
