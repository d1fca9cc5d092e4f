package office

import (
	"bytes"
	"strings"
	"testing"
)

// TestDecompress: the examples of MS-OVBA section 3.2, and what is malformed.
func TestDecompress(t *testing.T) {
	for _, c := range []struct {
		name, packed, want string
		whole              bool
	}{
		{"no compression", "\x01\x19\xb0\x00abcdefgh\x00ijklmnop\x00qrstuv.", "abcdefghijklmnopqrstuv.", true},
		{"normal compression", "\x01\x2f\xb0\x00#aaabcde\x82\x66\x00\x70\x61\x67\x68\x69\x6a\x01\x38\x08\x61\x6b\x6c\x00\x30\x6d\x6e\x6f\x70\x06\x71\x02\x70\x04\x10\x72\x73\x74\x75\x76\x10\x77\x78\x79\x7a\x00\x3c",
			"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa", true},
		{"maximum compression", "\x01\x03\xb0\x02a\x45\x00", strings.Repeat("a", 73), true},
		{"nothing", "", "", false},
		{"D18_another_signature", "\x02\x03\xb0\x02a\x45\x00", "", false},
		{"D18_a_reference_before_the_beginning", "\x01\x02\xb0\x01\x00\xf0", "", false},
		{"D18_a_chunk_that_is_cut_off", "\x01\x19\xb0\x00abc", "abc", false},
		{"D18_a_chunk_that_grows_too_large", "\x01\x05\xb0\x06a\xff\x0f\xff\x0f", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, whole := Decompress([]byte(c.packed))
			if whole != c.whole || c.whole && string(got) != c.want || len(got) > 4096 || !strings.HasPrefix(string(got), c.want) {
				t.Errorf("%q, whole %v", got, whole)
			}
		})
	}
}

func FuzzDecompress(f *testing.F) {
	f.Add([]byte("\x01\x03\xb0\x02a\x45\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if out, _ := Decompress(b); len(out) > maxSource+4096 {
			t.Errorf("%d bytes", len(out))
		}
	})
}

func FuzzOLE(f *testing.F) {
	f.Add([]byte(Magic))
	head := append([]byte(Magic), make([]byte, 2048)...)
	head[26], head[28], head[29], head[30], head[32] = 3, 0xfe, 0xff, 9, 6
	f.Add(head)
	f.Fuzz(func(t *testing.T, b []byte) { OLE(b) })
}

func FuzzPart(f *testing.F) {
	f.Add("word/document.xml", []byte(`<w:instrText>DDE x</w:instrText>`))
	f.Add("a.rels", []byte(`<Relationship TargetMode="External" Target='http://x'/>`))
	f.Add("xl/externalLinks/a.xml", []byte(`<ddeLink ddeService="x"/>`))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		var r Report
		r.Part(name, b)
		Wants(name)
	})
}

func FuzzWorkbook(f *testing.F) {
	f.Add([]byte{0x85, 0, 2, 0, 1, 2, 0x2f, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		o := oleFile{Report: &Report{}, size: len(b), left: len(b)}
		o.workbook(bytes.Clone(b))
		o.word(b)
		o.native(b)
		modules(b)
	})
}
