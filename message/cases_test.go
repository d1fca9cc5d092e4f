package message

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"weir/message/anomaly"
)

// secret is what must come to light, however it is wrapped; in messages it stands in base64 only, so that it is found
// only where the part is cut out and decoded as a mail program would.
const secret = "the hidden payload of the test message"

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// hidden is a part that holds the secret.
var hidden = "Content-Type: application/octet-stream; name=x.exe\nContent-Transfer-Encoding: base64\n\n" + b64(secret) + "\n"

// load parses with the shipped limits.
func load(raw string) *Message {
	m := New(Envelope{}, Options{})
	m.Load([]byte(raw))
	return m
}

// finds tells whether any leaf of any reading holds s, decoded.
func finds(m *Message, s string) bool {
	for _, p := range m.Parts() {
		if p.IsLeaf() && (bytes.Contains(p.Body(), []byte(s)) || strings.Contains(p.Visible(), s)) {
			return true
		}
	}
	return false
}

func kinds(m *Message) map[anomaly.Kind]string {
	all := make(map[anomaly.Kind]string)
	for _, n := range m.Anomalies() {
		all[n.Kind] = n.Detail
	}
	return all
}

// ambiguous are messages that programs read differently. In each the secret must be found, and the trick be told.
var ambiguous = []struct {
	name, raw string
	want      anomaly.Kind
}{
	{"D01_two_boundary_parameters", "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n" +
		"--a\n\nharmless\n--b\n" + hidden + "--b--\n--a--\n", anomaly.BoundaryTwice},
	{"D01_two_boundary_parameters_the_other_way", "Content-Type: multipart/mixed; boundary=b; boundary=a\n\n" +
		"--a\n\nharmless\n--b\n" + hidden + "--b--\n--a--\n", anomaly.ParamTwice},
	{"D01_two_content_types_multipart_last", "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n" +
		"--b\n" + hidden + "--b--\n", anomaly.TypeTwice},
	{"D01_two_content_types_multipart_first", "Content-Type: multipart/mixed; boundary=b\nContent-Type: text/plain\n\n" +
		"--b\n" + hidden + "--b--\n", anomaly.TypeTwice},
	{"D01_two_content_types_with_different_boundaries", "Content-Type: multipart/mixed; boundary=a\nContent-Type: multipart/mixed; boundary=b\n\n" +
		"--a\n\nharmless\n--a--\n--b\n" + hidden + "--b--\n", anomaly.TypeTwice},
	{"D01_two_content_types_in_a_part", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n" +
		"--b\n" + hidden + "--b--\n--a--\n", anomaly.TypeTwice},
	{"D02_continued_boundary", "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n" + hidden + "--ab--\n", 0},
	{"D02_percent_encoded_boundary", "Content-Type: multipart/mixed; boundary*=us-ascii''%61b\n\n--ab\n" + hidden + "--ab--\n", 0},
	{"D02_plain_and_continued_boundary", "Content-Type: multipart/mixed; boundary=\"a\"; boundary*0=\"b\"\n\n--b\n" + hidden + "--b--\n", anomaly.ParamTwice},
	{"D02_continued_boundary_with_a_gap", "Content-Type: multipart/mixed; boundary*0=a; boundary*2=b\n\n--ab\n" + hidden + "--ab--\n", anomaly.ParamTwice},
	{"D02_continued_boundary_gap_ends_it", "Content-Type: multipart/mixed; boundary*0=a; boundary*2=b\n\n--a\n" + hidden + "--a--\n", anomaly.ParamTwice},
	{"D02_continued_boundary_out_of_order", "Content-Type: multipart/mixed; boundary*1=b; boundary*0=a\n\n--ab\n" + hidden + "--ab--\n", anomaly.ParamTwice},
	{"D02_continued_boundary_as_it_stands", "Content-Type: multipart/mixed; boundary*1=b; boundary*0=a\n\n--ba\n" + hidden + "--ba--\n", anomaly.ParamTwice},
	{"D02_continued_boundary_given_twice", "Content-Type: multipart/mixed; boundary*0=a; boundary*1=x; boundary*1=y\n\n--ay\n" + hidden + "--ay--\n", anomaly.ParamTwice},
	{"D02_comment_before_the_boundary", "Content-Type: multipart/mixed; (c) boundary=a\n\n--a\n" + hidden + "--a--\n", anomaly.ParamOdd},
	{"D02_comment_behind_the_boundary", "Content-Type: multipart/mixed; boundary=a(c)\n\n--a\n" + hidden + "--a--\n", 0},
	{"D02_comment_that_is_part_of_the_boundary", "Content-Type: multipart/mixed; boundary=a(c)\n\n--a(c)\n" + hidden + "--a(c)--\n", 0},
	{"D02_doubled_semicolons", "Content-Type: multipart/mixed;; x; boundary=a\n\n--a\n" + hidden + "--a--\n", anomaly.ParamOdd},
	{"D02_missing_semicolon", "Content-Type: multipart/mixed boundary=a\n\n--a\n" + hidden + "--a--\n", anomaly.ParamOdd},
	{"D02_open_quote", "Content-Type: multipart/mixed; boundary=\"a\n\n--a\n" + hidden + "--a--\n", anomaly.ParamOdd},
	{"D02_quoted_pair_read_as_itself", "Content-Type: multipart/mixed; boundary=\"a\\b\"\n\n--a\\b\n" + hidden + "--a\\b--\n", anomaly.ParamTwice},
	{"D02_quoted_pair_undone", "Content-Type: multipart/mixed; boundary=\"a\\b\"\n\n--ab\n" + hidden + "--ab--\n", anomaly.ParamTwice},
	{"D02_blank_at_the_end_of_the_boundary", "Content-Type: multipart/mixed; boundary=\"a \"\n\n--a\n" + hidden + "--a--\n", anomaly.ParamTwice},
	{"D02_boundary_in_single_quotes", "Content-Type: multipart/mixed; boundary='a'\n\n--a\n" + hidden + "--a--\n", anomaly.ParamTwice},
	{"D02_nul_in_the_boundary", "Content-Type: multipart/mixed; boundary=\"a\x00b\"\n\n--a\n" + hidden + "--a--\n", anomaly.ParamTwice},
	{"D02_nul_in_the_parameter_name", "Content-Type: multipart/mixed; bound\x00ary=a\n\n--a\n" + hidden + "--a--\n", anomaly.ParamOdd},
	{"D03_two_encodings_base64_last", "Content-Type: text/plain\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n" + b64(secret) + "\n", anomaly.EncodingTwice},
	{"D03_two_encodings_base64_first", "Content-Type: text/plain\nContent-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n\n" + b64(secret) + "\n", anomaly.EncodingTwice},
	{"D03_two_encodings_quoted_last", "Content-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: quoted-printable\n\n" + strings.Replace(secret, "payload", "p=61yload", 1) + "\n", anomaly.EncodingTwice},
	{"D03_two_encodings_in_one_field", "Content-Transfer-Encoding: 8bit base64\n\n" + b64(secret) + "\n", anomaly.EncodingTwice},
	{"D03_two_encodings_with_a_comma", "Content-Transfer-Encoding: binary, BASE64\n\n" + b64(secret) + "\n", anomaly.EncodingTwice},
	{"D03_unknown_encoding", "Content-Type: text/plain\nContent-Transfer-Encoding: base-sixtyfour\n\n" + b64(secret) + "\n", anomaly.EncodingUnknown},
	{"D03_base64_on_a_multipart", "Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64\n\n" + b64("--a\n"+hidden+"--a--\n") + "\n", anomaly.EncodingOnMultipart},
	{"D03_base64_on_a_multipart_that_is_not_encoded", "Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64\n\n--a\n" + hidden + "--a--\n", anomaly.EncodingOnMultipart},
	{"D03_base64_on_a_nested_message", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + b64("Subject: x\n"+hidden) + "\n", 0},
	{"D03_text_labelled_base64", "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n- " + secret + " -\n", anomaly.Base64Garbage},
	{"D06_part_header_line_without_colon", "Content-Type: multipart/mixed; boundary=a\n\n--a\nthis is no field\n" + hidden + "--a--\n", anomaly.HeaderNoColon},
	{"D06_later_part_after_a_broken_one", "Content-Type: multipart/mixed; boundary=a\n\n--a\nno field\n\nx\n--a\n" + hidden + "--a--\n", anomaly.HeaderNoEnd},
	{"D06_missing_final_boundary", "Content-Type: multipart/mixed; boundary=a\n\n--a\n" + hidden, anomaly.NoFinal},
	{"D06_part_after_the_end", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n--a\n" + hidden + "--a--\n", anomaly.AfterEnd},
	{"D06_text_after_the_end", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n" + secret + "\n", anomaly.AfterEnd},
	{"D06_inner_boundary_begins_like_the_outer", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n" + hidden + "--ab--\n--a--\n", anomaly.BoundaryPrefix},
	{"D06_delimiter_with_more_behind_it", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--abc\n" + hidden + "--a--\n", anomaly.BoundaryPrefix},
	{"D06_empty_boundary", "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n" + hidden + "----\n", anomaly.BoundaryEmpty},
	{"D06_no_boundary", "Content-Type: multipart/mixed\n\n--a\n" + hidden + "--a--\n", anomaly.BoundaryMissing},
	{"D06_another_boundary_than_declared", "Content-Type: multipart/mixed; boundary=x\n\n--a\n" + hidden + "--a--\n", anomaly.NoParts},
	{"D06_missing_empty_line_before_a_delimiter", "Content-Type: multipart/mixed; boundary=a\n--a\n" + hidden + "--a--\n", anomaly.HeaderNoColon},
	{"D06_white_space_line_ends_the_header", "Subject: x\n  \nNote: " + secret + "\n\nharmless\n", anomaly.HeaderBlankFold},
	{"D06_much_text_before_the_first_part", "Content-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat("word ", 100) + secret + "\n--a\n\nx\n--a--\n", anomaly.PreambleLong},
}

func TestAmbiguousMessagesAreReadInEveryWay(t *testing.T) {
	for _, c := range ambiguous {
		for _, ends := range []string{"\n", "\r\n"} {
			name := c.name + map[string]string{"\n": "/LF", "\r\n": "/CRLF"}[ends]
			t.Run(name, func(t *testing.T) {
				m := load(strings.ReplaceAll("MIME-Version: 1.0\n"+c.raw, "\n", ends))
				if !finds(m, secret) {
					t.Errorf("the secret is not found: %v\n%s", m.Anomalies(), tree(m))
				}
				if _, ok := kinds(m)[c.want]; c.want != 0 && !ok {
					t.Errorf("%v is not noted: %v", c.want, m.Anomalies())
				}
			})
		}
	}
}

// tree shows the parts for a failed test.
func tree(m *Message) string {
	var b strings.Builder
	for _, p := range m.Parts() {
		b.WriteString(strings.Repeat("  ", p.Depth) + p.Type + " " + p.Encoding + " " + p.Embedded)
		b.WriteString(" reading " + string(rune('0'+p.Reading%10)) + " " + string(p.Raw[:min(len(p.Raw), 30)]) + "\n")
	}
	return b.String()
}

// TestAlternativesAddOnlyWhatDiffers: an honest message has no other readings, and an ambiguity that changes nothing
// adds no parts.
func TestAlternativesAddOnlyWhatDiffers(t *testing.T) {
	for name, raw := range map[string]string{
		"an honest multipart":            "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a\n" + hidden + "--a--\n",
		"the same type twice":            "Content-Type: text/plain\nContent-Type: text/plain\n\nx\n",
		"a second boundary that is idle": "Content-Type: multipart/mixed; boundary=a; boundary=zzz\n\n--a\n\nx\n--a--\n",
	} {
		for _, p := range load(raw).Parts() {
			if p.Reading > 0 {
				t.Errorf("%s: has an alternative part %s %q", name, p.Type, p.Raw)
			}
		}
	}
}

// TestReadingsAreNumberedAndKeptApart: alternative parts do not stand among the canonical children.
func TestReadingsAreNumberedAndKeptApart(t *testing.T) {
	m := load("Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + hidden + "--b--\n")
	if m.Root.Type != "text/plain" || m.Root.Reading != 0 || len(m.Root.Children) != 0 {
		t.Errorf("root is %s with %d children", m.Root.Type, len(m.Root.Children))
	}
	var got []string
	for _, p := range m.Parts() {
		got = append(got, p.Type+map[bool]string{true: "!"}[p.Reading > 0])
	}
	if want := "text/plain multipart/mixed! application/octet-stream!"; strings.Join(got, " ") != want {
		t.Errorf("parts are %v, want %s", got, want)
	}
	if strings.Contains(m.Text(), secret) || !strings.Contains(m.Text(), "--b") {
		t.Errorf("Text is not the canonical text: %q", m.Text())
	}
}
