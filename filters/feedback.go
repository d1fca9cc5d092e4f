package filters

import (
	"net/netip"
	"time"
)

// FeedbackStream holds what DMARC aggregate reports are made of: a Feedback in JSON for each judged mail. A report is
// about a day, so what is older than three has been reported or never will be. It names no person.
var FeedbackStream = &Stream{Name: "dmarc-feedback", Max: 500_000, TTL: 3 * 24 * time.Hour}

// Feedback is one mail's part of a DMARC aggregate report (RFC 7489 section 7.2 and appendix C). It has domains and the
// client's address, which the owner of the domain has a right to know, and no address of a person.
type Feedback struct {
	Holder   string         `json:"h"`            // the domain at which the record stands
	From     string         `json:"f"`            // the author's domain
	MailFrom string         `json:"m,omitempty"`  // the domain of MAIL FROM; "" the null sender
	Client   netip.Addr     `json:"ip"`           // who brought the mail
	Policy   FeedbackPolicy `json:"p"`            // the record, as it was applied
	Done     string         `json:"d"`            // none, quarantine, reject: what became of the mail
	Why      string         `json:"w,omitempty"`  // why not what the owner asked for: mailing_list, trusted_forwarder, sampled_out, local_policy, other
	DKIM     bool           `json:"dk,omitempty"` // an aligned DKIM pass
	SPF      bool           `json:"sp,omitempty"` // an aligned SPF pass
	Auth     []FeedbackAuth `json:"a,omitempty"`
}

// FeedbackPolicy is a DMARC record in the RFC's words.
type FeedbackPolicy struct {
	P     string `json:"p"`
	SP    string `json:"sp"`
	NP    string `json:"np,omitempty"`
	ADKIM string `json:"ad,omitempty"` // "s"; "" means r
	ASPF  string `json:"as,omitempty"`
	FO    string `json:"fo,omitempty"`
	Test  bool   `json:"t,omitempty"`
	Pct   *int   `json:"pct,omitempty"` // nil: 100
}

// FeedbackAuth is a result of SPF or DKIM.
type FeedbackAuth struct {
	Method   string `json:"m"` // spf, dkim
	Domain   string `json:"d"`
	Selector string `json:"s,omitempty"` // of DKIM
	Scope    string `json:"c,omitempty"` // of SPF: mfrom, helo
	Result   string `json:"r"`
}
