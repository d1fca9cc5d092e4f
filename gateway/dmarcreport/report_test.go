package dmarcreport

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"weir/filters"
	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a gateway with a store and a next hop on loopback.
type site struct {
	*Sender
	hop  *hoptest.Server
	told []string
	day  time.Time
}

func newSite(t *testing.T, notes ...filters.Feedback) *site {
	t.Helper()
	state, err := store.Open(store.DefaultConfig(), t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { state.Close() })
	s := &site{hop: hoptest.Start(t, hoptest.Options{})}
	cfg := DefaultConfig()
	cfg.From, cfg.Name, cfg.Contact = "dmarc@mx.example.net", "Example & Sons <mail>", "https://example.net/dmarc"
	s.Sender = &Sender{
		Config: cfg, Hostname: "mx.example.net", Store: state, Clock: tomorrow,
		Hops: []relay.HopConfig{{Address: []string{"maildir"}, Protocol: relay.Maildir}, {Address: []string{s.hop.Addr()}, Domains: []string{"example.net"}, TLS: relay.TLSNone}},
		Places: func(_ context.Context, domain string) ([]Place, error) {
			return []Place{{Address: "rua@" + domain}}, nil
		},
		Tell: func(domain, place string, err error) {
			s.told = append(s.told, fmt.Sprintf("%s %s %v", domain, place, err))
		},
	}
	s.note(t, notes...)
	return s
}

// tomorrow is when the day of the notes is over.
func tomorrow() time.Time { return time.Now().Add(24 * time.Hour) }

// note puts notes into the stream, all within one day.
func (s *site) note(t *testing.T, notes ...filters.Feedback) {
	t.Helper()
	if now := time.Now().UTC(); now.Hour() == 23 && now.Minute() == 59 {
		time.Sleep(time.Until(now.Truncate(time.Hour).Add(time.Hour)))
	}
	s.day = time.Now()
	for len(notes) > 0 {
		var b filters.Batch
		for _, n := range notes[:min(500, len(notes))] {
			data, err := json.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			b.Append(filters.FeedbackStream, filters.Name{Who: n.From}, data)
		}
		if err := s.Store.Do(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		notes = notes[min(500, len(notes)):]
	}
}

func (s *site) send(t *testing.T) Summary {
	t.Helper()
	sum, err := s.Send(context.Background(), s.day)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func feedback(domain, client string, change ...func(*filters.Feedback)) filters.Feedback {
	f := filters.Feedback{
		Holder: domain, From: domain, MailFrom: "evil.example", Client: netip.MustParseAddr(client), Done: "reject",
		Policy: filters.FeedbackPolicy{P: "reject", SP: "none", NP: "none"},
		Auth:   []filters.FeedbackAuth{{Method: "spf", Domain: "evil.example", Scope: "mfrom", Result: "pass"}, {Method: "dkim", Domain: domain, Selector: "k1", Result: "fail"}},
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

// unpack gives the report of a mail, read as a stranger's program would.
func unpack(t *testing.T, content []byte) (file string, doc document, text []byte) {
	t.Helper()
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(content)
	for _, p := range m.Parts() {
		if p.Type != "application/gzip" {
			continue
		}
		file = p.FileName
		r, err := gzip.NewReader(bytes.NewReader(p.Body()))
		if err != nil {
			t.Fatal(err)
		}
		if text, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := xml.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%v in\n%s", err, content)
	}
	return file, doc, text
}

// TestADayBecomesAReport sends the mails of a day to a next hop on loopback and reads what came.
func TestADayBecomesAReport(t *testing.T) {
	quarter := 25
	pass := func(f *filters.Feedback) { f.Done, f.DKIM, f.SPF, f.MailFrom = "none", true, true, "bank.example" }
	s := newSite(t,
		feedback("bank.example", "192.0.2.1"), feedback("bank.example", "192.0.2.1"), feedback("bank.example", "192.0.2.1"),
		feedback("bank.example", "2001:db8::1", pass),
		feedback("bank.example", "192.0.2.2", func(f *filters.Feedback) { f.Done, f.Why, f.MailFrom, f.Auth = "none", "mailing_list", "", nil }),
		feedback("shop.example", "192.0.2.9", func(f *filters.Feedback) {
			f.Policy = filters.FeedbackPolicy{P: "none", SP: "none", NP: "reject", ADKIM: "s", ASPF: "s", FO: "1:d", Test: true, Pct: &quarter}
		}),
	)
	if got, want := s.send(t), (Summary{Sent: 2}); got != want {
		t.Fatalf("%+v, want %+v: %q", got, want, s.told)
	}
	mails := s.hop.Messages()
	slices.SortFunc(mails, func(a, b hoptest.Message) int { return strings.Compare(a.Rcpts[0], b.Rcpts[0]) })
	if mails[0].From != "dmarc@mx.example.net" || mails[0].Rcpts[0] != "rua@bank.example" || mails[1].Rcpts[0] != "rua@shop.example" {
		t.Errorf("from %q to %q, %q", mails[0].From, mails[0].Rcpts, mails[1].Rcpts)
	}
	file, doc, text := unpack(t, mails[0].Content)
	d := dayOf(s.day)
	if want := fmt.Sprintf("mx.example.net!bank.example!%d!%d!", d.begin.Unix(), d.end.Unix()-1); !strings.HasPrefix(file, want) || !strings.HasSuffix(file, ".xml.gz") {
		t.Errorf("file %q, want %s….xml.gz", file, want)
	}
	want := document{
		XMLName: xml.Name{Local: "feedback"}, Version: "1.0",
		Metadata: metadata{Organisation: "Example & Sons <mail>", Email: "dmarc@mx.example.net", Contact: "https://example.net/dmarc", ID: doc.Metadata.ID, Begin: d.begin.Unix(), End: d.end.Unix() - 1},
		Policy:   published{Domain: "bank.example", ADKIM: "r", ASPF: "r", P: "reject", SP: "none", Percent: 100, Failure: "0"},
		Records: []record{
			{row{"192.0.2.1", 3, evaluated{"reject", "fail", "fail", nil}}, identifiers{"evil.example", "bank.example"},
				results{[]dkimResult{{"bank.example", "k1", "fail"}}, []spfResult{{"evil.example", "mfrom", "pass"}}}},
			{row{"192.0.2.2", 1, evaluated{"none", "fail", "fail", []reason{{"mailing_list"}}}}, identifiers{"", "bank.example"},
				results{nil, []spfResult{{"bank.example", "mfrom", "none"}}}},
			{row{"2001:db8::1", 1, evaluated{"none", "pass", "pass", nil}}, identifiers{"bank.example", "bank.example"},
				results{[]dkimResult{{"bank.example", "k1", "fail"}}, []spfResult{{"evil.example", "mfrom", "pass"}}}},
		},
	}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	_, shop, other := unpack(t, mails[1].Content)
	if diff := cmp.Diff(published{"shop.example", "s", "s", "none", "none", "reject", 25, "y", "1:d"}, shop.Policy); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, x := range [][]byte{text, other} {
		if err := checkSchema(x); err != nil {
			t.Errorf("%v in\n%s", err, x)
		}
	}
	for _, field := range []string{"Subject: Report Domain: bank.example\r\n Submitter: mx.example.net\r\n Report-ID: <" + doc.Metadata.ID + ">\r\n", "Auto-Submitted: auto-generated\r\n", "To: <rua@bank.example>\r\n"} {
		if !strings.Contains(string(mails[0].Content), field) {
			t.Errorf("the mail has no %q:\n%.600s", field, mails[0].Content)
		}
	}
}

// TestSeveralGatewaysSendOnce: with one store, whoever comes first sends.
func TestSeveralGatewaysSendOnce(t *testing.T) {
	s := newSite(t, feedback("bank.example", "192.0.2.1"))
	if first, second := s.send(t), s.send(t); first.Sent != 1 || second.Sent != 0 || second.Kept != 1 {
		t.Errorf("first %+v, then %+v", first, second)
	}
	if s.hop.Count() != 1 {
		t.Errorf("%d mails", s.hop.Count())
	}
}

func TestAReportThatWasRefusedIsTriedAgain(t *testing.T) {
	for _, point := range []string{"MAIL", "RCPT", "DOT"} {
		t.Run(point, func(t *testing.T) {
			s := newSite(t, feedback("bank.example", "192.0.2.1"))
			s.hop.On(point, hoptest.Reply("451 4.3.0 later"), hoptest.OK())
			if first, second := s.send(t), s.send(t); first.Sent != 0 || first.Failed != 1 || second.Sent != 1 {
				t.Errorf("first %+v, then %+v", first, second)
			}
			if len(s.told) != 2 || !strings.Contains(s.told[0], "451") || !strings.HasSuffix(s.told[1], "<nil>") {
				t.Errorf("told %q", s.told)
			}
		})
	}
}

func TestAReportThatWasRefusedForGoodIsNot(t *testing.T) {
	s := newSite(t, feedback("bank.example", "192.0.2.1"))
	s.hop.On("RCPT", hoptest.Reply("550 5.1.1 nobody"), hoptest.OK())
	if first, second := s.send(t), s.send(t); first != (Summary{Lost: 1}) || second != (Summary{Kept: 1}) {
		t.Errorf("first %+v, then %+v", first, second)
	}
}

func TestWhoGetsNone(t *testing.T) {
	broken := errors.New("DNS is down")
	for name, c := range map[string]struct {
		places []Place
		err    error
		want   Summary
	}{
		"a domain that wants none":         {nil, nil, Summary{Kept: 1}},
		"a domain that can't be asked":     {nil, broken, Summary{Failed: 1}},
		"a place that takes only few byte": {[]Place{{"a@bank.example", 20}}, nil, Summary{Lost: 1}},
		"one of two places":                {[]Place{{"a@bank.example", 20}, {"b@bank.example", 1 << 20}}, nil, Summary{Sent: 1, Lost: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, feedback("bank.example", "192.0.2.1"))
			s.Places = func(context.Context, string) ([]Place, error) { return c.places, c.err }
			if got := s.send(t); got != c.want {
				t.Errorf("%+v, want %+v: %q", got, c.want, s.told)
			}
		})
	}
	t.Run("another day", func(t *testing.T) {
		s := newSite(t, feedback("bank.example", "192.0.2.1"))
		s.Clock = func() time.Time { return time.Now().AddDate(0, 0, 2) }
		for _, days := range []int{-1, 1} {
			if sum, err := s.Send(context.Background(), s.day.AddDate(0, 0, days)); sum != (Summary{}) || err != nil {
				t.Errorf("%+v, %v", sum, err)
			}
		}
	})
}

// TestADayThatIsNotOverIsOnlyShown: a report that went out at noon would be the only one of its day.
func TestADayThatIsNotOverIsOnlyShown(t *testing.T) {
	s := newSite(t, feedback("bank.example", "192.0.2.1"))
	s.Clock = func() time.Time { return s.day }
	if sum, err := s.Send(context.Background(), s.day); !errors.Is(err, ErrNotOver) || sum != (Summary{}) || s.hop.Count() != 0 {
		t.Errorf("at noon: %+v %v", sum, err)
	}
	s.Dry = io.Discard
	if sum := s.send(t); sum.Sent != 1 {
		t.Errorf("shown: %+v", sum)
	}
	s.Clock, s.Dry = tomorrow, nil
	if sum := s.send(t); sum.Sent != 1 {
		t.Errorf("after midnight: %+v", sum)
	}
}

// TestAReportHasASize: what finds no room is counted, the commonest kinds stay.
func TestAReportHasASize(t *testing.T) {
	var notes []filters.Feedback
	for i := range 3000 {
		notes = append(notes, feedback("bank.example", netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)}).String(), func(f *filters.Feedback) { f.MailFrom = fmt.Sprintf("x%x.example", i*7919) }))
	}
	for range 5 {
		notes = append(notes, feedback("bank.example", "192.0.2.1"))
	}
	s := newSite(t, notes...)
	s.Config.Max = 12 << 10
	s.send(t)
	_, doc, text := unpack(t, s.hop.Messages()[0].Content)
	total := 0
	for _, r := range doc.Records {
		total += r.Row.Count
	}
	if doc.Records[0].Row.Source != "192.0.2.1" || len(doc.Records) >= 3000 || len(doc.Metadata.Errors) != 1 || !strings.HasPrefix(doc.Metadata.Errors[0], fmt.Sprint(3005-total, " messages")) {
		t.Errorf("%d records of %d mails, first %+v, errors %q", len(doc.Records), total, doc.Records[0].Row, doc.Metadata.Errors)
	}
	if err := checkSchema(text); err != nil {
		t.Error(err)
	}
}

// TestARecordThatChangesAllDay makes few reports.
func TestARecordThatChangesAllDay(t *testing.T) {
	var notes []filters.Feedback
	for i := range 50 {
		notes = append(notes, feedback("bank.example", "192.0.2.1", func(f *filters.Feedback) { f.Policy.Pct = &i }))
	}
	s := newSite(t, notes...)
	if sum := s.send(t); sum.Sent != maxGroups {
		t.Errorf("%+v, want %d reports", sum, maxGroups)
	}
}

func TestRubbishInTheStreamIsPassedOver(t *testing.T) {
	s := newSite(t, filters.Feedback{}, feedback("bank.example", "192.0.2.1"))
	var b filters.Batch
	for _, data := range []string{"", "{", "null", `{"h":"x.example","ip":"hello"}`, `{"h":5}`} {
		b.Append(filters.FeedbackStream, filters.Name{}, []byte(data))
	}
	if err := s.Store.Do(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if sum := s.send(t); sum.Sent != 1 {
		t.Errorf("%+v", sum)
	}
}

func TestDryRunShowsAndKeeps(t *testing.T) {
	s := newSite(t, feedback("bank.example", "192.0.2.1"))
	var out bytes.Buffer
	s.Dry = &out
	s.send(t)
	if !strings.Contains(out.String(), "To: rua@bank.example\n") || !strings.Contains(out.String(), "<source_ip>192.0.2.1</source_ip>") || s.hop.Count() != 0 {
		t.Errorf("%d mails, shown:\n%s", s.hop.Count(), out.String())
	}
	s.Dry = nil
	if sum := s.send(t); sum.Sent != 1 {
		t.Errorf("after a dry run: %+v", sum)
	}
}

func TestDailySendsOnceADay(t *testing.T) {
	s := newSite(t, feedback("bank.example", "192.0.2.1"))
	tomorrow := dayOf(s.day).end.Add(12 * time.Hour)
	s.Clock = func() time.Time { return tomorrow }
	ctx, cancel := context.WithCancel(context.Background())
	runs := make(chan Summary, 4)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Daily(ctx, s.Hostname, func() *Sender { return s.Sender }, func(sum Summary, err error) { runs <- sum })
	}()
	if sum := <-runs; sum.Sent != 1 {
		t.Errorf("%+v", sum)
	}
	cancel()
	<-ended
	if early := dayOf(tomorrow).begin.Add(after(s.Hostname) - time.Minute); pause(early, s.Hostname) > 2*time.Minute {
		t.Errorf("a minute before its time it sleeps %v", pause(early, s.Hostname))
	}
}

func TestSettingsThatCantWork(t *testing.T) {
	smtp := []relay.HopConfig{{Address: []string{"127.0.0.1:2599"}, Domains: []string{"example.net"}}}
	box := []relay.HopConfig{{Address: []string{"box"}, Protocol: relay.Maildir}}
	for name, c := range map[string]struct {
		change func(*Config)
		hops   []relay.HopConfig
		want   string
	}{
		"off":                   {func(*Config) {}, box, ""},
		"good":                  {func(c *Config) { c.Daily, c.From = true, "dmarc@example.net" }, smtp, ""},
		"daily from nobody":     {func(c *Config) { c.Daily = true }, smtp, "dmarc_report.from"},
		"no address":            {func(c *Config) { c.From = "dmarc" }, smtp, "dmarc_report.from"},
		"a line in an address":  {func(c *Config) { c.From = "a@b.example\r\nBcc: x@y.example" }, smtp, "dmarc_report.from"},
		"a line in a name":      {func(c *Config) { c.From, c.Name = "a@b.example", "a\nb" }, smtp, "org_name"},
		"only a Maildir":        {func(c *Config) { c.From = "a@b.example" }, box, "speaks SMTP"},
		"a hop that is not one": {func(c *Config) { c.From, c.NextHop = "a@b.example", "192.0.2.1:25" }, smtp, "next_hop"},
		"a size too small":      {func(c *Config) { c.From, c.Max = "a@b.example", 5 }, smtp, "max_size"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			c.change(&cfg)
			err := cfg.Check(c.hops)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
