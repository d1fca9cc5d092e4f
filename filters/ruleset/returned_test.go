package ruleset

import (
	"strings"
	"testing"

	"weir/filters"
	"weir/rules"
	"weir/scoring"
)

// notice wraps a mail as a mail server does that gives it back.
func notice(kind, mail string) string {
	return "From: MAILER-DAEMON@mx.example\nTo: ann@shop.example\nSubject: failure notice\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=" + kind + "; boundary=b\n\n--b\nContent-Type: text/plain\n\nIt could not be delivered.\n" +
		"--b\nContent-Type: message/" + kind + "\n\nFinal-Recipient: rfc822; bob@there.example\nAction: failed\n" +
		"--b\nContent-Type: message/rfc822\n\n" + mail + "\n--b--\n"
}

func TestAMailThatIsBroughtBackIsJudgedByItsOwnHeader(t *testing.T) {
	const text = "header SUBJ Subject =~ /pills/\nbody WORD /meds/\nheader GOOD X-Good =~ /yes/\ntflags GOOD nice\nmeta LISTED SUBJ && SPF_FAIL\n"
	const mail = "From: x@y.example\nSubject: pills\nX-Good: yes\n\nmeds\n"
	found := filters.NewFindings([]scoring.Hit{{Name: "SPF_FAIL"}}, nil, nil)
	for _, c := range []struct {
		name  string
		stock bool
		mail  string
		want  string
	}{
		{"the mail itself", true, mail, "GOOD LISTED SUBJ WORD"},
		{"in a notice", true, notice("delivery-status", mail), "WORD SUBJ"},
		{"without the stock rules", false, notice("delivery-status", mail), "WORD"},
		{"in a complaint", true, notice("feedback-report", mail), "WORD"},
		{"beside a text", true, strings.Replace(notice("delivery-status", mail), "multipart/report", "multipart/mixed", 1), "WORD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, err := rules.Compile(rules.Options{Stock: c.stock}, rules.File{Name: "test.cf", Data: []byte(text)})
			if err != nil {
				t.Fatal(err)
			}
			r, err := check(t, t.Context(), set, c.mail, found)
			if err != nil || names(r) != c.want {
				t.Errorf("got %q, %v; want %q", names(r), err, c.want)
			}
		})
	}
}
