package clamav

import (
	"encoding/base64"
	"fmt"
	"testing"
	"weir/filters/scanner"

	"github.com/pelletier/go-toml/v2"
)

func decode(config string, into any) error { return toml.Unmarshal([]byte(config), into) }

// field is a mail with one part.
func field(encoding, body string) string {
	return "From: jo@example.org\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=a.com\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + body
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// hiding are ways to hide the test file in a mail, at which a clamd that does not decode mail finds nothing. The
// first group are those that ClamAV 1.4.6 itself does not see into, without a head before the mail and without our parts.
func hiding() map[string]string {
	e := string(scanner.EICAR())
	lower := "content-type: application/octet-stream\r\ncontent-transfer-encoding: base64\r\n\r\n" + b64(e) + "\r\n"
	multi := func(outer string) string {
		return "From: jo@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; " + outer + "\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n" +
			"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(e) + "\r\n--b--\r\n"
	}
	return map[string]string{
		"fields in lower case":               "zz: 1\r\n" + lower,
		"a line that is no field first":      "junk without colon\r\n" + lower,
		"a blank first":                      " leading\r\n" + lower,
		"a byte order mark first":            "\xef\xbb\xbf" + lower,
		"D04 base64 that goes on":            field("base64", b64(e[:10])+b64(e[10:])+"\r\n"),
		"begin-base64":                       "From: jo@example.org\r\n\r\nbegin-base64 644 a.com\r\n" + b64(e) + "\r\n====\r\n",
		"yEnc":                               "From: jo@example.org\r\n\r\n" + yenc(e),
		"D04 base64 with garbage in it":      field("base64", b64(e)[:20]+"!*!"+b64(e)[20:]+"\r\n"),
		"D01 a multipart without its border": multi("boundary=a"),
		"D01 two borders":                    multi("boundary=a; boundary=b"),
		"an unknown encoding":                field("x-uue", "begin 644 a.com\r\n"+uu(e)+"`\r\nend\r\n"),
	}
}

func yenc(s string) string {
	out := fmt.Sprintf("=ybegin line=128 size=%d name=a.com\r\n", len(s))
	for i := range len(s) {
		switch c := s[i] + 42; c {
		case 0, '\n', '\r', '=':
			out += "=" + string([]byte{c + 64})
		default:
			out += string([]byte{c})
		}
	}
	return out + fmt.Sprintf("\r\n=yend size=%d\r\n", len(s))
}

// uu is POSIX uuencoding.
func uu(s string) (out string) {
	for len(s) > 0 {
		n := min(45, len(s))
		line := s[:n] + "\x00\x00"
		out += string(rune(' ' + n))
		for i := 0; i < n; i += 3 {
			v := uint32(line[i])<<16 | uint32(line[i+1])<<8 | uint32(line[i+2])
			for shift := 18; shift >= 0; shift -= 6 {
				if c := byte(v >> shift & 63); c == 0 {
					out += "`"
				} else {
					out += string(rune(' ' + c))
				}
			}
		}
		out, s = out+"\r\n", s[n:]
	}
	return out
}

// TestPartsAreSentWhereAScannerMayNotSeeIntoThem: the fake clamd decodes nothing, so that only our parts are found.
func TestPartsAreSentWhereAScannerMayNotSeeIntoThem(t *testing.T) {
	f := newTest(t, addresses(newFake(t, nil)), env())
	for name, raw := range hiding() {
		switch name {
		case "fields in lower case", "a line that is no field first", "a blank first", "a byte order mark first":
			continue // it is the head that opens these for a real clamd
		}
		t.Run(name, func(t *testing.T) {
			r, err := check(t, f, raw, plenty)
			want(t, r, err, "infected CLAMAV_VIRUS")
		})
	}
	t.Run("parts = all sends plain base64 too", func(t *testing.T) {
		f := newTest(t, addresses(newFake(t, nil))+`parts = "all"`, env())
		r, err := check(t, f, field("base64", b64(string(scanner.EICAR()))+"\r\n"), plenty)
		want(t, r, err, "infected CLAMAV_VIRUS")
	})
}

func TestAnOrdinaryMailIsOneScan(t *testing.T) {
	d := newFake(t, nil)
	f := newTest(t, addresses(d), env())
	raw := "From: jo@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>hi=20</p>\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		b64("%PDF-1.4 and so on, and so on") + "\r\n--b--\r\n"
	r, err := check(t, f, raw, plenty)
	want(t, r, err, "clean")
	if n := d.scans.Load(); n != 1 {
		t.Errorf("%d scans", n)
	}
}
