package message

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"weir/message/anomaly"
	"weir/message/part"
)

// nested builds depth levels around an innermost text.
func nested(depth int, level func(i int) (before, after string)) string {
	var head, tail strings.Builder
	after := make([]string, depth)
	for i := range depth {
		var before string
		before, after[i] = level(i)
		head.WriteString(before)
	}
	for i := depth - 1; i >= 0; i-- {
		tail.WriteString(after[i])
	}
	return head.String() + "\ninnermost\n" + tail.String()
}

func multipartLevel(i int) (string, string) {
	return fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%05d\n\n--b%05d\n", i, i), fmt.Sprintf("\n--b%05d--\n", i)
}

// huge are messages made to cost more than they weigh. Each must end soon, within memory in proportion, and say what
// was not read.
var huge = []struct {
	name  string
	raw   func() string
	want  anomaly.Kind
	parts int // at most
}{
	{"D08_nested_messages_10k", func() string {
		return strings.Repeat("Content-Type: message/rfc822\n\n", 10_000) + "x"
	}, anomaly.DepthLimit, 60},
	{"D08_nested_multiparts_10k", func() string { return nested(10_000, multipartLevel) }, anomaly.DepthLimit, 60},
	{"D08_nested_multiparts_10k_never_closed", func() string {
		return nested(10_000, func(i int) (string, string) { b, _ := multipartLevel(i); return b, "" })
	}, anomaly.DepthLimit, 60},
	{"D08_nested_multiparts_each_ambiguous", func() string {
		return nested(1000, func(i int) (string, string) {
			return fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d; boundary=c%d\n\n--c%d\n--b%d\n", i, i, i, i), fmt.Sprintf("\n--b%d--\n--c%d--\n", i, i)
		})
	}, anomaly.DepthLimit, 1000},
	{"D08_nested_digests", func() string { return strings.Repeat("Content-Type: multipart/digest; boundary=a\n\n--a\n\n", 10_000) }, 0, 1000},
	{"D10_100k_header_fields", func() string { return strings.Repeat("A: b\n", 100_000) + "\nx" }, 0, 1},
	{"D10_header_of_10_MB", func() string { return "Subject: " + strings.Repeat("x", 10<<20) + "\n\nx" }, anomaly.HeaderTooLong, 1},
	{"D10_header_of_10_MB_in_folds", func() string { return "Subject: x\n" + strings.Repeat(" x\n", 3<<20) + "\nx" }, anomaly.HeaderTooLong, 1},
	{"D10_a_million_lines_of_no_field", func() string { return strings.Repeat("x\n", 1_000_000) }, anomaly.HeaderNoEnd, 2},
	{"D10_a_million_lines_of_no_field_then_one", func() string { return "A: b\n" + strings.Repeat("x\n", 400_000) + "B: c\n\nx" }, anomaly.HeaderNoColon, 3},
	{"D10_a_million_empty_parts", func() string {
		return "Content-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat("--a\n\n", 1_000_000)
	}, anomaly.PartsLimit, 1000},
	{"D10_a_million_delimiter_like_lines", func() string {
		return "Content-Type: multipart/mixed; boundary=a\n\n--a\n\n" + strings.Repeat("--ab\n", 1_000_000)
	}, anomaly.BoundaryPrefix, 1000},
	{"D10_a_million_parameters", func() string { return "Content-Type: text/plain" + strings.Repeat("; a=b", 180_000) + "\n\nx" }, anomaly.ParamMany, 1},
	{"D10_nested_comments", func() string { return "Content-Type: text/plain; " + strings.Repeat("(", 1_000_000) + "\n\nx" }, anomaly.ParamOdd, 1},
	{"D10_1000_content_types", func() string {
		var b strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n", i)
		}
		return b.String() + "\n" + strings.Repeat("--b1\n\nx\n--b2\n\ny\n", 10_000)
	}, anomaly.ReadingsLimit, 1000},
	{"D10_readings_of_a_large_body", func() string {
		return "Content-Type: multipart/mixed; boundary=a; boundary=b; boundary=c; boundary=d; boundary=e; boundary=f\n\n" +
			strings.Repeat("--a\n\nx\n--b\n\nx\n--c\n\nx\n--d\n\nx\n--e\n\nx\n--f\n\nx\n", 100_000)
	}, anomaly.PartsLimit, 1000},
	{"D10_uuencode_begins_without_end", func() string { return "\n" + strings.Repeat("begin 644 x\n", 200_000) }, 0, 1000},
	{"D10_yenc_begins_without_end", func() string { return "\n" + strings.Repeat("=ybegin name=x\n", 200_000) }, anomaly.YEncBroken, 1000},
	{"D10_quoted_printable_of_signs", func() string {
		return "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("=   ", 500_000)
	}, anomaly.QuotedBad, 1},
	{"D10_base64_of_padding", func() string {
		return "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + strings.Repeat("A=!", 500_000)
	}, anomaly.Base64Garbage, 3},
}

func TestHugeMessagesCostNoMoreThanTheyWeigh(t *testing.T) {
	for _, c := range huge {
		t.Run(c.name, func(t *testing.T) {
			raw := []byte(c.raw())
			m := measured(t, raw)
			if _, ok := kinds(m)[c.want]; c.want != 0 && !ok {
				t.Errorf("%v is not noted: %v", c.want, m.Anomalies())
			}
			if len(m.Parts()) > c.parts {
				t.Errorf("%d parts", len(m.Parts()))
			}
		})
	}
}

// measured parses all there is, with a generous guard against hangs and the memory that issue 2 allows.
func measured(t *testing.T, raw []byte) *Message {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	m := work(raw)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if took > 20*time.Second {
		t.Errorf("%d bytes took %v", len(raw), took)
	}
	if used, most := after.TotalAlloc-before.TotalAlloc, uint64(max(2<<20, 30*len(raw))); used > most {
		t.Errorf("%d bytes allocated for %d, %d allowed", used, len(raw), most)
	}
	t.Logf("%d bytes, %v, %.1f × in memory", len(raw), took.Round(time.Millisecond), float64(after.TotalAlloc-before.TotalAlloc)/float64(len(raw)))
	return m
}

// TestTheBudgetOfDecodedBytesEndsVisibly: what is not decoded is told (invariant I3).
func TestTheBudgetOfDecodedBytesEndsVisibly(t *testing.T) {
	one := "--a\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" + b64(strings.Repeat("x", 3000)) + "\n"
	m := New(Envelope{}, Options{Limits: part.Limits{Decoded: 10_000}})
	m.Load([]byte("Content-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat(one, 10) + "--a--\n"))
	if _, ok := kinds(m)[anomaly.BudgetLimit]; !ok {
		t.Errorf("not noted: %v", m.Anomalies())
	}
	whole, cut, sum := 0, 0, 0
	for _, p := range m.Parts()[1:] {
		sum += len(p.Body())
		if p.Unscanned {
			cut++
		} else if len(p.Body()) == 3000 {
			whole++
		}
	}
	if whole != 2 || cut != 8 || sum > 10_000 {
		t.Errorf("%d whole, %d cut, %d bytes", whole, cut, sum)
	}
}

// TestShippedLimits keeps what the documentation says.
func TestShippedLimits(t *testing.T) {
	if want := (part.Limits{Depth: 50, Parts: 1000, HeaderBytes: 1 << 20, Decoded: 128 << 20}); part.DefaultLimits != want {
		t.Errorf("limits are %+v, the documentation says %+v", part.DefaultLimits, want)
	}
}

func FuzzLoad(f *testing.F) {
	for _, c := range ambiguous {
		f.Add([]byte(c.raw))
	}
	f.Add([]byte("Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + b64(string(winmail()))))
	f.Add([]byte(p7m + b64(string(indefinite([]byte(hidden))))))
	f.Add([]byte("\n" + yencode(secret) + binhex("x", secret) + "begin 644 x\n" + uuencode(secret)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		m := work(raw)
		if !bytes.Equal(before, raw) {
			t.Fatal("the message was changed")
		}
		if m.Root == nil || len(m.Parts()) == 0 || len(m.Parts()) > 1000 {
			t.Fatalf("%d parts", len(m.Parts()))
		}
		for _, p := range m.Parts() {
			if p.Depth > 51 || p.Parent != nil && p.Parent.Depth != p.Depth-1 {
				t.Errorf("depth %d", p.Depth)
			}
			for _, c := range p.Children {
				if c.Parent != p {
					t.Error("a child of another parent")
				}
			}
		}
	})
}
