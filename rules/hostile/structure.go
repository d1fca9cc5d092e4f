package hostile

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

const mixed = "Content-Type: multipart/mixed; boundary=b\n\n"

var structures = []Mail{
	{"multiparts in multiparts", func(size int) []byte {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		return []byte(b.String())
	}},
	body("one boundary for nested multiparts", "", "", mixed+"--b\n", ""),
	counted("10,000 parts", mixed, "", "--b\nContent-Type: text/plain; name=n#.txt\n\npart #\n", "--b--\n"),
	counted("parts of HTML", mixed, "", "--b\nContent-Type: text/html\n\n<a href=http://h#.example/>http://g#.example</a>\n", "--b--\n"),
	counted("parts with names", mixed, "", "--b\nContent-Type: application/zip; name=\"a#.doc.exe\"\nContent-Disposition: attachment; filename*=utf-8''a#.pdf.js\n\n", "--b--\n"),
	counted("parts of parts that are not there", mixed, "", "--b\nContent-Type: image/gif; name=a#.gif\nContent-ID: <c#@d>\nContent-Transfer-Encoding: base64\n\nR0lGODlh/////w==\n", ""),
	body("empty parts", mixed, "", "--b\n\n", ""),
	body("boundaries alone", mixed, "", "--b\n", ""),
	body("lines that begin like boundaries", mixed, "--b\n\n", "--c\n", "--b--\n"),
	body("fields of a part", mixed, "--b\n", "Content-Type: text/html\n", "\nx\n--b--\n"),
	body("a field of a part without end", mixed, "--b\nContent-Type: text/plain; name=\"", "a b ", "\"\n\nx\n--b--\n"),
	body("messages in messages", "", "", "Content-Type: message/rfc822\n\n", "\nx\n"),
	body("alternatives that differ", "Content-Type: multipart/alternative; boundary=b\n\n", "--b\n\n"+strings.Repeat("some words differ ", 5000)+"\n--b\nContent-Type: text/html\n\n", "other <b>words</b> ", "\n--b--\n"),
	body("two types", "Content-Type: text/html\nContent-Type: text/plain\n\n", "", "<b>x</b> http://a.example/ ", ""),
	body("a delivery report", "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n", "--b\n\nx\n--b\nContent-Type: message/delivery-status\n\n", "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n", "--b--\n"),
	{"parts of 10 charsets", func(size int) []byte {
		var b strings.Builder
		b.WriteString(head + mixed)
		sets := strings.Fields("utf-8 utf-16 utf-7 big5 gb2312 iso-2022-jp euc-kr koi8-r windows-1251 x-unknown")
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, "--b\nContent-Type: text/plain; charset=%s\n\n%s\n", sets[i%len(sets)], strings.Repeat("\xa4\xe9\x81 ", 500))
		}
		return []byte(b.String() + "--b--\n")
	}},
}

var attachments = []Mail{
	attached("a PDF of objects", "application/pdf", "%PDF-1.4\n", "1 0 obj<</Type/Page/MediaBox[0 0 99999999999999999999 1]/Width 4294967295/Height -1>>endobj\n"),
	attached("a PDF of links", "application/pdf", "%PDF-1.4\n", "/URI (http://a.example/\\)\\() /Filter/FlateDecode stream\n"),
	attached("a PDF of nothing but brackets", "application/pdf", "%PDF-1.4\n", "<<"),
	attached("a PDF of pictures", "application/pdf", "%PDF-1.4\n", "<</Subtype/Image/Width 100/Height 100>>stream\nx\nendstream\n"),
	attached("a PDF of details", "application/pdf", "%PDF-1.4\n", "/Author (a)/Producer (b)/CreationDate (D:20261122)/Title (c)\n"),
	attached("a GIF of markers", "image/gif", "GIF89a\xff\xff\xff\xff\x00\x00\x00", "\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00"),
	attached("a JPEG of markers", "image/jpeg", "\xff\xd8", "\xff\xe0\x00\x02"),
	attached("a JPEG of fill bytes", "image/jpeg", "\xff\xd8", "\xff"),
	attached("a PNG of chunks", "image/png", "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\xff\xff\xff\xff\xff\xff\xff\xff", "\x00\x00\x00\x00IEND"),
	attached("an Office file", "application/msword", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "\x00Attribut\x00e\x00macros\x00"),
	attached("a ZIP of names", "application/zip", "", zipEntry("a.doc/vbaProject.bin")),
	attached("an RTF of groups", "application/rtf", "{\\rtf1", "{\\object\\objdata 01"),
	body("pictures without end", "Content-Type: multipart/related; boundary=b\n\n", "", "--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgoAAAANSUhEUgAAAAEAAAAB\n", ""),
}

// attached is a kind with a file that repeats itself.
func attached(name, kind, begin, text string) Mail {
	return Mail{name, func(size int) []byte {
		var b bytes.Buffer
		b.WriteString(head + mixed + "--b\n\nsee below\n--b\nContent-Type: " + kind + "; name=a\nContent-Transfer-Encoding: base64\n\n")
		code := base64.StdEncoding.EncodeToString([]byte(begin + again(text, size*3/4-len(begin))))
		for ; len(code) > 76; code = code[76:] {
			b.WriteString(code[:76] + "\n")
		}
		b.WriteString(code + "\n--b--\n")
		return b.Bytes()
	}}
}

// zipEntry is the head of a file in a ZIP archive that says it is 4 GB long.
func zipEntry(name string) string {
	b := binary.LittleEndian.AppendUint32([]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0xffffffff)
	b = binary.LittleEndian.AppendUint32(b, 0xffffffff)
	return string(binary.LittleEndian.AppendUint16(b, uint16(len(name)))) + "\x00\x00" + name
}
