package header

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/message/anomaly"
)

// fields writes a parsed header as "Name: value" lines; lines that are no fields as "| line".
func fields(h Header) []string {
	var out []string
	for i := range h.Fields {
		f := &h.Fields[i]
		if f.Colon < 0 {
			out = append(out, "| "+f.Value())
			continue
		}
		out = append(out, f.Name+": "+f.Value())
	}
	return out
}

func TestParseGivesOneCanonicalView(t *testing.T) {
	for _, c := range []struct {
		name, raw string
		want      []string
		body      string
		kind      anomaly.Kind
	}{
		{"proper", "From: a\r\nTo: b\r\n\r\nbody", []string{"From: a", "To: b"}, "body", 0},
		{"folded", "Subject: a\r\n b\r\n\tc\r\n\r\nbody", []string{"Subject: a b\tc"}, "body", 0},
		{"no body", "From: a\r\n", []string{"From: a"}, "", 0},
		{"no header", "\r\nbody", nil, "body", 0},
		{"nothing", "", nil, "", 0},
		{"empty value", "From:\r\nTo:   \r\n\r\n", []string{"From: ", "To: "}, "", 0},
		{"D07_space_before_the_colon", "From : a\r\nFrom\t: b\r\n\r\nx", []string{"From: a", "From: b"}, "x", anomaly.HeaderSpaceColon},
		{"D07_first_line_begins_with_space", " From: a\r\nFrom: b\r\n\r\nx", []string{"From: a", "From: b"}, "x", anomaly.HeaderLeadingSpace},
		{"D07_first_line_begins_with_tab_after_mbox_line", "From x Mon\n\tFrom: a\nFrom: b\n\nx", []string{"| From x Mon", "From: a", "From: b"}, "x", anomaly.HeaderLeadingSpace},
		{"D07_nul_behind_a_name", "From\x00: a\r\nFrom: b\r\n\r\nx", []string{"From: a", "From: b"}, "x", anomaly.HeaderNameControl},
		{"D07_nul_within_a_name", "Fr\x00om: a\r\n\r\nx", []string{"From: a"}, "x", anomaly.HeaderNameControl},
		{"D07_8bit_name", "Fr\xf6m: a\r\nFrom: b\r\n\r\nx", []string{"Fr\xf6m: a", "From: b"}, "x", anomaly.HeaderNameEightBit},
		{"D07_nul_in_a_value", "From: a\x00b\r\n\r\nx", []string{"From: a\x00b"}, "x", anomaly.HeaderNUL},
		{"D07_bare_lf", "From: a\nTo: b\n\nx", []string{"From: a", "To: b"}, "x", 0},
		{"D07_bare_lf_among_crlf", "From: a\r\nTo: b\nCc: c\r\n\r\nx", []string{"From: a", "To: b", "Cc: c"}, "x", anomaly.HeaderMixedEnds},
		{"D07_bare_lf_empty_line", "From: a\r\n\nTo: b\r\n\r\nx", []string{"From: a"}, "To: b\r\n\r\nx", 0},
		{"D07_bare_cr_is_no_line_end", "Subject: a\rBcc: b\r\n\r\nx", []string{"Subject: a Bcc: b"}, "x", anomaly.HeaderBareCR},
		{"D07_line_without_colon", "From: a\r\nnonsense\r\nTo: b\r\n\r\nx", []string{"From: a", "| nonsense", "To: b"}, "x", anomaly.HeaderNoColon},
		{"D07_several_lines_without_colon_are_one", "no0\r\nFrom: a\r\nno1\r\nno2\r\nTo: b\r\n\r\nx", []string{"| no0", "From: a", "| no1 no2", "To: b"}, "x", anomaly.HeaderNoColon},
		{"D07_fold_of_a_line_without_colon", "From: a\r\nnonsense\r\n more\r\nTo: b\r\n\r\nx", []string{"From: a", "| nonsense more", "To: b"}, "x", anomaly.HeaderNoColon},
		{"D07_text_without_empty_line", "From: a\r\nHello there,\r\nhow are you?\r\n\r\nx", []string{"From: a"}, "Hello there,\r\nhow are you?\r\n\r\nx", anomaly.HeaderNoEnd},
		{"D07_white_space_line", "From: a\r\n \r\nTo: b\r\n\r\nx", []string{"From: a", "To: b"}, "x", anomaly.HeaderBlankFold},
		{"D07_name_with_a_space_is_none", "From: a\r\nX Y: z\r\nTo: b\r\n\r\nx", []string{"From: a", "| X Y: z", "To: b"}, "x", anomaly.HeaderNoColon},
		{"D07_colon_first", "From: a\r\n: b\r\nTo: b\r\n\r\nx", []string{"From: a", "| : b", "To: b"}, "x", anomaly.HeaderNoColon},
		{"mbox line", "From x@y Mon Jan  1 00:00:00 2020\nFrom: a\n\nx", []string{"| From x@y Mon Jan  1 00:00:00 2020", "From: a"}, "x", anomaly.HeaderMboxFrom},
		{"quoted mbox line", ">From x@y Mon\nFrom: a\n\nx", []string{"| >From x@y Mon", "From: a"}, "x", anomaly.HeaderMboxFrom},
	} {
		t.Run(c.name, func(t *testing.T) {
			var notes anomaly.Set
			h, body := Parse([]byte(c.raw), 0, &notes)
			if diff := cmp.Diff(c.want, fields(h)); diff != "" {
				t.Errorf("fields -want +got\n%s", diff)
			}
			if got := c.raw[body:]; got != c.body {
				t.Errorf("body %q, want %q", got, c.body)
			}
			if c.kind != 0 && !notes.Has(c.kind) || c.kind == 0 && len(notes.All()) > 0 {
				t.Errorf("noted %v, want %v", notes.All(), c.kind)
			}
			checkWhole(t, c.raw, h, body)
		})
	}
}

// checkWhole checks that the fields' raw bytes are the header, with nothing lost or twice.
func checkWhole(t *testing.T, raw string, h Header, body int) {
	t.Helper()
	at := 0
	for i := range h.Fields {
		f := &h.Fields[i]
		if !strings.HasPrefix(raw[at:], string(f.Raw)) {
			t.Fatalf("field %d is %q, at that place is %q", i, f.Raw, raw[at:min(len(raw), at+40)])
		}
		at += len(f.Raw)
		if f.Colon >= 0 && f.Raw[f.Colon] != ':' {
			t.Errorf("field %d: no colon at %d in %q", i, f.Colon, f.Raw)
		}
	}
	if rest := raw[at:body]; strings.Trim(rest, "\r\n") != "" {
		t.Errorf("between header and body: %q", rest)
	}
}

func TestOtherTellsWhereElseTheBodyMayBegin(t *testing.T) {
	for name, c := range map[string]struct{ raw, rest string }{
		"nobody doubts":         {"From: a\n\nx", ""},
		"behind a white line":   {"From: a\n \nTo: b\n\nx", "To: b\n\nx"},
		"at a line of no field": {"From: a\nno\nTo: b\n\nx", "no\nTo: b\n\nx"},
		"the first of several":  {"From: a\nno\nTo: b\n \nCc: c\n\nx", "no\nTo: b\n \nCc: c\n\nx"},
		"the body begins there": {"From: a\nno\n\nx", ""},
	} {
		_, _, other := ParseAll([]byte(c.raw), 0, nil)
		if got := c.raw[max(other, 0):]; (other >= 0) != (c.rest != "") || other >= 0 && got != c.rest {
			t.Errorf("%s: %d, %q", name, other, got)
		}
	}
}

func TestALongHeaderIsCutAndTold(t *testing.T) {
	raw := "A: 1\nB: 2\nC: 3\n\nbody"
	var notes anomaly.Set
	h, body := Parse([]byte(raw), 10, &notes)
	if got := strings.Join(fields(h), ","); got != "A: 1,B: 2" || raw[body:] != "body" || !notes.Has(anomaly.HeaderTooLong) {
		t.Errorf("%s | %s | %v", got, raw[body:], notes.All())
	}
}

func TestGetAllAndCountIgnoreCase(t *testing.T) {
	h, _ := Parse([]byte("Received: 1\nFROM: a\nreceived: 2\nX: y\nRECEIVED: 3\n\n"), 0, nil)
	var got []string
	for i, f := range h.All("Received") {
		got = append(got, fmt.Sprintf("%d %s", i, f.Value()))
	}
	if !slices.Equal(got, []string{"0 1", "2 2", "4 3"}) || h.Count("received") != 3 || h.Value("from") != "a" || h.Get("nope") != nil {
		t.Errorf("%v %d %q", got, h.Count("received"), h.Value("from"))
	}
}

func TestLinesOfAnOldMacintoshAreTurned(t *testing.T) {
	var notes anomaly.Set
	if got := string(Lines([]byte("A: b\r\rx\r"), &notes)); got != "A: b\n\nx\n" || !notes.Has(anomaly.HeaderMacEnds) {
		t.Errorf("%q %v", got, notes.All())
	}
	raw := []byte("A: b\r\n\r\nx\r")
	if got := Lines(raw, nil); &got[0] != &raw[0] {
		t.Error("a message with LF was copied")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"From: a\r\n b\r\n\r\nx", "From x\n\ta: b\n\n", " \n\n", "a\nb:c\n \nd:e\n\n", "\x00:\xff\r\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		h, body, other := ParseAll([]byte(raw), 0, new(anomaly.Set))
		if body < 0 || body > len(raw) || other > len(raw) {
			t.Fatalf("body %d, other %d of %d", body, other, len(raw))
		}
		checkWhole(t, raw, h, body)
		for i := range h.Fields {
			if v := h.Fields[i].Text(); strings.ContainsAny(v, "\r\n\x00") {
				t.Errorf("line end in %q", v)
			}
		}
	})
}
