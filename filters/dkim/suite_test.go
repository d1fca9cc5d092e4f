package dkim

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

// shared is the folder of suites that are not ours.
func shared() string {
	if dir := os.Getenv("WEIR_SHARED"); dir != "" {
		return dir
	}
	return "../../../shared"
}

// files lists files of the shared folder.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	list, _ := filepath.Glob(filepath.Join(shared(), "suites", filepath.FromSlash(pattern)))
	if len(list) == 0 {
		t.Skip("SHARED SUITE NOT RUN: no files ", pattern)
	}
	return list
}

// TestMessagesWithTheirKeys verifies messages that come with the records of their keys; go-msgauth verifies them too.
func TestMessagesWithTheirKeys(t *testing.T) {
	for _, file := range files(t, "dkim-dmarc/dkim/*.txt") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			dns, raw := keysAndMessage(t, file)
			r := run(t, string(raw), dns)
			second, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return dns.LookupTXT(t.Context(), name) }})
			if err != nil || len(second) != len(r.Auth) {
				t.Fatalf("go-msgauth: %v, %d results; ours %s", err, len(second), results(r))
			}
			for i, a := range r.Auth {
				if (second[i].Err == nil) != (a.Value == filters.Pass) {
					t.Errorf("signature %d: %s (%s), go-msgauth says %v", i, a.Value, a.Reason, second[i].Err)
				}
			}
			if want := outcomes[filepath.Base(file)]; results(r) != want {
				t.Errorf("got %s, want %s", results(r), want)
			}
		})
	}
}

// keysAndMessage reads lines "name record", an empty line, and a message.
func keysAndMessage(t *testing.T, file string) (*filtertest.DNS, []byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, raw, _ := strings.Cut(string(data), "\n\n")
	dns := &filtertest.DNS{TXT: map[string][]string{}}
	for line := range strings.Lines(head) {
		name, record, _ := strings.Cut(strings.TrimSpace(line), " ")
		dns.TXT[strings.ToLower(name)] = append(dns.TXT[name], record)
	}
	return dns, []byte(strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\n", "\r\n"))
}

// outcomes are what becomes of those messages in 2024.
var outcomes = map[string]string{"001.txt": "pass, pass", "002.txt": "pass", "003.txt": "pass, pass", "004.txt": "pass", "005.txt": "policy (expired on 2022-11-08)", "006.txt": "pass"}

// TestAnExpiredMessageOnItsDay verifies that one that is expired was good.
func TestAnExpiredMessageOnItsDay(t *testing.T) {
	dns, raw := keysAndMessage(t, filepath.Join(filepath.Dir(files(t, "dkim-dmarc/dkim/005.txt")[0]), "005.txt"))
	m := message.New(message.Envelope{Time: time.Date(2022, 11, 8, 0, 0, 0, 0, time.UTC)}, message.Options{})
	m.Load(raw)
	f := filtertest.New(t, Spec, "", filters.Env{Resolver: dns})
	if r, err := f.Check(t.Context(), m, filters.Findings{}); err != nil || results(r) != "pass" {
		t.Errorf("%s %v", results(r), err)
	}
}

// TestSpamAssassinsMessages verifies SpamAssassin's messages, whose names say how they end. Their keys are in the public
// DNS, which tests do not ask: so a message that is good gets as far as its key. The selectors tell the keys' sizes; those
// below 1024 bits, and SHA-1, were good in 2009 and are not since RFC 8301.
func TestSpamAssassinsMessages(t *testing.T) {
	dns := &filtertest.DNS{TXT: map[string][]string{}}
	for _, bits := range []int{512, 640, 768} {
		dns.TXT[fmt.Sprintf("t%04d._domainkey.sa-test.spamassassin.org", bits)] = []string{modulus(bits, 65537)}
	}
	for _, file := range files(t, "sa-messages/dkim/test-*.msg") {
		name := strings.TrimSuffix(filepath.Base(file), ".msg")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n", "\r\n")
		got := results(run(t, raw, dns))
		if !strings.HasPrefix(got, assassins(name, raw)) {
			t.Errorf("%s: %s, want %s", name, got, assassins(name, raw))
		}
	}
}

// assassins is what becomes of one of them.
func assassins(name, raw string) string {
	switch bits := regexp.MustCompile(`s=t(0\d+)`).FindStringSubmatch(raw); {
	case strings.HasPrefix(name, "test-adsp"), name == "test-fail-01":
		return "none"
	case name == "test-pass-01":
		return "permerror (SHA-1 is not safe)"
	case bits == nil, bits[1] == "0000":
		return "permerror (there is no key)"
	default:
		return "permerror (an RSA key of " + bits[1][1:] + " bits: 1024 to 8192 are taken)"
	}
}
