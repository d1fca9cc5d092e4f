package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/message"
	"weir/scoring"
)

// senderCase is a mail, and which domains are proved: "yes", "no", or "?" for not known.
type senderCase struct {
	name, from, sender string
	proved             map[string]string
	want               string
	outgoing           bool
}

const senderLines = `
welcomelist_auth Ann@Shop.example *@news.example *@*.news.example
whitelist_auth *@old.example sales?@glob*.example
def_welcomelist_auth *@shop.example *@big.example
blocklist_auth *@spam.example
ifplugin Weir
must_authenticate bank.example *.bank.example
endif
welcomelist_auth gone@away.example
unwelcomelist_auth gone@away.example
`

func TestSendersAreListedByNameAndProof(t *testing.T) {
	set, err := Compile(Options{}, File{Name: "own.cf", Data: []byte(senderLines)})
	if err != nil {
		t.Fatal(err)
	}
	yes := func(domains ...string) map[string]string {
		m := map[string]string{}
		for _, d := range domains {
			m[d] = "yes"
		}
		return m
	}
	for _, c := range []senderCase{
		{"an address that is welcome", "Ann <ann@shop.example>", "", yes("shop.example"), Welcome, false},
		{"in any case", "ANN@SHOP.EXAMPLE", "", yes("shop.example"), Welcome, false},
		{"another of that domain, by default", "bob@shop.example", "", yes("shop.example"), WelcomeDefault, false},
		{"forged", "ann@shop.example", "", nil, "", false},
		{"a domain", "x@news.example", "", yes("news.example"), Welcome, false},
		{"below a domain", "x@a.b.news.example", "", yes("a.b.news.example"), Welcome, false},
		{"a domain that ends alike", "x@badnews.example", "", yes("badnews.example"), "", false},
		{"below a domain that is listed alone", "x@mail.old.example", "", yes("mail.old.example"), "", false},
		{"the old name of the directive", "x@old.example", "", yes("old.example"), Welcome, false},
		{"wildcards within the domain", "sales1@globex.example", "", yes("globex.example"), Welcome, false},
		{"wildcards that do not fit", "sales12@globex.example", "", yes("globex.example"), "", false},
		{"taken out again", "gone@away.example", "", yes("away.example"), "", false},
		{"blocked", "x@spam.example", "", yes("spam.example"), Blocked, false},
		{"blocked, and forged: somebody else wrote it", "x@spam.example", "", nil, "", false},
		{"the envelope's sender", "x@other.example", "bounce@news.example", yes("news.example"), Welcome, false},
		{"the envelope's sender, not proved", "x@other.example", "bounce@news.example", yes("other.example"), "", false},
		{"E13_two_authors_are_not_welcome", "x@news.example, y@evil.example", "bounce@news.example", yes("news.example", "evil.example"), "", false},
		{"E13_an_address_in_the_name", `"ann@shop.example" <x@evil.example>`, "x@evil.example", yes("evil.example"), "", false},
		{"a bank that is proved", "x@bank.example", "", yes("bank.example"), "", false},
		{"a bank that is not", "x@bank.example", "", nil, Unproved, false},
		{"below the bank", "x@a.bank.example", "", nil, Unproved, false},
		{"like the bank", "x@mybank.example", "", nil, "", false},
		{"E18_a_bank_that_could_not_be_checked", "x@bank.example", "", map[string]string{"bank.example": "?"}, Unsure, false},
		{"E13_the_bank_second", "x@evil.example, ann@bank.example", "", yes("evil.example"), Unproved, false},
		{"E13_the_bank_twice", "<@bank.example:ann@bank.example>", "", yes("bank.example"), Unproved, false},
		{"our own users", "x@bank.example", "", nil, "", true},
		{"the null sender", "x@other.example", "", nil, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := message.New(message.Envelope{From: c.sender, Outgoing: c.outgoing}, message.Options{})
			m.Load([]byte("From: " + c.from + "\r\n\r\nx\r\n"))
			hits := set.Senders(m, func(domain string) (bool, bool) { return c.proved[domain] == "yes", c.proved[domain] != "?" })
			var names []string
			for _, h := range hits {
				names = append(names, h.Name)
				if !strings.Contains(h.Detail, "own.cf:") {
					t.Errorf("%s does not say where: %q", h.Name, h.Detail)
				}
			}
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if hits := set.Senders(m, nil); hits != nil {
				t.Errorf("where nothing was checked: %+v", hits)
			}
		})
	}
}

func TestSenderLinesThatAreWrong(t *testing.T) {
	for line, want := range map[string]string{
		"welcomelist_auth":                             "no sender",
		"welcomelist_auth *":                           "everybody",
		"welcomelist_auth *@*":                         "everybody",
		"blocklist_auth <x@y.example>":                 "bare address",
		"def_welcomelist_auth a@b@c.example":           "bare address",
		"must_authenticate ann@bank.example":           "name a domain",
		"must_authenticate b*.example":                 "name a domain",
		"must_autenticate bank.example":                "did you mean must_authenticate?",
		"welcomelist_auth " + strings.Repeat("a", 400): "at most 320 bytes",
	} {
		_, err := Compile(Options{}, File{Name: "own.cf", Data: []byte(line)})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "own.cf:1") {
			t.Errorf("%.60q: %v, want %q", line, err, want)
		}
	}
}

func TestScoresOfSendersCanBeSet(t *testing.T) {
	set, err := Compile(Options{}, File{Name: "own.cf", Data: []byte("score RULESET_WELCOME -20\nifplugin Weir\naction RULESET_UNPROVED reject\nendif\n")})
	if err != nil {
		t.Fatal(err)
	}
	var table scoring.Table
	if p := set.Fill(&table); p.Err() != nil {
		t.Fatal(p.Err())
	}
	if e := table.Entry(Welcome); e.Score != -20 {
		t.Errorf("%+v", e)
	}
	if e := table.Entry(Unproved); e.Force == nil || *e.Force != scoring.Reject {
		t.Errorf("%+v", e)
	}
}

func FuzzSenders(f *testing.F) {
	f.Add("welcomelist_auth *@*.shop.example", "ann@a.shop.example")
	f.Add("must_authenticate *.bank.example\nblocklist_auth *spam*", `"a" <x@bank.example>`)
	f.Fuzz(func(t *testing.T, lines, from string) {
		set, _ := Compile(Options{}, File{Name: "own.cf", Data: []byte(lines)})
		if set == nil {
			return
		}
		m := message.New(message.Envelope{From: from}, message.Options{})
		m.Load([]byte("From: " + from + "\r\n\r\nx\r\n"))
		for _, h := range set.Senders(m, func(string) (bool, bool) { return false, true }) {
			if h.Name != Unproved {
				t.Errorf("nobody is proved, and %s speaks for %q", h.Name, from)
			}
		}
	})
}

// BenchmarkSenders has as many entries as SpamAssassin ships.
func BenchmarkSenders(b *testing.B) {
	var lines strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&lines, "def_welcomelist_auth *@news%d.example *@*.news%d.example\n", i, i)
	}
	set, err := Compile(Options{}, File{Name: "own.cf", Data: []byte(lines.String())})
	if err != nil {
		b.Fatal(err)
	}
	m := message.New(message.Envelope{From: "bounce@a.news500.example"}, message.Options{})
	m.Load([]byte("From: Shop <x@a.news500.example>\r\n\r\nx\r\n"))
	b.ReportAllocs()
	for b.Loop() {
		if hits := set.Senders(m, func(string) (bool, bool) { return true, true }); len(hits) != 1 {
			b.Fatal(hits)
		}
	}
}

func TestAWelcomeThatARuleScoresAsWellCountsOnce(t *testing.T) {
	const rule = "header PROVED eval:check_for_dkim_welcomelist_from()\nscore PROVED -100\n"
	for name, c := range map[string]struct {
		text string
		want float64
	}{
		"no such rule":               {"body X /x/", -100},
		"a rule that scores":         {rule, 0},
		"under its older name":       {"header PROVED eval:check_for_spf_whitelist_from()", 0},
		"one that is switched off":   {rule + "score PROVED 0", -100},
		"a sub-rule":                 {"header __PROVED eval:check_for_dkim_welcomelist_from()\nmeta X __PROVED", -100},
		"the other list":             {"header PROVED eval:check_for_def_dkim_welcomelist_from()", -100},
		"the admin's own score wins": {rule + "score RULESET_WELCOME -20", -20},
	} {
		s, err := Compile(Options{}, File{Name: "r.cf", Data: []byte(c.text)})
		if err != nil {
			t.Fatal(err)
		}
		table := &scoring.Table{}
		if err := s.Fill(table).Err(); err != nil {
			t.Fatal(err)
		}
		if got := table.Entry(Welcome).Score; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestD20_many_senders_are_taken_out_in_no_time(t *testing.T) {
	done := make(chan *senders, 1)
	go func() {
		s := new(senders)
		for i := range 300_000 {
			s.add(senderEntry{kind: welcomed, pattern: fmt.Sprintf("x%d@a.example", i)})
		}
		for i := range 300_000 {
			s.remove(welcomed, fmt.Sprintf("x%d@a.example", i))
		}
		s.add(senderEntry{kind: welcomed, pattern: "x7@a.example", line: 8})
		s.settle()
		done <- s
	}()
	select {
	case s := <-done:
		var found [kinds]*senderEntry
		if s.find("x8", "a.example", &found); found[welcomed] != nil {
			t.Error("who was taken out is found")
		}
		if s.find("x7", "a.example", &found); found[welcomed] == nil || found[welcomed].line != 8 {
			t.Error("who was named again is not found")
		}
	case <-time.After(time.Minute):
		t.Fatal("it takes too long")
	}
}
