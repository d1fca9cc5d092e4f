package milter

import (
	"context"
	"strings"
	"testing"

	"github.com/emersion/go-milter"

	"weir/filters"
	"weir/gateway"
	"weir/message"
	"weir/scoring"
)

// replacing has a filter object to text/html, which policies replace by a notice, but for lab.example.
func replacing(d *door) {
	f := objector(func(m *message.Message) (list []filters.Objection) {
		for i, p := range m.Parts() {
			if p.Type == "text/html" {
				list = append(list, filters.Objection{Part: i, Name: "a.html", Why: "nobody needs it"})
			}
		}
		return list
	})
	d.running = append(d.running, gateway.Running{Spec: &filters.Spec{Name: "attachments", Stage: filters.Data}, Filter: f})
	d.rules = append(d.rules, gateway.PolicyRule{Policy: &scoring.Policy{Name: "house", Thresholds: scoring.Thresholds{Tag: 5}, Parts: scoring.ReplaceParts}, Recipients: []string{"@house.example"}})
}

type objector func(m *message.Message) []filters.Objection

func (o objector) Check(_ context.Context, m *message.Message, _ filters.Findings) (r filters.Result, _ error) {
	r.Attached.Objections = o(m)
	return r, nil
}

const withHTML = "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\nbefore\n--b\n\nhello\n--b\nContent-Type: text/html\n\n<b>\n--b--\n"

func TestABodyWithoutAPartGoesBackToTheMailServer(t *testing.T) {
	for _, c := range []struct {
		name    string
		actions milter.OptAction
		full    bool
		rcpts   []string
		want    string // the last answer
		cut     bool
		kept    int
	}{
		{"it is replaced", needed | milter.OptChangeBody, false, []string{"a@house.example"}, "c", true, 1},
		{"the mail server does not take bodies", needed, false, []string{"a@house.example"}, "d", false, 1},
		{"the original can't be kept", needed | milter.OptChangeBody, true, []string{"a@house.example"}, "y 451", false, 0},
		{"somebody gets it whole", needed | milter.OptChangeBody | milter.OptRemoveRcpt, false, []string{"a@house.example", "b@lab.example"}, "c", false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := start(t, replacing, func(d *door) {
				if c.full {
					d.kept.err = errShort
				}
			})
			m := d.connect()
			m.negotiate(6, uint32(c.actions), everything)
			m.greet()
			got := m.mail(withHTML, c.rcpts...)
			var body strings.Builder
			for _, a := range got {
				if text, ok := strings.CutPrefix(a, "b "); ok {
					body.WriteString(text)
				}
			}
			if last := got[len(got)-1]; !strings.HasPrefix(last, c.want) {
				t.Errorf("answers %q, want %s at the end", got, c.want)
			}
			if is := strings.Contains(body.String(), "a.html") && !strings.Contains(body.String(), "<b>") && strings.HasPrefix(body.String(), "before\r\n--b\r\n\r\nhello\r\n--b\r\n"); is != c.cut || !c.cut && body.Len() > 0 {
				t.Errorf("the new body is %q", body.String())
			}
			if len(d.kept.mail) != c.kept || c.kept > 0 && !strings.HasSuffix(d.kept.mail[0].raw, strings.ReplaceAll(withHTML, "\n", "\r\n")) {
				t.Errorf("kept: %+v", d.kept.mail)
			}
		})
	}
}
