package attachments

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"testing"

	"weir/message/archive/archivetest"
)

// encodings write a body in a transfer encoding.
var encodings = []struct {
	name   string
	header string
	encode func(t testing.TB, data []byte) string
}{
	{"base64", "base64", func(_ testing.TB, data []byte) string { return base64.StdEncoding.EncodeToString(data) }},
	{"quoted-printable", "quoted-printable", func(t testing.TB, data []byte) string {
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		w.Binary = true
		if _, err := w.Write(data); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}},
	{"binary", "binary", func(_ testing.TB, data []byte) string { return string(data) }},
	{"uuencode", "x-uuencode", func(_ testing.TB, data []byte) string { return uuencoded(data) }},
}

func uuencoded(data []byte) string {
	var b strings.Builder
	b.WriteString("begin 644 x\r\n")
	for len(data) > 0 {
		line := data[:min(45, len(data))]
		data = data[len(line):]
		b.WriteByte(byte(len(line)) + ' ')
		for len(line) > 0 {
			var three [3]byte
			line = line[copy(three[:], line):]
			for _, six := range [...]byte{three[0] >> 2, three[0]<<4&63 | three[1]>>4, three[1]<<2&63 | three[2]>>6, three[2] & 63} {
				b.WriteByte(" `"[min(int(six), 0)] + six)
			}
		}
		b.WriteString("\r\n")
	}
	return b.String() + "`\r\nend\r\n"
}

// TestAProgramIsReachedWhereverItIsPacked: each archive type, two levels deep, in each transfer encoding, under the right
// name and a wrong one, and in a message within the message.
func TestAProgramIsReachedWhereverItIsPacked(t *testing.T) {
	f := newTest(t, nil)
	for _, outer := range archivetest.Packs {
		for _, inner := range archivetest.Packs {
			t.Run(outer.Name+" of "+inner.Name, func(t *testing.T) {
				data := outer.Make(t, inner.Name, inner.Make(t, "readme.bin", []byte(exe)))
				for _, e := range encodings {
					body := e.encode(t, data)
					for _, name := range []string{outer.Name, "photo.jpg"} {
						part := fmt.Sprintf("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: %s\r\nContent-Disposition: attachment; filename=%q\r\n\r\n%s", e.header, name, body)
						mail := "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n" + part + "\r\n--bb--\r\n"
						nested := "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + mail
						for _, raw := range []string{mail, nested} {
							if r := check(t, f, []byte(raw)); !strings.Contains(found(r), ForbiddenInner) {
								t.Errorf("%s, %s, nested %v: %+v", e.name, name, raw == nested, r.Hits)
							}
						}
					}
				}
			})
		}
	}
}
