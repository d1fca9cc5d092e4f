package clamav

import (
	"testing"

	"weir/filters/scanner"
)

func FuzzReply(f *testing.F) {
	for _, s := range []string{"stream: OK\n", "stream: Eicar FOUND\n", "INSTREAM size limit exceeded. ERROR\n", "stream: x(44d88612fea8a8f36de82e1278abb02f:68) FOUND\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := parse(s)
		if err == nil && v.State == scanner.Clean && s != "stream: OK\n" {
			t.Errorf("%q is clean", s)
		}
		if err == nil && v.State == scanner.Unscanned || err != nil && v.State != scanner.Unscanned {
			t.Errorf("%q: %v, %v", s, v, err)
		}
	})
}

func FuzzVersion(f *testing.F) {
	f.Add(aVersion + "\n")
	f.Add("ClamAV 1.4.6\n")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := condition(s); err == nil && c.Version == "" {
			t.Errorf("%q: no version", s)
		}
		if n := threads(s); n < 0 {
			t.Errorf("%q: %d threads", s, n)
		}
	})
}
