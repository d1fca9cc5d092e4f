package dmarcreport

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
)

// element is one of the types of RFC 7489 appendix C, written down from there by hand: what may be in it, how often,
// and what its text looks like. It knows nothing of the structs that write reports.
type element struct {
	ordered  bool // a sequence; else an xs:all
	children []child
	text     string // a pattern; only without children
}

type child struct {
	name     string
	min, max int
	element
}

const many = 1 << 30

func leaf(name string, min, max int, pattern string) child {
	return child{name, min, max, element{text: pattern}}
}

const (
	anyText     = `.*`
	domainText  = `[a-z0-9._-]+`
	integer     = `[0-9]+`
	alignment   = `[rs]`
	disposition = `none|quarantine|reject`
	yesOrNo     = `pass|fail`
	ip          = `[0-9a-f.:]+`
)

var schema = child{"feedback", 1, 1, element{true, []child{
	leaf("version", 1, 1, `1\.0`),
	{"report_metadata", 1, 1, element{true, []child{
		leaf("org_name", 1, 1, `.+`), leaf("email", 1, 1, `.+@.+`), leaf("extra_contact_info", 0, 1, anyText), leaf("report_id", 1, 1, `[0-9a-z.-]+`),
		{"date_range", 1, 1, element{false, []child{leaf("begin", 1, 1, integer), leaf("end", 1, 1, integer)}, ""}},
		leaf("error", 0, many, anyText),
	}, ""}},
	{"policy_published", 1, 1, element{false, []child{
		leaf("domain", 1, 1, domainText), leaf("adkim", 0, 1, alignment), leaf("aspf", 0, 1, alignment), leaf("p", 1, 1, disposition), leaf("sp", 1, 1, disposition),
		leaf("pct", 1, 1, integer), leaf("fo", 1, 1, `[01ds:]+`),
		leaf("np", 0, 1, disposition), leaf("testing", 0, 1, `[yn]`), // RFC 9990
	}, ""}},
	{"record", 1, many, element{true, []child{
		{"row", 1, 1, element{false, []child{
			leaf("source_ip", 1, 1, ip), leaf("count", 1, 1, integer),
			{"policy_evaluated", 1, 1, element{true, []child{
				leaf("disposition", 1, 1, disposition), leaf("dkim", 1, 1, yesOrNo), leaf("spf", 1, 1, yesOrNo),
				{"reason", 0, many, element{false, []child{leaf("type", 1, 1, `forwarded|sampled_out|trusted_forwarder|mailing_list|local_policy|other`), leaf("comment", 0, 1, anyText)}, ""}},
			}, ""}},
		}, ""}},
		{"identifiers", 1, 1, element{false, []child{leaf("envelope_to", 0, 1, domainText), leaf("envelope_from", 1, 1, anyText), leaf("header_from", 1, 1, domainText)}, ""}},
		{"auth_results", 1, 1, element{true, []child{
			{"dkim", 0, many, element{false, []child{leaf("domain", 1, 1, domainText), leaf("selector", 0, 1, anyText), leaf("result", 1, 1, `none|pass|fail|policy|neutral|temperror|permerror`), leaf("human_result", 0, 1, anyText)}, ""}},
			{"spf", 1, many, element{false, []child{leaf("domain", 1, 1, domainText), leaf("scope", 0, 1, `helo|mfrom`), leaf("result", 1, 1, `none|neutral|pass|fail|softfail|temperror|permerror`)}, ""}},
		}, ""}},
	}, ""}},
}, ""}}

// checkSchema holds a report to the schema.
func checkSchema(text []byte) error {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		if start, ok := tok.(xml.StartElement); ok {
			if start.Name.Local != schema.name {
				return fmt.Errorf("the root is %s", start.Name.Local)
			}
			if err := inside(d, &schema); err != nil {
				return err
			}
			if _, err := d.Token(); err != nil && err != io.EOF {
				return err
			}
			return nil
		}
	}
}

// inside reads up to the end of an element.
func inside(d *xml.Decoder, c *child) error {
	count, last, text := map[string]int{}, 0, ""
	for {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case xml.CharData:
			text += string(tok)
		case xml.StartElement:
			i, sub := find(c, tok.Name.Local)
			if sub == nil {
				return fmt.Errorf("%s has a %s", c.name, tok.Name.Local)
			}
			if c.ordered && i < last {
				return fmt.Errorf("%s: %s is out of order", c.name, sub.name)
			}
			last = i
			count[sub.name]++
			if err := inside(d, sub); err != nil {
				return err
			}
		case xml.EndElement:
			return ended(c, count, text)
		}
	}
}

func find(c *child, name string) (int, *child) {
	for i := range c.children {
		if c.children[i].name == name {
			return i, &c.children[i]
		}
	}
	return 0, nil
}

func ended(c *child, count map[string]int, text string) error {
	for _, sub := range c.children {
		if n := count[sub.name]; n < sub.min || n > sub.max {
			return fmt.Errorf("%s has %d of %s", c.name, n, sub.name)
		}
	}
	if len(c.children) > 0 {
		text = strings.TrimSpace(text)
	}
	if !regexp.MustCompile(`^(?:` + c.text + `)$`).MatchString(text) {
		return fmt.Errorf("%s is %q", c.name, text)
	}
	return nil
}

// TestTheSchemaRefuses shows that the check of the other tests can fail.
func TestTheSchemaRefuses(t *testing.T) {
	good := `<feedback><version>1.0</version><report_metadata><org_name>a</org_name><email>a@b</email><report_id>1</report_id><date_range><begin>1</begin><end>2</end></date_range></report_metadata>` +
		`<policy_published><domain>a.example</domain><p>none</p><sp>none</sp><pct>100</pct><fo>0</fo></policy_published>` +
		`<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>` +
		`<identifiers><envelope_from></envelope_from><header_from>a.example</header_from></identifiers><auth_results><spf><domain>a.example</domain><result>none</result></spf></auth_results></record></feedback>`
	if err := checkSchema([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{"<p>none</p>", "<p>maybe</p>"}, {"<count>1</count>", ""}, {"<disposition>none</disposition><dkim>pass</dkim>", "<dkim>pass</dkim><disposition>none</disposition>"},
		{"<result>none</result>", "<result>none</result><x>1</x>"}, {"<version>1.0</version>", "<version>2.0</version>"}, {"</feedback>", ""},
	} {
		if err := checkSchema([]byte(strings.Replace(good, c[0], c[1], 1))); err == nil {
			t.Errorf("%s in place of %s is taken", c[1], c[0])
		}
	}
}
