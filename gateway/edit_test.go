package gateway

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"weir/filters"
	"weir/scoring"
)

// content is what a group's copy looks like.
func content(out *Outcome, i int) string {
	return string(bytes.Join(out.Chunks(&out.Groups[i]), nil))
}

// unedited removes the lines that the gateway added.
func unedited(s string) string {
	for _, name := range []string{ResultsName, DefaultHeaders.ID, DefaultHeaders.Flag, DefaultHeaders.Score, DefaultHeaders.Status} {
		lines := strings.SplitAfter(s, "\n")
		for i := 0; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
			if !strings.HasPrefix(lines[i], name+":") {
				continue
			}
			end := i + 1
			for end < len(lines) && strings.HasPrefix(lines[end], "\t") {
				end++
			}
			lines = append(lines[:i:i], lines[end:]...)
			break
		}
		s = strings.Join(lines, "")
	}
	return s
}

func TestForgedFieldsAreRemoved(t *testing.T) {
	for _, c := range []struct{ name, field string }{
		{"E15_authentication_results_of_ours", "Authentication-Results: mx.weir.example; dmarc=pass\r\n"},
		{"E15_folded", "Authentication-Results:\r\n\tmx.weir.example;\r\n\tdmarc=pass\r\n"},
		{"E15_other_case", "aUTHENTICATION-rESULTS: MX.Weir.Example 1; dmarc=pass\r\n"},
		{"E15_behind_a_comment", "Authentication-Results: (a (nested\\) one)) mx.weir.example; dmarc=pass\r\n"},
		{"E15_quoted", "Authentication-Results: \"mx.weir.example\"; dmarc=pass\r\n"},
		{"E15_quoted_with_backslashes", "Authentication-Results: \"mx\\.weir.e\\xample\" 1; dmarc=pass\r\n"},
		{"E15_ended_by_a_control_character", "Authentication-Results: \vmx.weir.example\v; dmarc=pass\r\n"},
		{"E15_ended_by_a_slash", "Authentication-Results: mx.weir.example./1; dmarc=pass\r\n"},
		{"E15_with_a_dot_at_the_end", "Authentication-Results: mx.weir.example.; dmarc=pass\r\n"},
		{"E16_received_spf", "Received-SPF: pass\r\n"},
		{"E16_spam_status", "X-Spam-Status: No, score=-100\r\n"},
		{"E16_virus_scanned", "X-Virus-Scanned: clean\r\n\tand folded\r\n"},
		{"E16_our_own_id", "X-Weir-ID: abc\r\n"},
		{"E16_space_before_the_colon", "X-Spam-Flag : NO\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, raw := range []string{c.field + plain, strings.Replace(plain, "To:", c.field+"To:", 1), strings.Replace(plain, "\r\n\r\n", "\r\n"+c.field+"\r\n", 1)} {
				g, _ := newHouse().open(t)
				if got := unedited(content(judge(t, g, raw, "bob@example.com"), 0)); got != plain {
					t.Errorf("got %q, want %q", got, plain)
				}
			}
		})
	}
}

func TestFieldsOfOthersStay(t *testing.T) {
	for _, field := range []string{
		"Authentication-Results: mx.other.example; dmarc=pass\r\n",
		"Authentication-Results: (mx.weir.example) mx.other.example; dmarc=pass\r\n",
		"Authentication-Results: \"mx.weir.example of another\"; dmarc=pass\r\n",
		"Authentication-Results: mx.weir.example.net; dmarc=pass\r\n",
		"Authentication-Results: \"\r\n", "Authentication-Results: ;\r\n", "Authentication-Results: \"mx.weir\\\r\n",
		"Authentication-Results: sub.mx.weir.example; dmarc=pass\r\n",
		"X-Spammer: no\r\n", "Received: from a by b\r\n",
	} {
		g, _ := newHouse().open(t)
		if got := unedited(content(judge(t, g, field+plain, "bob@example.com"), 0)); got != field+plain {
			t.Errorf("%q: got %q", field, got)
		}
	}
}

func TestOneSpaceFollowsTheSubjectPrefixHoweverItIsWritten(t *testing.T) {
	for _, prefix := range []string{"[SPAM]", "[SPAM] ", "[SPAM]  "} {
		h := newHouse()
		h.settings.Headers.SubjectPrefix = prefix
		h.add(filters.Spec{Name: "rule", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 6})
		g, _ := h.open(t)
		if got := content(judge(t, g, plain, "bob@example.com"), 0); !strings.Contains(got, "\r\nSubject: [SPAM] Lunch\r\n") {
			t.Errorf("%q gives\n%s", prefix, got)
		}
	}
}

// TestNobodyContinuesOurFields: what we add stays as we wrote it, and the message as it came.
func TestNobodyContinuesOurFields(t *testing.T) {
	for name, c := range map[string]struct {
		raw   string
		fence bool
	}{
		"D07_a_field_behind_a_space":   {" Subject: x\r\n\r\nbody", true},
		"D07_a_field_behind_a_tab":     {"\tNO\r\nFrom: a@b\r\n\r\nbody", true},
		"D07_no_header_at_all":         {" just text\r\nand more", true},
		"D07_a_line_of_blanks":         {" \r\nFrom: a@b\r\n\r\nbody", true},
		"D07_a_forged_field_goes_away": {"\tX-Spam-Flag: NO\r\nFrom: a@b\r\n\r\nbody", false},
		"D07_a_proper_header":          {"From: a@b\r\n folded\r\n\r\n body", false},
		"D07_an_empty_message":         {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			h.settings.Headers = HeaderNames{Flag: "X-Spam-Flag"}
			h.add(filters.Spec{Name: "rule", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 6})
			g, _ := h.open(t)
			got := content(judge(t, g, c.raw, "bob@example.com"), 0)
			ours, rest, _ := strings.Cut(got, "X-Spam-Flag: YES\r\n")
			if fenced := strings.HasPrefix(rest, FenceName+": "); ours != "" || fenced != c.fence || !fenced && strings.HasPrefix(rest, "\t") {
				t.Errorf("got %q", got)
			}
			if c.fence && !strings.HasSuffix(rest, "\r\n"+c.raw) {
				t.Errorf("the message was changed: %q", got)
			}
		})
	}
}

func TestTaggedMailIsMarked(t *testing.T) {
	h := newHouse()
	h.settings.Headers.SubjectPrefix = "[SPAM]"
	h.add(filters.Spec{Name: "rule", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 6})
	g, _ := h.open(t)
	got := content(judge(t, g, plain, "bob@example.com"), 0)
	for _, want := range []string{"X-Spam-Flag: YES\r\n", "X-Spam-Score: 6.0\r\n", "X-Spam-Status: Yes, score=6.0 required=5.0 tests=RULE=6\r\n", "\r\nSubject: [SPAM] Lunch\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Count(got, "Subject:") != 1 {
		t.Errorf("two subjects in\n%s", got)
	}
}

func TestObserveModeOnlySaysSo(t *testing.T) {
	h := newHouse()
	h.def.Observe = true
	h.add(filters.Spec{Name: "rule", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 20})
	g, _ := h.open(t)
	out := judge(t, g, plain, "bob@example.com")
	got := content(out, 0)
	if !strings.Contains(got, "would=reject") || strings.Contains(got, "X-Spam-Flag") || unedited(got) != plain {
		t.Errorf("got\n%s", got)
	}
	if out.Report.Action != scoring.Accept || out.Report.Would == nil || *out.Report.Would != scoring.Reject {
		t.Errorf("report: %s, would %v", out.Report.Action, out.Report.Would)
	}
}

// TestEverythingElseStays is invariant I4 as a property: whatever comes in, what goes out without our edits is it.
func TestEverythingElseStays(t *testing.T) {
	g, _ := newHouse().open(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"A: b\r\n", "Subject: x\r\n", " folded\r\n", "no colon\r\n", "\r\n", "text\r\n", ": empty name\r\n", "X\x00Y: z\r\n", "\xff: 8\r\n",
		"From me Mon\r\n", "a", "B :c\r\n", "--b\r\n", "Content-Type: multipart/mixed; boundary=b\r\n"}
	for range 2000 {
		var b strings.Builder
		for range rnd.IntN(12) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		raw := b.String()
		out := judge(t, g, raw)
		if !strings.HasSuffix(content(out, 0), raw) {
			t.Fatalf("in %q\nout %q", raw, content(out, 0))
		}
		var fields []byte
		for _, f := range out.Message.Header.Fields {
			fields = append(fields, f.Raw...)
		}
		if !strings.HasPrefix(raw, string(fields)) { // what removing and changing a field rests on
			t.Fatalf("in %q\nthe fields are %q", raw, fields)
		}
	}
}

func TestAnAddedValueCannotBreakOut(t *testing.T) {
	if got := string(appendField(nil, Edit{Name: "X-Test", Value: "a\r\nBcc: b\n\nbody\rtext"}, "\r\n")); got != "X-Test: a\r\n\tBcc: b\r\n\tbodytext\r\n" {
		t.Errorf("got %q", got)
	}
}
