package filters

import "testing"

func TestWhatOneScannerFoundTheOthersDoNotUndo(t *testing.T) {
	for _, c := range []struct{ a, b, want Scan }{
		{"", ScanOff, ScanOff}, {ScanOff, ScanClean, ScanClean}, {ScanClean, ScanUnscanned, ScanUnscanned},
		{ScanUnscanned, ScanInfected, ScanInfected}, {ScanOff, ScanUnscanned, ScanUnscanned},
	} {
		if got := c.a.With(c.b); got != c.want {
			t.Errorf("%s with %s: %s", c.a, c.b, got)
		}
		if got := c.b.With(c.a); got != c.want {
			t.Errorf("%s with %s: %s", c.b, c.a, got)
		}
	}
}
