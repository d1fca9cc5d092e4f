package message

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	gomessage "github.com/emersion/go-message"

	"weir/message/part"
)

// leaf is what two parsers should agree on.
type leaf struct{ kind, body string }

// ourLeaves are the leaves of the canonical reading that a MIME parser finds, decoded.
func ourLeaves(raw []byte) (list []leaf) {
	m := New(Envelope{}, Options{})
	m.Load(raw)
	for _, p := range m.Parts() {
		if p.Reading == 0 && p.Embedded == "" && !p.IsMultipart() && !inside(p) {
			list = append(list, leaf{p.Type, content(p)})
		}
	}
	return list
}

// content is what go-message gives of a part: text in UTF-8, anything else decoded.
func content(p *part.Part) string {
	if strings.HasPrefix(p.Type, "text/") {
		return body([]byte(p.Text()))
	}
	return body(p.Body())
}

// inside tells whether a part is in an attached message, which go-message leaves closed.
func inside(p *part.Part) bool {
	for p = p.Parent; p != nil; p = p.Parent {
		if p.IsMessage() {
			return true
		}
	}
	return false
}

// theirLeaves are go-message's; false where it gives up.
func theirLeaves(raw []byte) (list []leaf, ok bool) {
	e, err := gomessage.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, false
	}
	err = e.Walk(func(_ []int, e *gomessage.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, _ := e.Header.ContentType()
		kind, _, _ = strings.Cut(kind, ";") // where it can't read the parameters it gives all of the value
		if strings.HasPrefix(kind, "multipart/") {
			return nil
		}
		b, err := io.ReadAll(e.Body)
		list = append(list, leaf{strings.ToLower(kind), body(b)})
		return err
	})
	return list, err == nil
}

// body is compared by its printable ASCII without white space: go-message takes iso-8859-1 by its name, we read it as
// browsers do; and it cuts white space at the ends of quoted-printable lines.
func body(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f {
			return -1
		}
		return r
	}, string(b))
}

// byMeta tells whether an HTML part may name its charset in itself only, which go-message does not look at.
func byMeta(m *Message) bool {
	return slices.ContainsFunc(m.Parts(), func(p *part.Part) bool { return p.Type == "text/html" && p.Charset == "" })
}

// TestAgreesWithGoMessage is a second opinion: where go-message reads a message to its end, both find the same leaves
// with the same types and contents, or we have noted what is odd about the message and read it more tolerantly.
func TestAgreesWithGoMessage(t *testing.T) {
	compared, odd := 0, 0
	readMails(t, func(path string, raw []byte) {
		theirs, ok := theirLeaves(raw)
		if !ok {
			return
		}
		compared++
		if ours := ourLeaves(raw); !slices.Equal(ours, theirs) {
			odd++
			if m := work(raw); len(m.Anomalies()) == 0 && !byMeta(m) {
				t.Errorf("%s: nothing odd was noted, but we have %.200q and go-message %.200q", path, ours, theirs)
			}
		}
	}, "corpora")
	t.Logf("%d compared; %d read differently, and noted as odd", compared, odd)
	if compared < 1000 || odd*5 > compared {
		t.Errorf("%d of %d differ: too many to be the odd ones", odd, compared)
	}
}
