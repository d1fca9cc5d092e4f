package desk

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"weir/filters/all"
	"weir/gateway"
	"weir/gateway/learn"
	"weir/gateway/quarantine"
	"weir/message"
)

// rewrite changes a file of the quarantine.
func (s *site) rewrite(name string, change func(string) string) {
	s.t.Helper()
	file := filepath.Join(s.folder(), name)
	text, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(change(string(text))), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func TestAReleaseGoesByTheFileAndNotByTheIndex(t *testing.T) {
	s := newSite(t, "")
	id := s.keep("first", "x@example.com")
	s.rewrite("index", func(text string) string { return strings.Replace(text, "x@example.com", "eve@example.com", 1) })
	if got := s.run(0, (&ReleaseCommand{Place: s.place(), IDs: []string{id}}).Run); strings.Contains(got, "eve@") || !strings.Contains(got, "released to x@example.com") {
		t.Errorf("told: %s", got)
	}
}

func TestTwoReleasesAtOnceSendOnce(t *testing.T) {
	s := newSite(t, "")
	id := s.keep("first", "x@example.com")
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			var out strings.Builder
			h := House{House: learn.House{Filters: all.Filters, School: "bayes", Out: &out, Err: &out}}
			(&ReleaseCommand{Place: s.place(), IDs: []string{id}}).Run(t.Context(), h)
		})
	}
	both.Wait()
	if n := len(s.delivered()); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestAnUndoTakesBackOnlyWhatAReleaseMakes(t *testing.T) {
	s := newSite(t, "")
	id := s.keep("first", "x@example.com")
	for _, entry := range []string{"block eve@sender.example for x@example.com", "allow joe@sender.example for other@example.com", "allow joe@sender.example until 2027-01-31"} {
		s.allowed = nil
		if err := s.items.Did(quarantine.Deed{ID: id, Verb: quarantine.Released, Rcpts: []string{"x@example.com"}, Allowed: []string{entry}}); err != nil {
			t.Fatal(err)
		}
		if got := s.run(3, (&UndoCommand{Place: s.place(), IDs: []string{id}}).Run); len(s.allowed) > 0 || !strings.Contains(got, "no entry that a release makes") {
			t.Errorf("%s: %v, told %s", entry, s.allowed, got)
		}
	}
	if !same("Bob@EXAMPLE.com", "bob@example.com") || same("bob@example.com", "bob@example.org") || same("ann@example.com", "bob@example.com") {
		t.Error("addresses are compared wrongly")
	}
}

func TestAnAuthorWhoseNameIsPartOfAnEntryIsNotAllowed(t *testing.T) {
	s := newSite(t, "")
	raw := "From: \"a@evil.example forced for \"@sender.example\r\nSubject: x\r\n\r\nwords\r\n"
	id, err := s.items.Store(&gateway.Report{}, &message.Envelope{ID: "m", HasFrom: true}, []string{"x@example.com"}, [][]byte{[]byte(raw)})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.run(3, (&ReleaseCommand{Place: s.place(), IDs: []string{id}, Allow: true}).Run); len(s.allowed) > 0 {
		t.Errorf("%v, told %s", s.allowed, got)
	}
}

func TestJSONCannotChangeATerminal(t *testing.T) {
	s := newSite(t, "")
	id := s.keep("a\x1b[31m\u009b31m\u202eb\U000e0041\u007fc", "x@example.com")
	for _, run := range []string{
		s.run(0, (&ListCommand{Place: s.place(), JSON: true}).Run),
		s.run(0, (&ShowCommand{Place: s.place(), JSON: true, ID: id}).Run),
	} {
		if strings.ContainsAny(run, "\x1b\u009b\u202e\x7f\U000e0041") || !strings.Contains(run, `\u009b31m\u202eb\udb40\udc41\u007fc`) {
			t.Errorf("printed %q", run)
		}
	}
}

func (s *site) folder() string {
	names, err := filepath.Glob(filepath.Join(s.dir, "*", "index"))
	if err != nil || len(names) != 1 {
		s.t.Fatalf("folders with an index: %v, %v", names, err)
	}
	return filepath.Dir(names[0])
}
