package pdf

import (
	"fmt"
	"testing"
)

func FuzzScan(f *testing.F) {
	f.Add([]byte("%PDF-1.5\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\nx\x9c\x03\x00\x00\x00\x00\x01\nendstream\n/J#53(a\\(\\101)<</URI<feff0041>>>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := Scan(b)
		if len(r.Links) > maxLinks || len(r.Files) > maxFiles || len(r.Names) > maxNames {
			t.Errorf("%d links, %d files, %d names", len(r.Links), len(r.Files), len(r.Names))
		}
	})
}

func TestStringsAreDecoded(t *testing.T) {
	for in, want := range map[string]string{
		`/URI(http://a/\(b\))`: "http://a/(b)", `/URI(http://a/(b))`: "http://a/(b)", `/URI(\150ttp://a)`: "http://a", "/URI(http://\\\na)": "http://a",
		`/URI<68747470 3a2f2f61>`: "http://a", `/URI <FEFF00680074>`: "ht", `/#55RI(x)`: "x",
	} {
		t.Run(in, func(t *testing.T) {
			if r := Scan([]byte("%PDF-1.4\n" + in)); fmt.Sprint(r.Links) != "["+want+"]" {
				t.Errorf("links %q, want %q", r.Links, want)
			}
		})
	}
}
