package rules

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/message"
	"weir/message/header"
)

func TestRulesNeverSeeFieldsThatTheGatewayTakesOut(t *testing.T) {
	s := compileText(t, "header A exists:X-Spam-Flag\nheader B X-Spam-Flag =~ /YES/\nheader C ALL =~ /X-Spam/\nfull D /X-Spam/\nfull E /^Subject: x\\nTo: y\\n\\nbody\\n\\z/m\nheader F X-Spam-Flag =~ /^$/\nheader G ALL:raw =~ /X-Spam/\n")
	mail := "X-Spam-Flag: YES\nSubject: x\nX-Spam-Status: No,\n folded\nTo: y\nX-Spam-Score: 1\n\nbody\n"
	for name, raw := range map[string]string{"E16_with_LF": mail, "E16_with_CRLF": strings.ReplaceAll(mail, "\n", "\r\n")} {
		t.Run(name, func(t *testing.T) {
			m := message.New(message.Envelope{}, message.Options{Strip: func(f *header.Field) bool { return strings.HasPrefix(f.Name, "X-Spam-") }})
			m.Load([]byte(raw))
			hits, _, err := s.Match(context.Background(), m, noFacts, noon)
			var names []string
			for _, h := range hits {
				names = append(names, h.Name)
			}
			if got := strings.Join(names, " "); got != "E F" || err != nil {
				t.Errorf("hits %q, want E F: %v", got, err)
			}
		})
	}
}

func TestASetServesManyGoroutines(t *testing.T) {
	s, err := Load(Options{Stock: true})
	if err != nil {
		t.Fatal(err)
	}
	spam := "Subject: Dear Friend\n\nI am Barrister John Mensah in Ghana. My late client left $12 million and no next of kin. Keep this strictly confidential.\n"
	wantSpam, wantHam := found(t, s, message.Envelope{}, spam, nil), found(t, s, message.Envelope{}, letter, nil)
	if !strings.Contains(wantSpam, "ADVANCE_FEE_5") || strings.Contains(wantHam, "ADVANCE") {
		t.Fatalf("spam hits %q, the letter %q", wantSpam, wantHam)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := found(t, s, message.Envelope{}, spam, nil); got != wantSpam {
					t.Errorf("spam hits %q, want %q", got, wantSpam)
				}
				if got := found(t, s, message.Envelope{}, letter, nil); got != wantHam {
					t.Errorf("the letter hits %q, want %q", got, wantHam)
				}
			}
		})
	}
	wg.Wait()
}

func TestAnEndedContextIsAnErrorAndTheNextMailIsJudgedAfresh(t *testing.T) {
	s := compileText(t, "body X /word/\ntflags X multiple\nheader Y Subject !~ /zzz/")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("Subject: word\n\nword\n"))
	if hits, _, err := s.Match(ctx, m, noFacts, noon); !errors.Is(err, context.Canceled) || hits != nil {
		t.Errorf("hits %v, error %v", hits, err)
	}
	for range 3 {
		if got := found(t, s, message.Envelope{}, "Subject: word\n\nword\n", nil); got != "X=2 Y" {
			t.Errorf("hits %q", got)
		}
	}
}

func TestAMultipleRuleScoresEachTime(t *testing.T) {
	s := compileText(t, "body X /word/\ntflags X multiple maxhits=3\nbody ONCE /word/")
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("Subject: s\n\nword word word word\n"))
	hits, _, _ := s.Match(context.Background(), m, noFacts, noon)
	if len(hits) != 2 || hits[0].Name != "ONCE" || hits[0].Weight != 0 || hits[1].Count != 3 || hits[1].Weight != 3 {
		t.Errorf("hits %+v", hits)
	}
}

func TestAHeaderThatIsCutIsTold(t *testing.T) {
	s := compileText(t, "header LAST Subject =~ /last word/\nheader ALL_LAST ALL =~ /last word/")
	for _, c := range []struct{ name, header, want string }{
		{"a short one", "Subject: last word\n", "ALL_LAST LAST"},
		{"a field of 9 kB", "Subject: " + strings.Repeat("word ", 1800) + "last word\n", "RULESET_PARTIAL"},
		{"many fields", strings.Repeat("X-A: "+strings.Repeat("word ", 100)+"\n", 200) + "Subject: last word\n", "LAST RULESET_PARTIAL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, s, message.Envelope{}, c.header+"\nx\n", nil); got != c.want {
				t.Errorf("hits %q, want %q", got, c.want)
			}
		})
	}
}

func TestLongTextsAreCutInPiecesAndBounded(t *testing.T) {
	s := compileText(t, "body LONG /^.{900}.{900}.{249}/s\nbody LAST /last word/\nrawbody CHUNK /^.{900}.{900}.{900}.{900}.{498}/s\nrawbody RAWLAST /last word/\n")
	s.RuleLimit = time.Minute // the patterns that measure pieces are slow
	for _, c := range []struct{ name, body, want string }{
		{"no piece of the body has more than 2 kB, no chunk of rawbody more than 4 kB", strings.Repeat("x", 30_000) + " last word", "LAST RAWLAST"},
		{"text beyond 50 kB of a part is not looked at by body rules, and that is told", strings.Repeat("word ", 12_000) + "last word", "RAWLAST RULESET_PARTIAL"},
		{"text beyond 500 kB of a part is not looked at by rawbody rules", strings.Repeat("word ", 110_000) + "last word", "RULESET_PARTIAL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, s, message.Envelope{}, "Subject: x\n\n"+c.body+"\n", nil); got != c.want {
				t.Errorf("hits %q, want %q", got, c.want)
			}
		})
	}
}
