package http

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/gateway"
	"weir/message"
	"weir/scoring"
)

// told is a reply as its clients read it.
type told struct {
	Skipped  bool    `json:"is_skipped"`
	Score    float64 `json:"score"`
	Required float64 `json:"required_score"`
	Action   string  `json:"action"`
	Symbols  map[string]struct {
		Name        string   `json:"name"`
		Score       float64  `json:"score"`
		Metric      float64  `json:"metric_score"`
		Description string   `json:"description"`
		Options     []string `json:"options"`
	} `json:"symbols"`
	Thresholds map[string]float64 `json:"thresholds"`
	Messages   map[string]string  `json:"messages"`
	Subject    string             `json:"subject"`
	Reject     string             `json:"reject"`
	URLs       []string           `json:"urls"`
	Emails     []string           `json:"emails"`
	MessageID  string             `json:"message-id"`
	Time       float64            `json:"time_real"`
	Milter     *struct {
		Remove map[string]int `json:"remove_headers"`
		Add    map[string]any `json:"add_headers"`
		Reject string         `json:"reject"`
	} `json:"milter"`
}

// outcome is a judgement that nobody made.
func outcome(raw string, d scoring.Decision, edits ...gateway.Edit) *gateway.Outcome {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(raw))
	return &gateway.Outcome{Report: &gateway.Report{ID: "id", Score: d.Score, Required: 5, MessageID: m.MessageID()}, Message: m, Groups: []gateway.Group{{Decision: d, Edits: edits}}}
}

func tell(t *testing.T, v *verdict) (r told, text string) {
	t.Helper()
	b := v.append(nil)
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return r, string(b)
}

const small = "From: a@example.org\r\nSubject: one\r\n two\r\nMessage-ID: <1@example.org>\r\n\r\nhello\r\n"

func TestEachDecisionHasARspamdAction(t *testing.T) {
	for _, c := range []struct {
		name                         string
		decision                     scoring.Decision
		action, message, instead     string
		reply                        string // what the report says that the client was told
		edits, keepsOn, blockOfWords bool
	}{
		{"accepted", scoring.Decision{Action: scoring.Accept}, "no action", "", "", "", true, true, false},
		{"tagged", scoring.Decision{Action: scoring.Tag}, "add header", "", "", "", true, true, false},
		{"refused", scoring.Decision{Action: scoring.Reject}, "reject", "Message refused by policy [id]", "", "554 5.7.1 Message refused by policy [id]", false, false, false},
		{"put off", scoring.Decision{Action: scoring.Defer}, "soft reject", "Can't be taken now, try again later [id]", "", "451 4.7.1 Can't be taken now, try again later [id]", false, false, false},
		{"greylisted", scoring.Decision{Action: scoring.Greylist, Retry: 60}, "soft reject", "Greylisted, try again in 60 seconds [id]", "", "451 4.7.1 Greylisted, try again in 60 seconds [id]", false, false, false},
		{"kept", scoring.Decision{Action: scoring.Quarantine}, "reject", "Message refused by policy [id]", "quarantine", "", false, false, true},
		{"dropped", scoring.Decision{Action: scoring.Discard}, "reject", "Message refused by policy [id]", "discard", "", false, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := verdict{}
			v.judged(outcome(small, c.decision, gateway.Edit{Op: gateway.Add, Name: "X-Weir-ID", Value: "id"}))
			r, text := tell(t, &v)
			if r.Action != c.action || r.Messages["smtp_message"] != c.message || r.Reject != c.instead || v.report.Reply != c.reply {
				t.Errorf("action %q, message %q, instead %q, told %q", r.Action, r.Messages["smtp_message"], r.Reject, v.report.Reply)
			}
			switch {
			case c.edits && (r.Milter == nil || r.Milter.Add["X-Weir-ID"] == nil):
				t.Errorf("the fields are missing: %s", text)
			case c.blockOfWords && (r.Milter == nil || r.Milter.Reject != c.instead || r.Milter.Add != nil):
				t.Errorf("the milter is not told what to do instead: %s", text)
			case !c.edits && !c.blockOfWords && r.Milter != nil:
				t.Errorf("fields for a mail that does not go on: %s", text)
			}
		})
	}
}

func TestARefusalBeforeTheMailIsAVerdict(t *testing.T) {
	for _, c := range []struct {
		refusal gateway.Refusal
		action  string
	}{
		{gateway.Refusal{Code: 554, Text: "go away", Report: &gateway.Report{Score: 3, Symbols: []scoring.Scored{{Name: "BAD", Score: 3}}}}, "reject"},
		{gateway.Refusal{Code: 451, Text: "later", Report: &gateway.Report{}}, "soft reject"},
		{gateway.Refusal{Code: 421, Text: "nobody knows"}, "soft reject"},
	} {
		for _, f := range []form{newForm, oldForm} {
			v := verdict{form: f}
			v.refused(&c.refusal)
			_, text := tell(t, &v)
			if !strings.Contains(text, `"action":"`+c.action+`"`) || !strings.Contains(text, c.refusal.Text) || strings.Contains(text, "milter") {
				t.Errorf("%d: %s", c.refusal.Code, text)
			}
			if c.refusal.Code == 554 && !strings.Contains(text, `"BAD":{"name":"BAD","score":3,`) {
				t.Errorf("the symbol is missing: %s", text)
			}
		}
	}
}

func TestAMarkedSubjectIsGivenOnOneLine(t *testing.T) {
	for name, e := range map[string]gateway.Edit{
		"changed": {Op: gateway.Change, Name: "subject", Value: "[SPAM] one\n two", Index: 1},
		"added":   {Op: gateway.Add, Name: "Subject", Value: "[SPAM] one\r\n two"},
	} {
		v := verdict{}
		v.judged(outcome(small, scoring.Decision{Action: scoring.Tag}, e))
		r, text := tell(t, &v)
		if r.Action != "rewrite subject" || r.Subject != "[SPAM] one two" || r.Milter == nil || len(r.Milter.Add) != 0 {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestHeaderEditsAreThoseOfMilters(t *testing.T) {
	v := verdict{}
	v.judged(outcome(small, scoring.Decision{},
		gateway.Edit{Op: gateway.Add, Name: "ARC-Seal", Value: "i=1;\n\ta=x"}, gateway.Edit{Op: gateway.Add, Name: "X-Two", Value: "1"},
		gateway.Edit{Op: gateway.Remove, Name: "X-Spam-Flag", Index: 2}, gateway.Edit{Op: gateway.Add, Name: "x-two", Value: "2"},
		gateway.Edit{Op: gateway.Remove, Name: "Authentication-Results", Index: 1}, gateway.Edit{Op: gateway.Remove, Name: "authentication-results", Index: 3},
		gateway.Edit{Op: gateway.Remove, Name: "AUTHENTICATION-RESULTS", Index: 4}))
	r, _ := tell(t, &v)
	want := map[string]any{
		"ARC-Seal": map[string]any{"value": "i=1;\n\ta=x", "order": 0.0},
		"X-Two":    []any{map[string]any{"value": "1", "order": 1.0}, map[string]any{"value": "2", "order": 2.0}},
	}
	if diff := cmp.Diff(want, r.Milter.Add); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"X-Spam-Flag": 2, "Authentication-Results": 0}, r.Milter.Remove); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
}

func TestManyForgedFieldsAreNoWork(t *testing.T) {
	var edits []gateway.Edit
	for n := range 100_000 {
		edits = append(edits, gateway.Edit{Op: gateway.Remove, Name: "X-Spam-" + strings.Repeat("x", n%300) + string(rune('a'+n%26)), Index: n + 1})
	}
	v := verdict{}
	v.judged(outcome(small, scoring.Decision{}, edits...))
	began := time.Now()
	if r, _ := tell(t, &v); len(r.Milter.Remove) != 3900 || time.Since(began) > 10*time.Second {
		t.Errorf("%d names after %s", len(r.Milter.Remove), time.Since(began))
	}
}

func TestLinksAreListedOnce(t *testing.T) {
	var b strings.Builder
	b.WriteString("From: a@example.org\r\n\r\nhttp://www.example.com/1 http://www.example.com/2 https://b.example.net mailto:joe@example.net joe@example.net\r\n")
	for n := range 2 * maxLinks {
		b.WriteString("http://h" + strings.Repeat("x", n%60) + string(rune('a'+n/60)) + ".example.com/\r\n")
	}
	v := verdict{}
	v.judged(outcome(b.String(), scoring.Decision{}))
	r, _ := tell(t, &v)
	if len(r.URLs) != maxLinks || r.URLs[0] != "www.example.com" || r.URLs[1] != "b.example.net" || !cmp.Equal(r.Emails, []string{"joe@example.net"}) {
		t.Errorf("%d hosts %q, addresses %q", len(r.URLs), r.URLs[:2], r.Emails)
	}
	v.extended = true
	if text := string(v.append(nil)); !strings.Contains(text, `"urls":[{"url":"http://www.example.com/1","tld":"example.com","host":"www.example.com","flags":[]},{"url":"http://www.example.com/2"`) {
		t.Errorf("in full: %.300s", text)
	}
}

func TestTheOldFormHasTheSymbolsAmongTheKeys(t *testing.T) {
	v, o := verdict{form: oldForm}, outcome(small, scoring.Decision{Action: scoring.Tag, Score: 6})
	o.Report.Symbols = []scoring.Scored{{Name: "ONE", Score: 6, Detail: "it is so"}}
	v.judged(o)
	got := string(v.append(nil))
	want := `{"default":{"is_spam":true,"is_skipped":false,"score":6,"required_score":5,"action":"add header","ONE":{"name":"ONE","score":6,"metric_score":6,"options":["it is so"]}},` +
		`"thresholds":{},"messages":{},"urls":[],"emails":[],"message-id":"1@example.org","time_real":0,"rmilter":{"remove_headers":{},"add_headers":{}}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNumbersThatJSONDoesNotHaveAreZero(t *testing.T) {
	tx := &text{[]byte{'['}}
	for _, n := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e21, -0.001, 3} {
		tx.number("", n)
	}
	if got := string(tx.b); got != "[0,0,0,1000000000000000000000,-0.001,3" {
		t.Errorf("got %s", got)
	}
}

func FuzzString(f *testing.F) {
	for _, s := range []string{"", "a", "\"\\\b\f\n\r\t\x00\x1f\x7f", "</script>&", "\u2028\u2029é\U0001F600", "\xff\xc3\xed\xa0\x80a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tx := &text{}
		tx.string(s)
		var got string
		if err := json.Unmarshal(tx.b, &got); err != nil || got != strings.ToValidUTF8(wholes(s), "") {
			t.Errorf("%q becomes %s, which is read as %q, %v", s, tx.b, got, err)
		}
		if strings.ContainsAny(string(tx.b), "<>&\n\r\u2028\u2029") {
			t.Errorf("%q becomes %s", s, tx.b)
		}
	})
}

// wholes has U+FFFD for each byte that is not part of a character.
func wholes(s string) string { return string([]rune(s)) }

func FuzzEnvelope(f *testing.F) {
	f.Add("192.0.2.1", "<a@example.org>", "<b@example.com>, \"x,y\"@example.com", "joe", "id")
	f.Add("[IPv6:2001:db8::1%eth0]", "", ",,<,>,\"\\", "", "")
	f.Fuzz(func(t *testing.T, ip, from, rcpt, user, queue string) {
		h := http.Header{"Ip": {ip}, "From": {from}, "Rcpt": {rcpt, rcpt}, "User": {user}, "Queue-Id": {queue}}
		env := scanEnvelope(h)
		if !env.HasFrom || strings.Contains(env.Client.Addr.String(), "%") || env.Client.Addr.Is4In6() {
			t.Errorf("envelope %+v", env)
		}
		for _, to := range env.Rcpts {
			if to == "" || len(to) > len(rcpt) {
				t.Errorf("recipient %q of %q", to, rcpt)
			}
		}
		if len(env.Rcpts) > 2*(strings.Count(rcpt, ",")+1) {
			t.Errorf("%d recipients of %q", len(env.Rcpts), rcpt)
		}
	})
}

func TestWhatTheClientKnowsIsTaken(t *testing.T) {
	for _, c := range []struct {
		name string
		h    http.Header
		want message.Envelope
	}{
		{"all of it", http.Header{"Ip": {"192.0.2.1"}, "Helo": {"h.example"}, "Hostname": {"n.example"}, "From": {"<a@example.org>"}, "Rcpt": {"<b@example.com>", "c@example.com"},
			"User": {"joe"}, "Tls-Version": {"TLSv1.3"}, "Tls-Cipher": {"X"}, "Deliver-To": {"d@example.com"}},
			message.Envelope{Client: message.Client{Addr: gateway.ToldAddr("192.0.2.1"), Name: "n.example", Auth: "joe", TLS: "TLSv1.3", Cipher: "X"}, Helo: "h.example", HasFrom: true, From: "a@example.org",
				Rcpts: []string{"b@example.com", "c@example.com"}}},
		{"nothing", http.Header{}, message.Envelope{}},
		{"the null sender", http.Header{"From": {"<>"}}, message.Envelope{HasFrom: true}},
		{"the null sender as Haraka says it", http.Header{"Queue-Id": {"X.1"}}, message.Envelope{HasFrom: true}},
		{"a mailbox that is delivered to", http.Header{"Deliver-To": {"d@example.com"}}, message.Envelope{Rcpts: []string{"d@example.com"}}},
		{"several recipients in one field", http.Header{"Rcpt": {`a@example.com,<b,c@example.com> , "d,\"e"@example.com,`}},
			message.Envelope{Rcpts: []string{"a@example.com", "b,c@example.com", `"d,\"e"@example.com`}}},
		{"an address in brackets", http.Header{"Ip": {"[IPv6:2001:db8::1]"}}, message.Envelope{Client: message.Client{Addr: gateway.ToldAddr("2001:db8::1")}}},
		{"an address that is none", http.Header{"Ip": {"unix:/x"}, "Hostname": {"unknown"}}, message.Envelope{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := scanEnvelope(c.h)
			got.Time = time.Time{}
			if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b message.Client) bool { return a == b })); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
