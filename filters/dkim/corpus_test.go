package dkim

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"weir/message/signature"
)

// TestSignaturesOfTheCorporaAgainstGoMsgauth goes through the mails of the corpora. Nearly all of their signatures are
// invented or of mails that were made anonymous, so what is compared is which verifier takes which field for a signature,
// and finds the body changed. Both get keys that fit none.
func TestSignaturesOfTheCorporaAgainstGoMsgauth(t *testing.T) {
	root := filepath.Join(shared(), "corpora")
	if _, err := os.Stat(root); err != nil {
		t.Skip("SHARED SUITE NOT RUN: ", err)
	}
	var seen, same int
	stage := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || testing.Short() && seen > 100 {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || len(data) > 1<<20 || !bytes.Contains(data, []byte("DKIM-Signature:")) {
			return err
		}
		raw := bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		ours, theirs := stages(string(raw)), theirStages(raw)
		if ours == "" || theirs == "" {
			return nil
		}
		seen++
		for w := range strings.FieldsSeq(ours) {
			stage[w]++
		}
		if ours == theirs {
			same++
		} else {
			t.Errorf("%s: ours %s, go-msgauth's %s", path, ours, theirs)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mails, the same of %d: %v", seen, same, stage)
	if !testing.Short() && seen < 500 {
		t.Errorf("only %d mails with signatures were compared", seen)
	}
}

// stages tells of each signature how far it comes: "body" changed, "key" fetched, or "bad" before. It is "" for messages
// that have none, or that we doubt.
func stages(raw string) string {
	m := load(raw)
	if m.Header.Get(field) == nil || doubts(m) != nil {
		return ""
	}
	var list []string
	body := signature.NewBody(m.Root.Raw)
	for _, own := range m.Header.All(field) {
		s, err := read(own.Raw)
		switch {
		case err != nil || s.Length >= 0 || s.Expired(time.Now()): // go-msgauth takes no l=, and knows only today
			list = append(list, "bad")
		case s.CheckBody(body) != nil:
			list = append(list, "body")
		default:
			list = append(list, "key")
		}
	}
	return strings.Join(list, " ")
}

func theirStages(raw []byte) string {
	records := map[bool]string{true: must(signature.Record(ed25519Key())), false: must(signature.Record(rsaKey()))}
	answer := func(string) ([]string, error) {
		return []string{records[bytes.Contains(raw, []byte("a=ed25519"))]}, nil
	}
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: answer})
	if err != nil {
		return ""
	}
	var list []string
	for _, v := range found {
		switch {
		case v.Err == nil || strings.Contains(v.Err.Error(), "signature did not verify"):
			list = append(list, "key")
		case strings.Contains(v.Err.Error(), "body hash did not verify"):
			list = append(list, "body")
		default:
			list = append(list, "bad")
		}
	}
	return strings.Join(list, " ")
}
