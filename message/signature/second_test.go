package signature

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"weir/message/header"
)

// keys are made once: they take long.
var keys = sync.OnceValue(func() []crypto.Signer {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	_, short, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return []crypto.Signer{long, short}
})

// letters are messages that mail servers would change if they could.
var letters = map[string]string{
	"a plain mail":                "From: jo@example.org\r\nTo: pat@example.com\r\nSubject: hello\r\n\r\nOne line.\r\n",
	"an empty body":               "From: jo@example.org\r\nSubject: \r\n\r\n",
	"no line end":                 "From: jo@example.org\r\nSubject: a\r\n\r\nend",
	"white space of all kinds":    "From:  Jo \t Doe\r\n\t<jo@example.org> \r\nSubject:\t a\r\n  b  \r\n\r\n a \t b  \r\n\r\n \r\n\r\n",
	"fields that come more often": "Received: b\r\nReceived: a\r\nFrom: jo@example.org\r\nSubject: 1\r\nReceived: c\r\n\r\nx\r\n",
	"long lines":                  "From: jo@example.org\r\nSubject: " + strings.Repeat("word ", 2000) + "\r\n\r\n" + strings.Repeat("text  and\ttext", 3000) + "\r\n",
}

var canons = []dkim.Canonicalization{dkim.CanonicalizationSimple, dkim.CanonicalizationRelaxed}

// TestAgainstGoMsgauth has go-msgauth sign, and verifies what it signed.
func TestAgainstGoMsgauth(t *testing.T) {
	for name, letter := range letters {
		for _, key := range keys() {
			for _, h := range canons {
				for _, b := range canons {
					t.Run(name+" "+Algorithm(key)+" "+string(h)+" "+string(b), func(t *testing.T) {
						var signed bytes.Buffer
						err := dkim.Sign(&signed, strings.NewReader(letter), &dkim.SignOptions{
							Domain: "Example.ORG", Selector: "S1", Signer: key, HeaderCanonicalization: h, BodyCanonicalization: b,
							HeaderKeys: []string{"From", "Subject", "Received", "Received", "Received", "Received", "To", "From"},
						})
						if err != nil {
							t.Fatal(err)
						}
						if err := check(t, signed.Bytes(), key); err != nil {
							t.Error(err)
						}
						changed := bytes.Replace(signed.Bytes(), []byte("jo@"), []byte("ju@"), 1)
						if err := check(t, changed, key); err == nil {
							t.Error("a changed message passed")
						}
					})
				}
			}
		}
	}
}

// check verifies the message's first field.
func check(t *testing.T, raw []byte, private crypto.Signer) error {
	t.Helper()
	h, body := header.Parse(raw, 0, nil)
	s, err := Parse(h.Fields[0].Raw)
	if err != nil {
		t.Fatal(err)
	}
	if s.Domain != "example.org" || s.KeyName() != "s1._domainkey.example.org" {
		t.Errorf("domain %q, key at %q", s.Domain, s.KeyName())
	}
	if err := s.CheckBody(NewBody(raw[body:])); err != nil {
		return err
	}
	record, err := Record(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParseKey(record)
	if err != nil {
		t.Fatal(err)
	}
	return s.CheckFields(key, h.Fields, 0)
}

// TestGoMsgauthVerifiesOurs signs, and has go-msgauth verify.
func TestGoMsgauthVerifiesOurs(t *testing.T) {
	for name, letter := range letters {
		for _, private := range keys() {
			for _, canon := range []Canon{Simple, Relaxed} {
				t.Run(name+" "+Algorithm(private)+" "+canon.String(), func(t *testing.T) {
					raw := sign(t, []byte(letter), private, canon)
					record, _ := Record(private)
					list, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{record}, nil }})
					if err != nil || len(list) != 1 || list[0].Err != nil {
						t.Fatalf("go-msgauth: %v %+v", err, list)
					}
				})
			}
		}
	}
}

// sign puts a DKIM-Signature of ours in front of a message.
func sign(t *testing.T, raw []byte, private crypto.Signer, canon Canon) []byte {
	t.Helper()
	h, body := header.Parse(raw, 0, nil)
	sum, _ := NewBody(raw[body:]).Sum(canon)
	field := []byte("DKIM-Signature: v=1; a=" + Algorithm(private) + "; c=" + canon.String() + "/" + canon.String() + ";\r\n\td=example.org; s=s1; h=From:Subject:To:Received:Received; bh=")
	field = AppendFolded(field, 60, sum[:])
	field = append(field, ";\r\n\tb="...)
	s, err := Parse(field)
	if err != nil {
		t.Fatal(err)
	}
	value, err := Sign(private, s.FieldsSum(h.Fields, -1))
	if err != nil {
		t.Fatal(err)
	}
	field = append(AppendFolded(field, 3, value), "\r\n"...)
	return append(field, raw...)
}
