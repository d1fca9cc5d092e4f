package dnslist

import (
	"net/netip"
	"strings"
	"testing"
)

func TestCodesFitWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		code, answer string
		want         bool
	}{
		{"127.0.0.2 SPAM 3", "127.0.0.2", true},
		{"127.0.0.2 SPAM 3", "127.0.0.3", false},
		{"127.0.0.4-7 XBL 4", "127.0.0.4", true},
		{"127.0.0.4-7 XBL 4", "127.0.0.7", true},
		{"127.0.0.4-7 XBL 4", "127.0.0.8", false},
		{"127.0.*.3 HIGH -2", "127.0.15.3", true},
		{"127.0.*.3 HIGH -2", "127.1.15.3", false},
		{"127.0.0.&8 PHISH 3", "127.0.0.72", true},
		{"127.0.0.&8 PHISH 3", "127.0.0.64", false},
		{"127.0.0.&8 PHISH 3", "127.0.0.255", false},
		{"127.0.0.&6 TWO 3", "127.0.0.2", true},
	} {
		t.Run(c.code+" and "+c.answer, func(t *testing.T) {
			code := mustCode(c.code)
			if got := code.Fits(netip.MustParseAddr(c.answer).As4()); got != c.want {
				t.Errorf("fits: %v", got)
			}
			if text, _ := code.MarshalText(); string(text) != c.code {
				t.Errorf("written as %q", text)
			}
		})
	}
}

func TestWhatIsNoCodeIsRefusedWithAHint(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "an answer, a label and a score",
		"127.0.0.2 SPAM":            "an answer, a label and a score",
		"10.0.0.2 SPAM 3":           "begin with 127",
		"127.0.0 SPAM 3":            "four bytes",
		"127.0.0.256 SPAM 3":        "no byte",
		"127.0.0.7-4 SPAM 3":        "no byte",
		"127.0.0.&0 SPAM 3":         "no bit",
		"127.0.0.2 spam 3":          "capitals",
		"127.0.0.2 SPAM much":       "score",
		"127.0.0.2 SPAM NaN":        "score",
		"127.0.0.2 SPAM 21":         "score",
		"127.0.0.2 SPAM 3 sometime": "relay and mild",
	} {
		var c Code
		if err := c.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want …%s…", text, err, want)
		}
	}
}

func TestAnswersThatNeverCount(t *testing.T) {
	for answer, want := range map[string]meaning{
		"127.255.255.252": refused, "127.255.255.254": refused, "127.255.255.255": refused, "127.255.255.1": refused,
		"127.0.1.255": refused, "127.0.0.1": refused, "127.0.0.255": refused,
		"192.0.2.1": strange, "10.1.2.3": strange, "2001:db8::1": strange, "::ffff:127.0.0.2": listed,
		"127.0.0.2": listed, "127.0.1.2": listed, "127.0.15.3": listed,
	} {
		t.Run("C21_"+strings.ReplaceAll(answer, ":", "_"), func(t *testing.T) {
			if got := means([]netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr(answer)}); got != want {
				t.Errorf("%s means %d, want %d", answer, got, want)
			}
		})
	}
	if means(nil) != absent {
		t.Error("no answer is one")
	}
}

func FuzzCode(f *testing.F) {
	for _, text := range []string{"127.0.0.2 SPAM 3", "127.0.*.3 HIGH -2.5 relay mild", "127.0.0.&128 - 0", "127.1-2.3.4 A 1e1"} {
		f.Add([]byte(text), byte(2))
	}
	f.Fuzz(func(t *testing.T, text []byte, last byte) {
		var c, again Code
		if c.UnmarshalText(text) != nil {
			return
		}
		written, err := c.MarshalText()
		if err != nil || again.UnmarshalText(written) != nil || again != c {
			t.Fatalf("%q is written as %q and read as %+v", text, written, again)
		}
		c.Fits([4]byte{127, 0, 0, last})
	})
}
