package date

import (
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in, want string // RFC 3339
		problems Problem
	}{
		{"Mon, 22 Jul 2002 18:34:47 +0100", "2002-07-22T17:34:47Z", 0},
		{"Mon, 22 Jul 2002 18:34:47 +0100 (IST)", "2002-07-22T17:34:47Z", 0},
		{"22 Jul 2002 18:34 -0000", "2002-07-22T18:34:00Z", 0},
		{"Mon, 22 Jul 2002 18:34:47 GMT", "2002-07-22T18:34:47Z", 0},
		{"Mon, 22 Jul 2002 18:34:47 PDT", "2002-07-23T01:34:47Z", 0},
		{"Tue, 22 Jul 2002 18:34:47 +0000", "2002-07-22T18:34:47Z", Weekday},
		{"Mon, 22 Jul 02 18:34:47 +0000", "2002-07-22T18:34:47Z", Form},
		{"Mon, 22 Jul 102 18:34:47 +0000", "2002-07-22T18:34:47Z", Form},
		{"Mon, 22 Jul 2002 18:34:47", "2002-07-22T18:34:47Z", NoZone},
		{"Mon, 22 Jul 2002 18:34:47 XYZ", "2002-07-22T18:34:47Z", NoZone},
		{"Mon, 22 Jul 2002 18:34:47 +9900", "2002-07-22T18:34:47Z", Range},
		{"Mon, 31 Feb 2002 18:34:47 +0000", "2002-03-03T18:34:47Z", Range | Weekday},
		{"Jul, 17 2002 10:47:04 AM -0100", "2002-07-17T11:47:04Z", Form},
		{"Jul, 17 2002 12:47:04 AM -0100", "2002-07-17T01:47:04Z", Form},
		{"Mon Jul 22 18:34:47 2002", "2002-07-22T18:34:47Z", NoZone},
		{"2002-07-22 18:34:47.512 +0000 UTC", "2002-07-22T18:34:47Z", Form},
		{"2002-07-22T18:34:47Z", "2002-07-22T18:34:47Z", Form},
		{"Fri, 1 Jan 2100 00:00:00 +0000", "2100-01-01T00:00:00Z", 0},
		{"32 Jul 2002 18:34:47 +0000", "", Range | Unreadable},
		{"22 Jul 2002 25:00:00 +0000", "", Range | Unreadable},
		{"07 Aug 0102 23:10:43 +0300", "", Range | Unreadable},
		{"29/08/2002 09:00:13", "", Form | Unreadable},
		{"soon", "", Form | Unreadable}, {"", "", Unreadable}, {"(", "", Unreadable}, {"99999999999999999999:00", "", Unreadable},
	} {
		got, problems := Parse(c.in)
		var want time.Time
		if c.want != "" {
			want, _ = time.Parse(time.RFC3339, c.want)
		}
		if !got.Equal(want) || problems != c.problems {
			t.Errorf("%q: got %v problems %b, want %v %b", c.in, got, problems, want, c.problems)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Mon, 22 Jul 2002 18:34:47 +0100 (IST)")
	f.Add("2002-07-22T18:34:47.1Z")
	f.Fuzz(func(t *testing.T, s string) {
		got, problems := Parse(s)
		if got.IsZero() != (problems&Unreadable != 0) && got.Year() != 1 {
			t.Errorf("%q: %v, problems %b", s, got, problems)
		}
		if !got.IsZero() { // what was read can be written and read again
			again, p := Parse(got.Format(time.RFC1123Z))
			if !again.Equal(got) || p != 0 {
				t.Errorf("%q: %v became %v, problems %b", s, got, again, p)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse("Mon, 22 Jul 2002 18:34:47 +0100 (IST)")
	}
}
