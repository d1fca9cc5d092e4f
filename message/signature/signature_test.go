package signature

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/message/address"
	"weir/message/header"
)

func TestTagLists(t *testing.T) {
	for _, c := range []struct {
		in, want string // name=value|…, or an error
	}{
		{"a=1; b=2", "a=1|b=2"},
		{"a=1;b=2;", "a=1|b=2"},
		{"a=1; b=2;\r\n ", "a=1|b=2"},
		{" a \r\n\t= 1 2 ;b==", "a=1 2|b=="},
		{"a=", "a="},
		{"", ""},
		{"A=1; a=2", "A=1|a=2"},
		{"a=1; a=2", "error: signature: tag a= comes twice"},
		{"a=1;;b=2", "error: signature: an empty tag"},
		{";a=1", "error: signature: an empty tag"},
		{"a=1; b", "error: signature: a tag without ="},
		{"1a=1", "error: signature: a tag's name is none"},
		{"a-b=1", "error: signature: a tag's name is none"},
		{"=1", "error: signature: a tag's name is none"},
		{"a=1\x00", "error: signature: control characters in tag a="},
		{"a=b\xc3\xa4", "a=b\xc3\xa4"},
		{strings.Repeat("a=1;", 2), "error: signature: tag a= comes twice"},
		{manyTags(), "error: signature: too many tags"},
	} {
		tags, err := ParseTags(c.in)
		var list []string
		for _, tag := range tags {
			list = append(list, tag.Name+"="+tag.Value)
		}
		got := strings.Join(list, "|")
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%.50q: %s, want %s", c.in, got, c.want)
		}
	}
}

func manyTags() string {
	var b strings.Builder
	for i := range 70 {
		b.WriteString("t" + string(rune(0x61+i/26)) + string(rune(0x61+i%26)) + "=1;")
	}
	return b.String()
}

func TestFieldsArePickedFromBelow(t *testing.T) {
	fields := func(names string) (list []header.Field) {
		for n := range strings.FieldsSeq(names) {
			f := header.Field{Name: n}
			if n == "-" {
				f = header.Field{Colon: -1}
			}
			list = append(list, f)
		}
		return list
	}
	for _, c := range []struct {
		name, fields, names string
		own                 int
		want                []int
	}{
		{"one each", "From To Subject", "subject:FROM", -1, []int{2, 0}},
		{"the last of several", "From Received Received", "Received", -1, []int{2}},
		{"one after the other, upwards", "A B A A", "A:A:B:A:A", -1, []int{3, 2, 1, 0, -1}},
		{"none", "A", "B:C", -1, []int{-1, -1}},
		{"never the own field", "Sig From Sig", "Sig:Sig", 2, []int{0, -1}},
		{"never a line that is no field", "- From", ":From", -1, []int{-1, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Pick(fields(c.fields), strings.Split(c.names, ":"), c.own)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestPickAgainstTheSlowWay compares with what RFC 6376 section 5.4.2 says, word by word, for lists made at random.
func TestPickAgainstTheSlowWay(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var fields []header.Field
		for range rnd.IntN(20) {
			fields = append(fields, header.Field{Name: string(rune('A' + rnd.IntN(4)))})
		}
		var names []string
		for range rnd.IntN(12) {
			names = append(names, string(rune('a'+rnd.IntN(5))))
		}
		used := make([]bool, len(fields))
		want := make([]int, len(names))
		for i, n := range names {
			want[i] = -1
			for j := len(fields) - 1; j >= 0; j-- {
				if !used[j] && strings.EqualFold(fields[j].Name, n) {
					want[i], used[j] = j, true
					break
				}
			}
		}
		if got := Pick(fields, names, -1); !slices.Equal(got, want) {
			t.Fatalf("%v of %v: %v, want %v", names, fields, got, want)
		}
	}
}

func TestParsedSignatures(t *testing.T) {
	s, err := Parse([]byte("DKIM-Signature: v=1; a=RSA-SHA256; c=relaxed; d=M\xc3\xbcnchen.Example; s=S1;\r\n\tt=1700000000; x=1800000000; l=12; h=From : to:\r\n Subject;\r\n\tbh=AAEC; b=AA\r\n EC\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.KeyName() != "s1._domainkey.xn--mnchen-3ya.example" || s.Algorithm != "rsa-sha256" || s.Header != Relaxed || s.Body != Simple || s.Length != 12 {
		t.Errorf("%+v", s)
	}
	if diff := cmp.Diff([]string{"From", "to", "Subject"}, s.Fields); diff != "" {
		t.Errorf("h=: -want +got\n%s", diff)
	}
	if string(s.BodySum) != "\x00\x01\x02" || string(s.Value) != "\x00\x01\x02" {
		t.Errorf("bh=%x b=%x", s.BodySum, s.Value)
	}
	if !s.Signed.Equal(time.Unix(1700000000, 0)) || s.Expired(time.Unix(1800000000, 0)) || !s.Expired(time.Unix(1800000001, 0)) {
		t.Errorf("t=%v x=%v", s.Signed, s.Expires)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=sel; h=From:To; bh=AAAA; b=AAAA\r\n"), "v=DKIM1; k=rsa; t=y:s; h=sha256; s=email; p=AAAA")
	f.Add([]byte("ARC-Seal: i=1; a=ed25519-sha256; cv=none; d=x.example; s=1; t=99999999999999999999; b=\r\n\tAA==\r\n"), "p=")
	f.Fuzz(func(t *testing.T, raw []byte, record string) {
		s, err := Parse(raw)
		if s == nil {
			t.Fatal("no signature")
		}
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("an error of type %T", err)
			}
		}
		for _, name := range []string{s.Domain, s.Selector} {
			if name != "" && !address.IsName(name) {
				t.Errorf("%q is no name", name)
			}
		}
		if err == nil && s.Domain != "" && s.Selector != "" && !address.IsName(s.KeyName()) {
			t.Errorf("%q can't be asked for", s.KeyName())
		}
		if len(s.Fields) > MaxFields {
			t.Errorf("%d names", len(s.Fields))
		}
		h, body := header.Parse(raw, 0, nil)
		s.FieldsSum(h.Fields, 0)
		_ = s.CheckBody(NewBody(raw[body:]))
		if k, err := FindKey([]string{record}); err == nil {
			if k.Type == "rsa" && (k.Bits < MinKeyBits || k.Bits > MaxKeyBits) {
				t.Errorf("a key of %d bits", k.Bits)
			}
			if k.Verify([32]byte{}, s.Value) == nil {
				t.Error("a signature over nothing verifies")
			}
		}
	})
}
