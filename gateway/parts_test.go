package gateway

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// objector objects to all parts of a type, and to files within parts whose text says so.
type objector struct{ kind string }

func (o objector) Check(_ context.Context, m *message.Message, _ filters.Findings) (r filters.Result, _ error) {
	for i, p := range m.Parts() {
		if p.Type == o.kind {
			r.Attached.Objections = append(r.Attached.Objections, filters.Objection{Part: i, Name: p.FileName, Symbol: "BAD", Why: "nobody needs such a file"})
		}
	}
	return r, nil
}

func partsHouse(how scoring.PartsAction) *house {
	h := newHouse()
	h.def.Parts = how
	h.running = append(h.running, Running{Spec: &filters.Spec{Name: "attachments", Stage: filters.Data}, Filter: objector{"application/x-bad"}})
	return h
}

const (
	bad   = "Content-Type: application/x-bad; name=\"a.exe\"\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMA"
	texts = "Content-Type: text/plain\r\nX-Odd:  kept  as it is \r\n\r\nHello =\tthere "
)

// mail is a multipart of parts.
func mail(parts ...string) string {
	text := "From: Ann <ann@example.org>\r\nSubject: Lunch\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n"
	for _, p := range parts {
		text += "--b\r\n" + p + "\r\n"
	}
	return text + "--b--\r\nepilogue\r\n"
}

func sentOn(o *Outcome, g *Group) string { return string(bytes.Join(o.Chunks(g), nil)) }

func TestBadPartsAreTakenOutAndAllElseStays(t *testing.T) {
	nested := "Content-Type: message/rfc822\r\n\r\n" + mail(texts, bad)
	for _, c := range []struct {
		name, raw string
		how       scoring.PartsAction
		want      func(notice string) string // the mail from its first own field on
	}{
		{"kept", mail(texts, bad), scoring.KeepParts, func(string) string { return mail(texts, bad) }},
		{"nothing bad", mail(texts, texts), scoring.ReplaceParts, func(string) string { return mail(texts, texts) }},
		{"replaced", mail(texts, bad, texts), scoring.ReplaceParts, func(n string) string { return mail(texts, n, texts) }},
		{"two replaced", mail(bad, texts, bad), scoring.ReplaceParts, func(n string) string { return mail(n, texts, n) }},
		{"the first stripped", mail(bad, texts), scoring.StripParts, func(string) string { return mail(texts) }},
		{"one in the middle stripped", mail(texts, bad, texts), scoring.StripParts, func(string) string { return mail(texts, texts) }},
		{"the last stripped", mail(texts, bad), scoring.StripParts, func(string) string { return mail(texts) }},
		{"two in a row stripped", mail(texts, bad, bad, texts), scoring.StripParts, func(string) string { return mail(texts, texts) }},
		{"all of them are replaced, since a multipart has a part", mail(bad, bad), scoring.StripParts, func(n string) string { return mail(n, n) }},
		{"within a message", mail(texts, nested), scoring.ReplaceParts, func(n string) string { return mail(texts, "Content-Type: message/rfc822\r\n\r\n"+mail(texts, n)) }},
		{"within a message, stripped", mail(texts, nested), scoring.StripParts, func(string) string { return mail(texts, "Content-Type: message/rfc822\r\n\r\n"+mail(texts)) }},
		{"LF line ends", strings.ReplaceAll(mail(texts, bad), "\r\n", "\n"), scoring.ReplaceParts,
			func(n string) string { return strings.ReplaceAll(mail(texts, n), "\r\n", "\n") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, _ := partsHouse(c.how).open(t)
			o := judge(t, g, c.raw, "bob@example.com")
			got := sentOn(o, &o.Groups[0])
			got = got[strings.Index(got, "From: Ann"):]
			notice := ""
			if i := strings.Index(got, "Content-Type: text/plain; charset=utf-8"); i >= 0 {
				notice = got[i : i+strings.Index(got[i:], lineEnd([]byte(got))+"--b")]
				if !strings.Contains(notice, "a.exe") || !strings.Contains(notice, "nobody needs") || !strings.Contains(notice, o.Report.ID) {
					t.Errorf("the notice does not say what and why:\n%s", notice)
				}
			}
			if want := c.want(notice); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if changed := got != c.raw; changed != (len(o.Groups[0].Cuts) > 0) || changed != (len(o.Report.Removed) > 0) {
				t.Errorf("cuts %v, in the report %v", o.Groups[0].Cuts, o.Report.Removed)
			}
		})
	}
}

func TestAMessageThatIsABadPartBecomesTheNotice(t *testing.T) {
	for _, how := range []scoring.PartsAction{scoring.ReplaceParts, scoring.StripParts} {
		g, _ := partsHouse(how).open(t)
		o := judge(t, g, "From: Ann <ann@example.org>\r\nSubject: Lunch\r\n"+bad+"\r\n", "bob@example.com")
		m := message.New(message.Envelope{}, message.Options{})
		m.Load([]byte(sentOn(o, &o.Groups[0])))
		if m.Root.Type != "text/plain" || m.Root.Encoding != "quoted-printable" || m.Header.Count("Content-Type") != 1 || m.Header.Count("MIME-Version") != 1 {
			t.Errorf("%s: sent on as %s in %s", how, m.Root.Type, m.Root.Encoding)
		}
		if text, err := io.ReadAll(strings.NewReader(m.Root.Text())); err != nil || !strings.Contains(string(text), "Name: a.exe") || bytes.Contains(m.Raw, []byte("TVqQ")) {
			t.Errorf("%s: a reader sees\n%s", how, m.Raw)
		}
	}
}

func TestABadPartThatNobodyCanPlaceKeepsTheMail(t *testing.T) {
	ambiguous := strings.Replace(mail(texts, bad), "Content-Type: multipart/mixed; boundary=\"b\"\r\n", "Content-Type: multipart/mixed; boundary=\"b\"; boundary=\"c\"\r\n", 1)
	for _, c := range []struct {
		name, raw string
		how       scoring.PartsAction
		observe   bool
		want      scoring.Action
	}{
		{"two boundaries", ambiguous + "--c\r\n" + bad + "\r\n--c--\r\n", scoring.ReplaceParts, false, scoring.Quarantine},
		{"two boundaries, and parts stay", ambiguous + "--c\r\n" + bad + "\r\n--c--\r\n", scoring.KeepParts, false, scoring.Accept},
		{"observe mode", mail(texts, bad), scoring.ReplaceParts, true, scoring.Accept},
	} {
		h := partsHouse(c.how)
		h.def.Observe = c.observe
		g, _ := h.open(t)
		o := judge(t, g, c.raw, "bob@example.com")
		if d := o.Groups[0].Decision; d.Action != c.want || len(o.Groups[0].Cuts) > 0 {
			t.Errorf("%s: %s (%s), cuts %v", c.name, d.Action, d.Why, o.Groups[0].Cuts)
		}
	}
}

func TestHostileNamesDoNotWriteIntoTheNotice(t *testing.T) {
	hostile := strings.Replace(bad, "a.exe", "=?utf-8?q?a=0D=0A--b=0D=0AX:_y=E2=80=AEexe.pdf?=", 1)
	g, _ := partsHouse(scoring.ReplaceParts).open(t)
	o := judge(t, g, mail(texts, hostile), "bob@example.com")
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(sentOn(o, &o.Groups[0])))
	if n := len(m.Root.Children); n != 2 {
		t.Errorf("%d parts", n)
	}
	if text := m.Root.Children[1].Text(); strings.Contains(text, "\u202e") || strings.Count(text, "\n") > 6 {
		t.Errorf("a reader sees %q", text)
	}
}

func TestRecipientsWhosePoliciesTreatPartsDifferentlyGetDifferentCopies(t *testing.T) {
	h := partsHouse(scoring.ReplaceParts)
	h.rules = []PolicyRule{{&scoring.Policy{Name: "lab", Thresholds: h.def.Thresholds}, []string{"@lab.example"}}}
	g, _ := h.open(t)
	o := judge(t, g, mail(texts, bad), "bob@example.com", "eve@lab.example")
	if len(o.Groups) != 2 || len(o.Groups[0].Cuts) != 1 || len(o.Groups[1].Cuts) != 0 || len(o.Report.Recipients) != 2 {
		t.Fatalf("groups: %+v", o.Groups)
	}
	if !strings.Contains(sentOn(o, &o.Groups[1]), "TVqQ") || strings.Contains(sentOn(o, &o.Groups[0]), "TVqQ") {
		t.Error("the copies are swapped")
	}
	o.Uncut()
	if o.Groups[0].Decision.Action != scoring.Quarantine || len(o.Groups[0].Cuts) != 0 || o.Groups[1].Decision.Action != scoring.Accept {
		t.Errorf("where a door can't cut: %+v", o.Groups)
	}
}

// TestManyBadPartsAreCutInLinearTime: a mail of only forbidden parts, at the parser's limit.
func TestManyBadPartsAreCutInLinearTime(t *testing.T) {
	var list []string
	for i := range 900 {
		list = append(list, strings.Replace(bad, "a.exe", fmt.Sprint(i, ".exe"), 1))
	}
	g, _ := partsHouse(scoring.StripParts).open(t)
	o := judge(t, g, mail(append(list, texts)...), "bob@example.com")
	if got := sentOn(o, &o.Groups[0]); !strings.HasSuffix(got, mail(texts)[strings.Index(mail(texts), "preamble"):]) {
		t.Errorf("left:\n%.2000s", got)
	}
}

func TestANameInANoticeIsNoLink(t *testing.T) {
	named := "Content-Type: application/x-bad; name=\"see http://evil.example/x or www.evil.example, joe@evil.example \u202e.exe\"\r\n\r\nTVqQ"
	g, _ := partsHouse(scoring.ReplaceParts).open(t)
	o := judge(t, g, mail(texts, named), "bob@example.com")
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(sentOn(o, &o.Groups[0])))
	text := m.Text()
	if !strings.Contains(text, "Name: see http___evil.example_x or www_evil.example, joe_evil.example \ufffd.exe") {
		t.Errorf("the notice says\n%s", text)
	}
}
