package setting

import (
	"testing"
	"time"
)

func TestDurationsReadAndWriteTheSame(t *testing.T) {
	for text, want := range map[string]time.Duration{"5s": 5 * time.Second, "10m": 10 * time.Minute, "1h30m": 90 * time.Minute, "2h": 2 * time.Hour} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.D() != want {
			t.Errorf("%q: got %v, %v", text, d.D(), err)
		}
		if out, _ := d.MarshalText(); string(out) != text {
			t.Errorf("%q is written %q", text, out)
		}
	}
	var d Duration
	if err := d.UnmarshalText([]byte("2d")); err != nil || d.D() != 48*time.Hour {
		t.Errorf("2d: got %v, %v", d.D(), err)
	}
	for _, bad := range []string{"", "5", "-1s", "soon", "d"} {
		if err := d.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was taken as %v", bad, d.D())
		}
	}
}

func TestSizesReadAndWriteTheSame(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "64kB": 64 << 10, "50MB": 50 << 20, "1GB": 1 << 30, "513B": 513} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q: got %d, %v", text, s, err)
		}
		if out, _ := s.MarshalText(); string(out) != text {
			t.Errorf("%q is written %q", text, out)
		}
	}
	var s Size
	for _, bad := range []string{"", "-1", "5 apples", "99999999999GB"} {
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was taken as %d", bad, s)
		}
	}
}
