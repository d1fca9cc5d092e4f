package attachments

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"weir/filters"
)

// file is a file to be attached or packed.
type file struct {
	name string
	data []byte
}

// mailOf is a mail with files attached in base64.
func mailOf(text string, files ...file) []byte {
	var b strings.Builder
	b.WriteString("From: jo@example.org\r\nTo: ann@example.com\r\nSubject: Papers\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n")
	for _, f := range files {
		b.WriteString("--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"" + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f.name) + "\"\r\n\r\n")
		text := base64.StdEncoding.EncodeToString(f.data)
		for len(text) > 76 {
			b.WriteString(text[:76] + "\r\n")
			text = text[76:]
		}
		b.WriteString(text + "\r\n")
	}
	b.WriteString("--b--\r\n")
	return []byte(b.String())
}

// zipped packs files.
func zipped(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		e, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// found lists the symbols of a result, each followed by a blank.
func found(r filters.Result) string {
	var b strings.Builder
	for _, h := range r.Hits {
		b.WriteString(h.Name + " ")
	}
	return b.String()
}

// word is a document of Word as few programs as it takes would read it.
func word(t testing.TB, body, rels string, more ...file) []byte {
	return zipped(t, append([]file{
		{"[Content_Types].xml", []byte(`<?xml version="1.0"?><Types/>`)},
		{"word/document.xml", []byte(`<w:document><w:body>` + body + `</w:body></w:document>`)},
		{"word/_rels/document.xml.rels", []byte(`<Relationships>` + rels + `</Relationships>`)},
	}, more...)...)
}
