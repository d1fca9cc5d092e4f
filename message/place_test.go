package message

import (
	"bytes"
	"strings"
	"testing"

	"weir/message/anomaly"
	"weir/message/header"
)

// standing checks that header and body of each part are what Start and End cut out of the message, and counts those that
// stand there.
func standing(t *testing.T, name string, raw []byte) (n int) {
	t.Helper()
	m := New(Envelope{}, Options{})
	m.Load(raw)
	same := header.Lines(raw, &anomaly.Set{})
	for _, p := range m.Parts() {
		if p.End == 0 {
			continue
		}
		n++
		at := same[p.Start:p.End]
		if !bytes.HasSuffix(at, p.Raw) || len(p.Header.Fields) > 0 && !bytes.HasPrefix(at, p.Header.Fields[0].Raw) {
			t.Errorf("%s: part %s stands at %d-%d, where there is %.80q", name, p.Type, p.Start, p.End, at)
		}
	}
	return n
}

func TestPartsKnowWhereTheyStand(t *testing.T) {
	raw := "Subject: x\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\npreamble\r\n--o\r\n\r\nfirst\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n\r\n" +
		"Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nX: y\r\n\r\na\r\n--i\r\n\r\nb\r\n--i--\r\n\r\n--o--\r\nend\r\n"
	if n := standing(t, "nested", []byte(raw)); n != 6 {
		t.Errorf("%d of 6 parts stand in the message", n)
	}
	if n := standing(t, "old Macintosh", []byte(strings.ReplaceAll(raw, "\r\n", "\r"))); n != 6 {
		t.Errorf("%d of 6 parts stand in the message with CR alone", n)
	}
}

func TestPartsOfTheSuitesKnowWhereTheyStand(t *testing.T) {
	n := 0
	readMails(t, func(path string, raw []byte) { n += standing(t, path, raw) }, "suites/mime", "suites/sa-messages", "corpora/bounces")
	if n < 3000 {
		t.Errorf("only %d parts were looked at", n)
	}
}

func TestPartsThatWereDecodedStandNowhere(t *testing.T) {
	inner := "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\na\r\n--i\r\n\r\nb\r\n--i--\r\n"
	for encoding, want := range map[string]bool{"7bit": true, "base64": false} {
		text := inner
		if encoding == "base64" {
			text = "Q29udGVudC1UeXBlOiB0ZXh0L3BsYWluDQoNCmhp"
		}
		m := New(Envelope{}, Options{})
		m.Load([]byte("Subject: x\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n\r\n" + text))
		for _, p := range m.Parts()[1:] {
			if (p.End > 0) != want {
				t.Errorf("%s: part %s stands at %d-%d", encoding, p.Type, p.Start, p.End)
			}
			if want && !strings.Contains(string(m.Raw[p.Start:p.End]), string(p.Raw)) {
				t.Errorf("%s: part %s is not at %d-%d", encoding, p.Type, p.Start, p.End)
			}
		}
	}
}
