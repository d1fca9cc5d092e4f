package dkim

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message/signature"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// verifications are what a library finds.
type verifications = []*msgauth.Verification

// with runs the filter with another library.
func with(t testing.TB, l library, raw string) filters.Result {
	t.Helper()
	f := filtertest.New(t, Spec, "", filters.Env{Resolver: zone(), Clock: filtertest.Clock(filtertest.Now)}).(*filter)
	f.library = l
	r, err := f.Check(t.Context(), load(raw), filters.Findings{})
	if err != nil {
		t.Fatal(err)
	}
	filtertest.CheckResult(t, Spec, r)
	return r
}

// errorOf is the library's error where the DNS gives no key.
func errorOf(t *testing.T, dns *net.DNSError) error {
	t.Helper()
	found, err := msgauth.VerifyWithOptions(strings.NewReader(sign(t, letter, signing{})), &msgauth.VerifyOptions{
		LookupTXT: func(string) ([]string, error) { return nil, dns },
	})
	if err != nil || msgauth.IsTempFail(found[0].Err) != dns.IsTemporary || msgauth.IsPermFail(found[0].Err) == dns.IsTemporary {
		t.Fatalf("%v %+v", err, found)
	}
	return found[0].Err
}

// TestTheLibraryDecides has a library of the test's own say this and that of a good signature.
func TestTheLibraryDecides(t *testing.T) {
	const disagree = "permerror (programs disagree what the signature says)"
	for _, c := range []struct {
		name, want string
		found      verifications
		err        error
	}{
		{"it passes", "pass", verifications{{Domain: "example.org"}}, nil},
		{"it writes the domain in another way", "pass", verifications{{Domain: "Example.ORG"}}, nil},
		{"it fails", "fail (the signature does not fit the header)", verifications{{Domain: "example.org", Err: errors.New("signature did not verify")}}, nil},
		{"it finds another body", "fail (the body was changed)", verifications{{Domain: "example.org", Err: errors.New("body hash did not verify")}}, nil},
		{"it can't tell yet", "temperror (the DNS does not give the key)", verifications{{Domain: "example.org", Err: errorOf(t, &net.DNSError{IsTemporary: true})}}, nil},
		{"it takes the signature for malformed", disagree, verifications{{Domain: "example.org", Err: errorOf(t, &net.DNSError{IsNotFound: true})}}, nil},
		{"it passes another domain", disagree, verifications{{Domain: "bank.example"}}, nil},
		{"it finds no signature", disagree, nil, nil},
		{"it finds two", disagree, verifications{{Domain: "example.org"}, {Domain: "example.org"}}, nil},
		{"it can't read the mail", disagree, nil, io.ErrUnexpectedEOF},
		{"it gives up half way", disagree, verifications{{Domain: "example.org"}}, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := func(io.Reader, *msgauth.VerifyOptions) ([]*msgauth.Verification, error) { return c.found, c.err }
			if got := results(with(t, l, sign(t, letter, signing{}))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestTheLibraryIsAskedForOneSignatureAtATime: with several it would start goroutines, where a panic ends the gateway.
func TestTheLibraryIsAskedForOneSignatureAtATime(t *testing.T) {
	raw := sign(t, sign(t, letter, signing{}), signing{tags: map[string]string{"d": "list.example", "h": "From:DKIM-Signature"}})
	var mails []string
	l := func(r io.Reader, o *msgauth.VerifyOptions) ([]*msgauth.Verification, error) {
		mail := must(io.ReadAll(r))
		mails = append(mails, string(mail))
		if o.MaxVerifications != 1 {
			t.Errorf("it may verify %d", o.MaxVerifications)
		}
		return msgauth.VerifyWithOptions(bytes.NewReader(mail), o)
	}
	if got := results(with(t, l, raw)); got != "pass, pass" {
		t.Fatal(got)
	}
	for i, domain := range []string{"list.example", "example.org"} {
		if first, _, _ := strings.Cut(mails[i], "; s="); !strings.HasSuffix(first, "d="+domain) {
			t.Errorf("mail %d begins with %q", i, first)
		}
	}
	if strings.Contains(mails[0], "\r\nSubject:") || !strings.HasSuffix(mails[0], "\r\nFrom: Jo <jo@example.org>\r\n\r\nShall we meet at noon?\r\n") {
		t.Errorf("it reads what is not signed: %q", mails[0])
	}
}

func TestAPanicOfTheLibraryHidesNoGoodSignature(t *testing.T) {
	raw := sign(t, sign(t, letter, signing{}), signing{tags: map[string]string{"d": "list.example"}})
	calls := 0
	l := func(r io.Reader, o *msgauth.VerifyOptions) ([]*msgauth.Verification, error) {
		if calls++; calls == 1 {
			panic("index out of range")
		}
		return msgauth.VerifyWithOptions(r, o)
	}
	if got := results(with(t, l, raw)); got != "permerror (the verifier broke on it), pass" {
		t.Error(got)
	}
}

// TestTheLibraryGetsNoOtherKey: it is given the key that was fetched and checked, and none for another name.
func TestTheLibraryGetsNoOtherKey(t *testing.T) {
	field, _, _ := strings.Cut(sign(t, letter, signing{}), "From:")
	s := must(signature.Parse([]byte(field)))
	record := must(signature.Record(rsaKey()))
	lookup := answer(s, must(signature.ParseKey(record+"; n=a note; t=y")))
	for _, name := range []string{"sel._domainkey.example.org", "SEL._domainkey.Example.ORG"} {
		if list, err := lookup(name); err != nil || len(list) != 1 || list[0] != strings.TrimPrefix(record, "v=DKIM1; ") {
			t.Errorf("%s: %q %v", name, list, err)
		}
	}
	_, err := lookup("sel._domainkey.bank.example")
	if d, ok := err.(*net.DNSError); !ok || !d.IsNotFound {
		t.Errorf("another name: %#v", err)
	}
}

// TestFormsTheLibraryDoesNotRead signs in ways that RFC 6376 allows and that go-msgauth refuses. Each must verify, must
// not once the header is changed, and the library is asked only where it can tell.
func TestFormsTheLibraryDoesNotRead(t *testing.T) {
	for _, c := range []struct {
		name string
		tags map[string]string
		asks int
	}{
		{"the usual form", nil, 1},
		{"capitals in the domain", map[string]string{"d": "Example.org"}, 1},
		{"an identity below", map[string]string{"i": "jo@mail.example.org"}, 1},
		{"E01_l_that_is_all_of_the_body", map[string]string{"l": "24"}, 0},
		{"E04_expired_since_the_mail_came", map[string]string{"x": at(time.Hour)}, 0},
		{"E04_a_time_beyond_64_bits", map[string]string{"x": strings.Repeat("9", 20)}, 0},
		{"an algorithm in capitals", map[string]string{"a": "RSA-SHA256"}, 0},
		{"a canonicalization in capitals", map[string]string{"c": "Relaxed/Simple"}, 0},
		{"an identity in capitals", map[string]string{"i": "jo@Example.Org"}, 0},
		{"more signatures signed than there are", map[string]string{"h": "From:DKIM-Signature"}, 0},
		{"a copy of the header that holds b=", map[string]string{"z": "Subject:=20the=20club=20b =3D1"}, 0},
		{"an identity that holds b=", map[string]string{"i": "bob=a.example@example.org"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			asks := 0
			l := func(r io.Reader, o *msgauth.VerifyOptions) ([]*msgauth.Verification, error) {
				asks++
				return msgauth.VerifyWithOptions(r, o)
			}
			raw := sign(t, letter, signing{tags: c.tags})
			if got := results(with(t, l, raw)); got != "pass" || asks != c.asks {
				t.Errorf("%s, the library was asked %d times, want %d", got, asks, c.asks)
			}
			if got := results(with(t, l, strings.Replace(raw, "Jo <", "Joe <", 1))); got != "fail (the signature does not fit the header)" {
				t.Errorf("with another From: %s", got)
			}
			alone, err := msgauth.VerifyWithOptions(strings.NewReader(raw), &msgauth.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return zone().LookupTXT(t.Context(), strings.ToLower(name)) }})
			if err != nil || len(alone) != 1 || (alone[0].Err == nil) != (c.asks == 1) {
				t.Errorf("go-msgauth alone: %v %+v; the list of what it does not read is not right any more", err, alone)
			}
		})
	}
}

// TestAMailInPieces joins the pieces again and looks at where they were cut.
func TestAMailInPieces(t *testing.T) {
	for name, body := range map[string]string{
		"none": "", "small": "a\r\n", "of just one piece": strings.Repeat("x", piece), "line ends only": strings.Repeat("\r\n", piece),
		"lines": strings.Repeat("x\r\n", piece), "line ends at the cut": strings.Repeat("x", piece-1) + strings.Repeat("\r\n", piece) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			pieces := appendBody(nil, []byte(body))
			for i, p := range pieces[:len(pieces)-1] {
				if last := p[len(p)-1]; (last == '\r' || last == '\n') && len(pieces[i+1]) > 0 {
					t.Errorf("piece %d of %d ends in a line end", i, len(pieces))
				}
			}
			if got := slices.Concat(pieces...); string(got) != body {
				t.Errorf("%d bytes of %d", len(got), len(body))
			}
		})
	}
}

// TestWhatKeepsTheLibraryBusy sends what is quadratic in go-msgauth: each must end, and be right.
func TestWhatKeepsTheLibraryBusy(t *testing.T) {
	empties := letter + strings.Repeat("\r\n", 8<<20) + "x\r\n"
	var folded, many strings.Builder
	for range 200_000 {
		folded.WriteString(" a\r\n")
	}
	for range 400 {
		many.WriteString("Received: x" + strings.Repeat("\r\n x", 400) + "\r\n")
	}
	for _, c := range []struct {
		name, raw string
		tags      map[string]string
		most      int
	}{
		{"E05_millions_of_empty_lines", empties, map[string]string{"c": "simple/simple"}, 1},
		{"a body that it reads in pieces", letter + strings.Repeat("A line  of a large mail.\r\n", 80_000), nil, 8},
		{"E05_a_field_of_many_lines", "Cc:" + folded.String() + letter, map[string]string{"h": "From:Cc"}, 0},
		{"E05_many_fields_of_many_lines", many.String() + letter, map[string]string{"h": "From" + strings.Repeat(":Received", 400)}, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			asks, began := 0, time.Now()
			l := func(r io.Reader, o *msgauth.VerifyOptions) ([]*msgauth.Verification, error) {
				asks++
				return msgauth.VerifyWithOptions(r, o)
			}
			raw := sign(t, c.raw, signing{tags: c.tags})
			field := raw[:len(raw)-len(c.raw)]
			if got := results(with(t, l, strings.Repeat(field, 8)+c.raw)); got != strings.TrimSuffix(strings.Repeat("pass, ", 8), ", ") {
				t.Errorf("got %s", got)
			}
			t.Logf("the library was asked %d times, %v", asks, time.Since(began))
			if asks > c.most || time.Since(began) > 30*time.Second {
				t.Errorf("the library was asked %d times, for %v", asks, time.Since(began))
			}
		})
	}
}
