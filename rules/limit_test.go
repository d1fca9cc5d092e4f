package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/message"
	"weir/rules"
	"weir/rules/hostile"
	"weir/rules/problem"
	"weir/rules/view"
)

// slow is a pattern that takes for ever on a long row of a, and a text that it does not match.
const slow = `(a|b)(?:a+)+\1c`

var rowOfA = strings.Repeat("a", 3000) + "bc"

func judge(t *testing.T, file string, mail string) (hits, failed []string) {
	t.Helper()
	s, err := rules.Compile(rules.Options{Offline: true}, rules.File{Name: "a.cf", Data: []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(mail))
	list, failed, err := s.Match(t.Context(), m, view.Facts{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range list {
		hits = append(hits, strings.TrimSpace(h.Name+" "+h.Detail))
	}
	return hits, failed
}

// What takes too long is told by name, whatever part of a rule it is, and never looks like "not found".
func TestD19WhatTakesTooLongIsTold(t *testing.T) {
	const html = "Subject: x\nContent-Type: text/html\n\n"
	links := strings.Repeat("<a href='http://a.example/"+rowOfA+"d'>"+rowOfA+"</a>", 10)
	for name, c := range map[string]struct{ file, mail, hits, failed string }{
		"D19_pattern_of_a_text":             {"body X /" + slow + "/", "Subject: x\n\n" + rowOfA, "", "X"},
		"D19_negated_pattern_of_a_field":    {"header X Subject !~ /" + slow + "/", "Subject: " + rowOfA + "\n\nx", "", "X"},
		"D19_pattern_of_a_function":         {"body X eval:html_text_match('comment', '" + slow + "')", html + "<!-- " + rowOfA + " -->", "", "X"},
		"D19_negated_pattern_of_a_function": {"body X eval:html_text_not_match('comment', '" + slow + "')", html + "<!-- " + rowOfA + " -->", "", "X"},
		"D19_condition_on_links":            {"uri_detail X text =~ /" + slow + "/", html + links, "", "X"},
		"D19_negated_condition_on_links":    {"uri_detail X text !~ /" + slow + "/", html + links, "", "X"},
		"D19_redirectors":                   {"redirector_pattern /" + slow + "(d)/\nuri X /zzz/", html + links, rules.Partial + " redirectors of some links", ""},
	} {
		t.Run(name, func(t *testing.T) {
			hits, failed := judge(t, c.file, c.mail)
			if h, f := strings.Join(hits, ","), strings.Join(failed, ","); h != c.hits || f != c.failed {
				t.Errorf("hits %q, told %q; want %q and %q", h, f, c.hits, c.failed)
			}
		})
	}
}

// Hundreds of rules that each take as long as a rule may: together they take no more than some.
func TestD19ManySlowRulesTakeNoLongerThanSome(t *testing.T) {
	var file strings.Builder
	var all []string
	for i := range 300 {
		fmt.Fprintf(&file, "full X%d /%s%dx/\n", i, slow, i)
		all = append(all, fmt.Sprintf("X%d", i))
	}
	var mail strings.Builder
	mail.WriteString("Subject: x\n\n")
	for i := range 300 {
		fmt.Fprintf(&mail, "%sbc%dx ", strings.Repeat("a", 60), i)
	}
	slices.Sort(all)
	if _, failed := judge(t, file.String(), mail.String()); !slices.Equal(failed, all) {
		t.Errorf("told are %v", failed)
	}
	s, err := rules.Compile(rules.Options{Offline: true, RuleLimit: 20 * time.Millisecond}, rules.File{Name: "a.cf", Data: []byte(file.String())})
	if err != nil {
		t.Fatal(err)
	}
	var spent time.Duration
	costs, _ := rules.Weigh(s, []byte(mail.String()), false)
	for _, c := range costs {
		if c.Sort == "pattern" {
			spent += c.Time
		}
	}
	if spent > 3*time.Second { // each to its limit would be 6 s, all to theirs 0.4
		t.Errorf("they took %v", spent)
	}
}

// TestD19HostileMailAgainstAllRules runs SpamAssassin's rules and ours over every kind of hostile mail. No rule takes longer than
// it may, or it is told. The bounds are those of a machine that is five times as slow as one of today, in CPU time.
func TestD19HostileMailAgainstAllRules(t *testing.T) {
	if testing.Short() {
		t.Skip("takes too long for a short run")
	}
	for name, s := range bothSets(t) {
		t.Run("D19_"+name, func(t *testing.T) {
			t.Parallel()
			rules.Weigh(s, hostile.Kinds()[0].Make(1000), false)
			for _, k := range hostile.Kinds() {
				bounded(t, k, s)
			}
		})
	}
}

func bounded(t *testing.T, k hostile.Mail, s *rules.Set) {
	t.Helper()
	costs, _ := rules.Weigh(s, k.Make(1<<20), false)
	var all time.Duration
	for _, c := range costs {
		rule := c.Sort == "pattern" || c.Sort == "function" || c.Sort == "view" || c.What == "parsing"
		if c.Sort != "pattern" { // which is in the time of its group
			all += c.Time
		}
		if rule && c.Time > 5*rules.DefaultRuleLimit || c.Sort == "pattern" && c.Time > rules.DefaultRuleLimit && !c.Told {
			t.Errorf("%s: %s took %v of CPU, told: %v", k.Name, c.What, c.Time, c.Told)
		}
	}
	if all > 5*time.Second {
		t.Errorf("%s: %v of CPU in all", k.Name, all)
	}
}

// What is told of a sender has the domain that the mail gives him, which may hold anything.
func TestF08WhatIsToldOfSendersIsPrintable(t *testing.T) {
	s, err := rules.Compile(rules.Options{}, rules.File{Name: "a.cf", Data: []byte("must_authenticate *.bank.example\n")})
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"a@x.bank.example", "a@\x1b[2Jx.bank.example", "a@\x01{*}:y.bank.example", "a@y\xffz.bank.example", "a@\u202ey.bank.example"} {
		m := message.New(message.Envelope{}, message.Options{})
		m.Load([]byte("From: " + from + "\n\nx"))
		hits := s.Senders(m, func(string) (yes, known bool) { return false, true })
		if len(hits) == 0 && from == "a@x.bank.example" {
			t.Error("the domain is not bound")
		}
		for _, h := range hits {
			if h.Detail != problem.Printable(h.Detail) {
				t.Errorf("%q: written raw: %q", from, h.Detail)
			}
		}
	}
}
