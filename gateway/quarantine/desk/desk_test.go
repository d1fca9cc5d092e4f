package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"go.uber.org/goleak"

	"weir/filters/all"
	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/learn"
	"weir/gateway/quarantine"
	"weir/message"
	"weir/scoring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a config, a quarantine and a Maildir as the next hop of example.com.
type site struct {
	t        *testing.T
	dir      string
	items    *quarantine.Store
	out, err bytes.Buffer
	allowed  []string
}

func newSite(t *testing.T, more string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	text := fmt.Sprintf("data_dir = %q\nstock_rules = false\n[[next_hop]]\nprotocol = \"maildir\"\naddress = [%q]\ndomains = [\"example.com\"]\n", s.dir, filepath.Join(s.dir, "Maildir")) + more
	if err := os.WriteFile(s.config(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(s.config(), all.Filters)
	if err != nil {
		t.Fatal(err)
	}
	if s.items, err = quarantine.Open(cfg.Quarantine); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.items.Close() })
	return s
}

func (s *site) config() string { return filepath.Join(s.dir, "weir.toml") }
func (s *site) place() Place   { return Place{Config: s.config(), By: "ann"} }

// keep puts a mail into the quarantine.
func (s *site) keep(subject string, rcpts ...string) string {
	s.t.Helper()
	env := &message.Envelope{ID: "m-" + subject, Hostname: "mx.weir.example", HasFrom: true, From: "joe@sender.example", Client: message.Client{Addr: netip.MustParseAddr("192.0.2.7")}}
	r := &gateway.Report{Subject: subject, Score: 7.5, Why: "score 7.5 >= 6", Symbols: []scoring.Scored{{Name: "URLBL_LISTED"}}}
	raw := "From: Joe <joe@sender.example>\r\nMessage-ID: <" + subject + "@sender.example>\r\nSubject: " + subject + "\r\n\r\nwords of a mail that is wanted after all\r\n"
	id, err := s.items.Store(r, env, rcpts, [][]byte{[]byte(raw)})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// run gives what a command printed.
func (s *site) run(want int, run func(context.Context, House) int) string {
	s.t.Helper()
	s.out.Reset()
	s.err.Reset()
	h := House{House: learn.House{Filters: all.Filters, School: "bayes", Others: []string{"known"}, Out: &s.out, Err: &s.err}}
	h.Allow = func(_ *config.Config, sender, rcpt string, remove bool) (string, error) {
		entry := "allow " + sender + " for " + rcpt
		s.allowed = append(s.allowed, fmt.Sprint(entry, " ", remove))
		return entry, nil
	}
	if code := run(s.t.Context(), h); code != want {
		s.t.Fatalf("exit code %d, want %d\n%s%s", code, want, s.out.String(), s.err.String())
	}
	return s.out.String() + s.err.String()
}

func (s *site) delivered() (texts []string) {
	files, _ := filepath.Glob(filepath.Join(s.dir, "Maildir", "new", "*"))
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			s.t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

func TestListChooses(t *testing.T) {
	s := newSite(t, "")
	a, b := s.keep("first", "x@example.com"), s.keep("second\x1b[31m", "y@sub.example.com", "z@other.example")
	gone := s.keep("gone", "x@example.com")
	s.run(0, (&DeleteCommand{Place: s.place(), IDs: []string{gone}}).Run)
	for _, c := range []struct {
		name   string
		choice Choice
		want   []string
	}{
		{"all that are kept", Choice{}, []string{a, b}},
		{"deleted ones too", Choice{Deleted: true}, []string{a, b, gone}},
		{"for a domain and below", Choice{Rcpt: "EXAMPLE.com"}, []string{a, b}},
		{"for an address", Choice{Rcpt: "<x@example.com>"}, []string{a}},
		{"from a domain", Choice{From: "@sender.example"}, []string{a, b}},
		{"from nobody", Choice{From: "ender.example"}, nil},
		{"with a symbol", Choice{Symbol: "URLBL_LISTED"}, []string{a, b}},
		{"with another", Choice{Symbol: "SPF_FAIL"}, nil},
		{"old ones", Choice{Older: 3600e9}, nil},
		{"new ones", Choice{Newer: 3600e9}, []string{a, b}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := s.run(0, (&ListCommand{Place: s.place(), Choice: c.choice, JSON: true}).Run)
			var got []string
			for line := range strings.Lines(text) {
				var e quarantine.Entry
				if err := json.Unmarshal([]byte(line), &e); err != nil {
					t.Fatal(err)
				}
				got = append(got, e.ID)
			}
			if len(got) != len(c.want) || len(got) > 0 && !strings.Contains(strings.Join(c.want, " "), got[0]) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	text := s.run(0, (&ListCommand{Place: s.place(), Limit: 1}).Run)
	if !strings.Contains(text, b[:12]) || strings.Contains(text, a[:12]) || strings.Contains(text, "\x1b") || !strings.Contains(text, "and 1 older") {
		t.Errorf("a person reads\n%s", text)
	}
}

func TestShow(t *testing.T) {
	s := newSite(t, "")
	id := s.keep("offer", "x@example.com")
	if text := s.run(0, (&ShowCommand{Place: s.place(), ID: id[:6]}).Run); !strings.Contains(text, "score 7.5 >= 6") || !strings.Contains(text, id) {
		t.Errorf("shown:\n%s", text)
	}
	if text := s.run(0, (&ShowCommand{Place: s.place(), ID: id, Raw: true}).Run); !strings.HasPrefix(text, "From: Joe") || !strings.HasSuffix(text, "after all\r\n") {
		t.Errorf("raw: %q", text)
	}
	if text := s.run(0, (&ShowCommand{Place: s.place(), ID: id, JSON: true}).Run); !json.Valid([]byte(text)) || !strings.Contains(text, `"report":{`) {
		t.Errorf("JSON: %s", text)
	}
	for _, bad := range []string{"abc", "../../etc/passwd", strings.Repeat("0", 32), ""} {
		if text := s.run(ExitPartial, (&ShowCommand{Place: s.place(), ID: bad}).Run); !strings.Contains(text, "no such mail") {
			t.Errorf("%q: %s", bad, text)
		}
	}
}

func TestDeleteAndUndo(t *testing.T) {
	s := newSite(t, "")
	id := s.keep("offer", "x@example.com")
	if text := s.run(0, (&DeleteCommand{Place: s.place(), IDs: []string{id}}).Run); !strings.Contains(text, "for 7 days") {
		t.Error(text)
	}
	s.run(ExitPartial, (&DeleteCommand{Place: s.place(), IDs: []string{id}}).Run)
	if text := s.run(0, (&UndoCommand{Place: s.place(), IDs: []string{id}}).Run); !strings.Contains(text, "is back") {
		t.Error(text)
	}
	if text := s.run(0, (&ShowCommand{Place: s.place(), ID: id}).Run); !strings.Contains(text, "by ann") || !strings.Contains(text, "restored") {
		t.Errorf("the journal is not shown:\n%s", text)
	}
	s.run(0, (&DeleteCommand{Place: s.place(), IDs: []string{id}, ForGood: true}).Run)
	s.run(ExitPartial, (&UndoCommand{Place: s.place(), IDs: []string{id}}).Run)
	for _, name := range []string{"index", "journal"} {
		if text, _ := os.ReadFile(filepath.Join(s.dir, "quarantine", name)); bytes.Contains(text, []byte(id)) {
			t.Errorf("%s tells of it still: %s", name, text)
		}
	}
}

func TestReleaseSendsTheMailAsItWasOnce(t *testing.T) {
	s := newSite(t, "")
	id := s.keep("offer", "x@example.com", "y@elsewhere.example")
	text := s.run(ExitPartial, (&ReleaseCommand{Place: s.place(), IDs: []string{id}}).Run)
	if !strings.Contains(text, "released to x@example.com: 250") || !strings.Contains(text, "no next_hop of the config takes mail for y@elsewhere.example") {
		t.Error(text)
	}
	got := s.delivered()
	if len(got) != 1 || !strings.Contains(got[0], "Delivered-To: x@example.com") || !strings.Contains(got[0], "Return-Path: <joe@sender.example>") || !strings.HasSuffix(got[0], "after all\r\n") {
		t.Fatalf("delivered: %q", got)
	}
	s.run(ExitPartial, (&ReleaseCommand{Place: s.place(), IDs: []string{id}}).Run)
	if len(s.delivered()) != 1 {
		t.Error("x@example.com has it twice")
	}
	s.run(ExitPartial, (&ReleaseCommand{Place: s.place(), IDs: []string{id}, Again: true}).Run)
	if len(s.delivered()) != 2 {
		t.Error("--again does not send it again")
	}
	if text := s.run(ExitPartial, (&UndoCommand{Place: s.place(), IDs: []string{id}}).Run); !strings.Contains(text, "was sent") {
		t.Error(text)
	}
}

func TestReleaseTeachesAndAllowsAndUndoTakesThatBack(t *testing.T) {
	s := newSite(t, "")
	id := s.keep("offer", "x@example.com")
	text := s.run(0, (&ReleaseCommand{Place: s.place(), IDs: []string{id}, Ham: true, Allow: true}).Run)
	if !strings.Contains(text, "1 learned as wanted") || len(s.allowed) != 1 || s.allowed[0] != "allow joe@sender.example for x@example.com false" {
		t.Fatalf("%s\nallowed: %q", text, s.allowed)
	}
	log := func() string {
		h := learn.House{Filters: all.Filters, School: "bayes", Out: &s.out, Err: &s.err}
		s.out.Reset()
		(&learn.LogCommand{Place: learn.Place{Config: s.config()}}).Run(t.Context(), h)
		return s.out.String()
	}
	if got := log(); !strings.Contains(got, "ham") || !strings.Contains(got, "ann") {
		t.Errorf("the journal of what was learned: %s", got)
	}
	if text := s.run(0, (&UndoCommand{Place: s.place(), IDs: []string{id}}).Run); !strings.Contains(text, "taken back") {
		t.Error(text)
	}
	if got := log(); strings.Count(strings.TrimSpace(got), "\n") < 1 || !strings.Contains(got, "forg") && !strings.Contains(got, "undo") && !strings.Contains(got, "unlearned") {
		t.Errorf("the journal of what was learned, after undo: %s", got)
	}
	if len(s.allowed) != 2 || s.allowed[1] != "allow joe@sender.example for x@example.com true" {
		t.Errorf("allowed: %q", s.allowed)
	}
	s.run(ExitPartial, (&UndoCommand{Place: s.place(), IDs: []string{id}}).Run)
}

func TestEncryptedMailNeedsItsKey(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, "[quarantine]\nencrypt_to = [\""+key.Recipient().String()+"\"]\n")
	id := s.keep("secret", "x@example.com")
	if text := s.run(ExitPartial, (&ReleaseCommand{Place: s.place(), IDs: []string{id}}).Run); !strings.Contains(text, "--key") {
		t.Error(text)
	}
	file := filepath.Join(s.dir, "key.txt")
	if err := os.WriteFile(file, []byte("# made "+time.Now().String()+"\n"+key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	place := s.place()
	place.Key = file
	s.run(0, (&ReleaseCommand{Place: place, IDs: []string{id}}).Run)
	if got := s.delivered(); len(got) != 1 || !strings.Contains(got[0], "Subject: secret") {
		t.Errorf("delivered: %q", got)
	}
}

func TestStats(t *testing.T) {
	s := newSite(t, "")
	s.keep("one", "x@example.com")
	id := s.keep("two", "x@example.com")
	s.run(0, (&ReleaseCommand{Place: s.place(), IDs: []string{id}}).Run)
	if text := s.run(0, (&StatsCommand{Place: s.place()}).Run); !strings.Contains(text, "2 mails") || !strings.Contains(text, "1 released") || !strings.Contains(text, "2  symbol URLBL_LISTED") {
		t.Error(text)
	}
	var got stats
	if err := json.Unmarshal([]byte(s.run(0, (&StatsCommand{Place: s.place(), JSON: true}).Run)), &got); err != nil || got.Mails != 2 || got.Gateways["mx.weir.example"] != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if text := s.run(0, (&ReindexCommand{Place: s.place()}).Run); text != "2 mails in the index\n" {
		t.Error(text)
	}
}

func TestWhatIsNotThereIsToldAndNotMade(t *testing.T) {
	s := newSite(t, "")
	place := s.place()
	place.Dir = filepath.Join(s.dir, "misspelt")
	if text := s.run(ExitUsage, (&ListCommand{Place: place}).Run); !strings.Contains(text, "misspelt") || !strings.Contains(text, "--dir") {
		t.Error(text)
	}
	if _, err := os.Stat(place.Dir); err == nil {
		t.Error("the folder was made")
	}
	place.Dir, place.Key = "", s.config()
	if text := s.run(ExitUsage, (&ListCommand{Place: place}).Run); !strings.Contains(text, "no private key") {
		t.Error(text)
	}
}
