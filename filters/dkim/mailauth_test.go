package dkim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/filters/filtertest"
)

// TestMailsWithoutTheirKeys goes through real mails of a suite that brings no keys. All came through unchanged, so each of
// their signatures gets past its form, its time and its body as far as the key.
func TestMailsWithoutTheirKeys(t *testing.T) {
	signed := map[string]int{"message1": 0, "arc-fail": 2, "arc-fail2": 2, "arc-pass2": 2, "bimi": 2, "message3": 2}
	list := append(files(t, "dkim-dmarc/mailauth/*.eml"), files(t, "sa-messages/dkim/arc/*.eml")...)
	for _, file := range list {
		name := strings.TrimSuffix(filepath.Base(file), ".eml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n, ok := signed[name]
			if !ok {
				n = 1
			}
			want := strings.TrimSuffix(strings.Repeat("permerror (there is no key), ", n), ", ")
			if n == 0 {
				want = "none (the message is not signed)"
			}
			raw := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n", "\r\n")
			if got := results(run(t, raw, &filtertest.DNS{})); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	if len(list) != 15 {
		t.Errorf("%d mails, want 15", len(list))
	}
}
