package dkim

import (
	"bytes"
	"crypto"
	"io"
	"slices"
	"strings"
	"testing"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"weir/filters"
	"weir/message/header"
	"weir/message/signature"
)

// FuzzSignedByUs signs whatever mail comes, with whatever else in the signature, and verifies it. Where package signature
// is content with its own work, the library has to be, or it must not be asked.
func FuzzSignedByUs(f *testing.F) {
	f.Add(letter, "relaxed/relaxed", "From:To:Subject", "; i=jo@example.org")
	f.Add("From : jo@example.org\nSubject:\r\n \t\r\n a  b\r\n\r\n x \t y \r\n\n\r\n", "simple/relaxed", "From : From:subject\r\n\t:X", "; z=From:jo;\r\n t = 1 ")
	f.Add("Subject: \xff\xfe\r\nFrom: \x00\r\n\r\na \rb\r\r\n", "relaxed/simple", "from:subject:date", "; n=a note; q=dns/txt")
	f.Add("DKIM-Signature: v=1\r\nFrom: a\r\nfrom: b\r\nX-\xc2\xa0: \xc2\xa0\r\n\r\n", "simple", "From:DKIM-Signature:DKIM-Signature", ";x=99999999999999999999")
	f.Add("f\x15rom:", "simple", "From", "") // From for us, another field for go-msgauth: fail
	key := ed25519Key()
	f.Fuzz(func(t *testing.T, mail, canon, fields, more string) {
		raw := signAny(key, mail, canon, fields, more)
		m := load(raw)
		alone := ownVerdict(m.Header, signature.NewBody(m.Root.Raw))
		asked, said := false, error(nil)
		l := func(r io.Reader, o *msgauth.VerifyOptions) ([]*msgauth.Verification, error) {
			found, err := msgauth.VerifyWithOptions(r, o)
			if asked = true; err == nil && len(found) == 1 {
				said = found[0].Err
			}
			return found, err
		}
		r := with(t, func(r io.Reader, o *msgauth.VerifyOptions) ([]*msgauth.Verification, error) {
			if asked { // the signature at the top is what is looked at
				return msgauth.VerifyWithOptions(r, o)
			}
			return l(r, o)
		}, raw)
		t.Logf("alone %v, asked %v, %s", alone, asked, results(r))
		checkClean(t, r)
		if asked && oneAuthor(m) == nil && !loneCR(m.Raw) && !oddName(m.Header) && (alone == nil) != (r.Auth[0].Value == filters.Pass) {
			t.Errorf("alone %v, %s, go-msgauth says %v\n%q", alone, results(r), said, raw)
		}
	})
}

// signAny signs a mail with a field on top of it, as far as it goes: what comes may be no mail, and no tags.
func signAny(key crypto.Signer, mail, canon, fields, more string) string {
	field := "DKIM-Signature: v=1; a=ed25519-sha256; d=example.org; s=ed; c=" + canon + "; h=" + fields + more
	m := load(field + "; bh=; b=\r\n" + mail)
	probe, _ := signature.Parse([]byte(field))
	sum, _ := signature.NewBody(m.Root.Raw).Sum(probe.Body)
	field = string(signature.AppendFolded([]byte(field+"; bh="), 0, sum[:])) + "; b="
	s, err := signature.Parse([]byte(field))
	if err != nil {
		return field + "\r\n" + mail
	}
	value := must(signature.Sign(key, s.FieldsSum(m.Header.Fields, 0)))
	return string(signature.AppendFolded([]byte(field), 70, value)) + "\r\n" + mail
}

// loneCR tells of a CR that ends no line: RFC 5322 forbids it, and go-msgauth drops white space before it.
func loneCR(body []byte) bool {
	return bytes.Count(body, []byte{'\r'}) != bytes.Count(body, lineEnd)
}

// oddName tells of a field whose name we read with tolerance. go-msgauth takes it for another field: then it fails, as it should.
func oddName(h header.Header) bool {
	return slices.ContainsFunc(h.Fields, func(f header.Field) bool {
		return f.Colon >= 0 && strings.TrimRight(string(f.Raw[:f.Colon]), " \t") != f.Name
	})
}

// ownVerdict is what package signature says of the first field.
func ownVerdict(h header.Header, body *signature.Body) error {
	s, err := read(h.Fields[0].Raw)
	if err != nil {
		return err
	}
	if err := s.CheckBody(body); err != nil {
		return err
	}
	key := must(signature.ParseKey(must(signature.Record(ed25519Key()))))
	return s.CheckFields(key, h.Fields, 0)
}
