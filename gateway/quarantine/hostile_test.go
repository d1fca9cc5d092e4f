package quarantine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"weir/filters"
	"weir/gateway"
	"weir/scoring"
)

func TestALineThatWasCutTakesNoOtherAlong(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	id := kept(t, s, "a", "x@example.com")
	if err := os.WriteFile(filepath.Join(dir, "journal"), []byte(`{"id":"`+id), 0o600); err != nil { // a crash, or a full disk
		t.Fatal(err)
	}
	if err := s.Did(Deed{ID: id, Verb: Released, Rcpts: []string{"x@example.com"}}); err != nil {
		t.Fatal(err)
	}
	if d := s.Deeds(id); len(d) != 1 || d[0].Verb != Released {
		t.Errorf("deeds %v", d)
	}
}

func TestEncryptedMailIsNotQuotedInItsReport(t *testing.T) {
	dir := t.TempDir()
	key, _ := age.GenerateX25519Identity()
	s, err := Open(Config{Dir: dir, EncryptTo: []string{key.Recipient().String()}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := &gateway.Report{Subject: "secret one", Edits: []gateway.Edit{{Op: gateway.Change, Name: "Subject", Value: "[spam] secret two"}},
		Removed: []filters.Objection{{Name: "secret three.exe"}}, Symbols: []scoring.Scored{{Name: "ATTACHMENT_FORBIDDEN", Detail: "secret three.exe"}},
		Bayes: &filters.Opinion{Clues: []filters.Clue{{}}}}
	id, err := s.Store(r, env(), []string{"x@example.com"}, [][]byte{[]byte("Subject: secret one\r\n\r\nx\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{id + ".mail", "index"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Contains(string(text), "secret") || strings.Contains(string(text), `"clues"`) || !strings.Contains(string(text), "ATTACHMENT_FORBIDDEN") {
			t.Errorf("%s: %v\n%.900s", name, err, text)
		}
	}
	if r.Symbols[0].Detail == "" || r.Subject == "" || len(r.Bayes.Clues) != 1 {
		t.Error("the gateway's own report was changed")
	}
}
