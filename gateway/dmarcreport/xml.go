package dmarcreport

import (
	"encoding/xml"
	"strings"

	"weir/filters"
)

// document is an aggregate report in the words of RFC 7489 appendix C. RFC 9990 has np and testing more; they are
// written only where a record has them.
type document struct {
	XMLName  xml.Name  `xml:"feedback"`
	Version  string    `xml:"version"`
	Metadata metadata  `xml:"report_metadata"`
	Policy   published `xml:"policy_published"`
	Records  []record  `xml:"record"`
}

type metadata struct {
	Organisation string   `xml:"org_name"`
	Email        string   `xml:"email"`
	Contact      string   `xml:"extra_contact_info,omitempty"`
	ID           string   `xml:"report_id"`
	Begin        int64    `xml:"date_range>begin"`
	End          int64    `xml:"date_range>end"`
	Errors       []string `xml:"error,omitempty"`
}

type published struct {
	Domain  string `xml:"domain"`
	ADKIM   string `xml:"adkim"`
	ASPF    string `xml:"aspf"`
	P       string `xml:"p"`
	SP      string `xml:"sp"`
	NP      string `xml:"np,omitempty"`
	Percent int    `xml:"pct"`
	Testing string `xml:"testing,omitempty"`
	Failure string `xml:"fo"`
}

type record struct {
	Row         row         `xml:"row"`
	Identifiers identifiers `xml:"identifiers"`
	Results     results     `xml:"auth_results"`
}

type row struct {
	Source    string    `xml:"source_ip"`
	Count     int       `xml:"count"`
	Evaluated evaluated `xml:"policy_evaluated"`
}

type evaluated struct {
	Disposition string   `xml:"disposition"`
	DKIM        string   `xml:"dkim"`
	SPF         string   `xml:"spf"`
	Reasons     []reason `xml:"reason,omitempty"`
}

type reason struct {
	Type string `xml:"type"`
}

type identifiers struct {
	MailFrom string `xml:"envelope_from"`
	From     string `xml:"header_from"`
}

type results struct {
	DKIM []dkimResult `xml:"dkim,omitempty"`
	SPF  []spfResult  `xml:"spf"` // the schema asks for one at least
}

type dkimResult struct {
	Domain   string `xml:"domain"`
	Selector string `xml:"selector,omitempty"`
	Result   string `xml:"result"`
}

type spfResult struct {
	Domain string `xml:"domain"`
	Scope  string `xml:"scope,omitempty"`
	Result string `xml:"result"`
}

// publish puts a record into the report's words.
func publish(domain string, p *filters.FeedbackPolicy) published {
	out := published{Domain: domain, ADKIM: or(p.ADKIM, "r"), ASPF: or(p.ASPF, "r"), P: p.P, SP: p.SP, Percent: 100, Failure: or(p.FO, "0")}
	if p.NP != p.SP {
		out.NP = p.NP
	}
	if p.Pct != nil {
		out.Percent = *p.Pct
	}
	if p.Test {
		out.Testing = "y"
	}
	return out
}

// recorded makes one record of mails that are alike.
func recorded(f *filters.Feedback, count int) record {
	r := record{
		Row:         row{Source: f.Client.String(), Count: count, Evaluated: evaluated{Disposition: f.Done, DKIM: passed(f.DKIM), SPF: passed(f.SPF)}},
		Identifiers: identifiers{MailFrom: f.MailFrom, From: f.From},
	}
	if f.Why != "" {
		r.Row.Evaluated.Reasons = []reason{{f.Why}}
	}
	for _, a := range f.Auth {
		if a.Method == "dkim" {
			r.Results.DKIM = append(r.Results.DKIM, dkimResult{a.Domain, a.Selector, a.Result})
		} else {
			r.Results.SPF = append(r.Results.SPF, spfResult{a.Domain, a.Scope, a.Result})
		}
	}
	if len(r.Results.SPF) == 0 {
		r.Results.SPF = []spfResult{{or(f.MailFrom, f.From), "mfrom", "none"}}
	}
	return r
}

func passed(ok bool) string {
	if ok {
		return "pass"
	}
	return "fail"
}

func or(s, without string) string {
	if s == "" {
		return without
	}
	return s
}

// text writes the report as XML.
func (d *document) text() ([]byte, error) {
	body, err := xml.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(xml.Header)
	b.Write(body)
	b.WriteByte('\n')
	return []byte(b.String()), nil
}
