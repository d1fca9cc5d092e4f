package chain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMailsOfOthers verifies real mails of two other test suites, whose names say what to expect. The second suite brings no
// keys; those of Google are in the first.
func TestMailsOfOthers(t *testing.T) {
	z := zone{}
	mails := map[string]string{}
	for _, name := range []string{"001.txt", "002.txt"} {
		text, err := os.ReadFile(shared(t, "suites/dkim-dmarc/arc/"+name))
		if err != nil {
			t.Fatal(err)
		}
		records, mail, _ := strings.Cut(string(text), "\n\n")
		for line := range strings.Lines(records) {
			key, record, _ := strings.Cut(strings.TrimSpace(line), " ")
			z[key] = record
		}
		mails[name] = mail
	}
	files, _ := filepath.Glob(filepath.Join(shared(t, "suites/dkim-dmarc/mailauth"), "arc-*.eml"))
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		mails[filepath.Base(name)] = string(text)
	}
	for name, mail := range mails {
		mail = strings.ReplaceAll(strings.ReplaceAll(mail, "\r\n", "\n"), "\n", "\r\n")
		want := Pass
		if strings.Contains(name, "fail") {
			want = Fail
		}
		if got := verify(mail, z.lookup); got.Status != want {
			t.Errorf("%s: %+v, want %s", name, got, want)
		}
	}
	if len(mails) != 7 {
		t.Errorf("%d mails, want 7", len(mails))
	}
}

// TestMailsOfSpamAssassin: one has a chain whose key nobody has any more, and which is whole as far as that; the other lost
// its chain on the way.
func TestMailsOfSpamAssassin(t *testing.T) {
	for name, want := range map[string]Status{"ok01.eml": Fail, "ko01.eml": None} {
		text, err := os.ReadFile(shared(t, "suites/sa-messages/dkim/arc/"+name))
		if err != nil {
			t.Fatal(err)
		}
		mail := strings.ReplaceAll(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n", "\r\n")
		got := verify(mail, zone{}.lookup)
		if got.Status != want || want == Fail && !strings.Contains(got.Why, "key") {
			t.Errorf("%s: %+v, want %s", name, got, want)
		}
	}
}
