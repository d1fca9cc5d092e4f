package rtf

import "testing"

func FuzzScan(f *testing.F) {
	f.Add([]byte(`{\rtf1{\object\objupdate{\*\objdata 01050000020000000b0000004571756174696f6e2e3300}}{\*\template http://x}}`))
	f.Add([]byte(`{\rt{\objdata 0105000002000000080000005061636b616765000000000000000000ff000000`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := Scan(b); len(r.Data) > maxObjects {
			t.Errorf("%d objects", len(r.Data))
		}
	})
}
