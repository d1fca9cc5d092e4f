package received

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fieldStart  = regexp.MustCompile(`(?im)^Received:((?:[^\n]*\n)(?:[ \t][^\n]*\n)*)`)
	fromAddress = regexp.MustCompile(`(?is)^\s*from\s.*?[\[( @](?:IPv6:|::ffff:)?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[\]) :].*?\sby\s`)
	fromName    = regexp.MustCompile(`(?is)^\s*from\s+\S`)
	byName      = regexp.MustCompile(`(?is)([^d\s]\s+|^|\))by\s+[\w.]`) // but not "invoked by"
	hasDate     = regexp.MustCompile(`(?is);[^;]*\d\d:\d\d[^;]*$`)
)

// share counts in how many of the fields that have something it was found.
type share struct{ have, found int }

func (s *share) count(have, found bool) {
	if have {
		s.have++
		if found {
			s.found++
		}
	}
}

// TestRealFieldsAreRead goes over the Received fields of all mail in the shared corpora. The figures are logged (-v).
func TestRealFieldsAreRead(t *testing.T) {
	dir := os.Getenv("WEIR_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	root := filepath.Join(dir, "corpora")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("SHARED SUITE NOT RUN: %v", err)
	}
	var addrs, helos, hosts, times share
	missed := map[string]int{}
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		for _, m := range fieldStart.FindAllSubmatch(raw, -1) {
			value := string(m[1])
			r := Parse(value)
			hasAddr := fromAddress.MatchString(value)
			addrs.count(hasAddr, r.Addr.IsValid())
			helos.count(fromName.MatchString(value), r.Helo != "" || r.Name != "" || r.Addr.IsValid())
			hosts.count(byName.MatchString(value), r.By != "")
			times.count(hasDate.MatchString(value), !r.Time.IsZero())
			if hasAddr && !r.Addr.IsValid() || byName.MatchString(value) && r.By == "" || hasDate.MatchString(value) && r.Time.IsZero() {
				missed[strings.Join(strings.Fields(value), " ")]++
			}
		}
		return nil
	})
	for name, s := range map[string]share{"address": addrs, "helo": helos, "by": hosts, "time": times} {
		got := float64(s.found) / float64(s.have)
		t.Logf("%s found in %d of %d fields that have one (%.2f %%)", name, s.found, s.have, 100*got)
		if got < 0.99 {
			t.Errorf("%s found in only %.2f %% of the fields that have one", name, 100*got)
		}
	}
	n := 0
	for value := range missed {
		if n++; n <= 40 {
			t.Log("not all found: ", value)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("from a (b [192.0.2.1]) by c with ESMTPS id 1 for <d@e>; Mon, 4 Mar 2024 05:06:07 +0000")
	f.Add("from unknown (HELO x) (jo@192.0.2.1) by 0 with SMTP; 4 Mar 2024 05:06:07 -0000")
	f.Add("(qmail 1 invoked from network); 4 Mar 2024")
	f.Add("from [IPv6:2001:db8::1]:25 (helo=[x]) by y")
	f.Fuzz(func(t *testing.T, s string) {
		r := Parse(s)
		if r.Addr.Is4In6() || r.Addr.Zone() != "" {
			t.Errorf("address %v is not in normal form", r.Addr)
		}
		for _, piece := range []string{r.Helo, r.Name, r.By, r.With, r.ID, r.For} {
			if !strings.Contains(s, piece) || strings.ContainsAny(piece, " \r\n\t") {
				t.Errorf("%q is no word of %q", piece, s)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	const field = "from mail.example.org (rdns.example.org [192.0.2.1])\r\n\t(using TLSv1.3 with cipher X (256/256 bits))\r\n\tby mx.example.com (Postfix) with ESMTPS id 4ABC\r\n\tfor <jo@example.com>; Mon, 4 Mar 2024 05:06:07 +0000"
	b.ReportAllocs()
	for b.Loop() {
		Parse(field)
	}
}
