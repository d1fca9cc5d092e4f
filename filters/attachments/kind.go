package attachments

import (
	"bytes"
	"strings"

	"weir/filters/attachments/office"
	"weir/filters/attachments/pdf"
	"weir/filters/attachments/rtf"
)

// kind is what a file's first bytes show it to be.
type kind uint8

const (
	other kind = iota
	program
	script // with a line #! or a known beginning
	shortcut
	oneNote
	helpFile
	compound
	richText
	pdfFile
	htmlFile
	svgFile
	picture
)

var kindNames = [...]string{"", "program", "script", "shortcut", "onenote", "help", "compound", "rtf", "pdf", "html", "svg", "picture"}

// String gives the name that the setting forbidden_types uses.
func (k kind) String() string { return kindNames[k] }

// magics are the first bytes of kinds.
var magics = [...]struct {
	bytes string
	kind  kind
}{
	{"\x7fELF", program}, {"\xfe\xed\xfa\xce", program}, {"\xfe\xed\xfa\xcf", program}, {"\xce\xfa\xed\xfe", program}, {"\xcf\xfa\xed\xfe", program},
	{"\xca\xfe\xba\xbe\x00\x00\x00", program}, {"dex\n0", program}, {"#!/", script}, {"#! /", script},
	{"\x4c\x00\x00\x00\x01\x14\x02\x00", shortcut}, {"[InternetShortcut]", shortcut}, {"[{000214A0", shortcut},
	{"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", oneNote}, {"ITSF", helpFile}, {office.Magic, compound},
	{"\x89PNG\r\n\x1a\n", picture}, {"\xff\xd8\xff", picture}, {"GIF8", picture},
}

// kindOf tells what data is.
func kindOf(data []byte) kind {
	for i := range magics {
		if m := &magics[i]; len(data) >= len(m.bytes) && string(data[:len(m.bytes)]) == m.bytes {
			return m.kind
		}
	}
	switch {
	case isPE(data):
		return program
	case bytes.HasPrefix(data, []byte("RIFF")) && len(data) > 12 && string(data[8:12]) == "WEBP":
		return picture
	case bytes.HasPrefix(data, []byte("BM")) && len(data) > 26 && data[15] == 0 && data[16] == 0 && data[17] == 0:
		return picture
	case rtf.Is(data):
		return richText
	case pdf.Is(data):
		return pdfFile
	}
	return textKind(data)
}

// isPE tells whether data begins like a program for DOS or Windows: MZ, and where that points to a header, PE or NE.
func isPE(data []byte) bool {
	if len(data) < 64 || string(data[:2]) != "MZ" {
		return false
	}
	at := int(data[60]) | int(data[61])<<8 | int(data[62])<<16
	if at+2 <= len(data) && at >= 4 {
		switch string(data[at : at+2]) {
		case "PE", "NE", "LE", "LX":
			return true
		}
	}
	return bytes.IndexByte(data[2:32], 0) >= 0 // plain DOS
}

// sniff is how far into a text its kind is looked for.
const sniff = 2048

// textKind tells HTML and SVG from other text.
func textKind(data []byte) kind {
	head := data[:min(len(data), sniff)]
	if bytes.HasPrefix(head, []byte("\xff\xfe<\x00")) {
		head = bytes.ReplaceAll(head[2:], []byte{0}, nil)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != '<' {
		return other
	}
	lower := bytes.ToLower(head)
	for _, word := range [...]string{"<svg", ":svg"} {
		if i := bytes.Index(lower, []byte(word)); i >= 0 && !bytes.Contains(lower, []byte("<html")) {
			return svgFile
		}
	}
	for _, word := range [...]string{"<!doctype html", "<html", "<head", "<body", "<script", "<meta", "<table", "<div", "<form", "<iframe"} {
		if bytes.Contains(lower, []byte(word)) {
			return htmlFile
		}
	}
	return other
}

// differs tells whether a file is another thing than its name or declared type says, in a way that only deceit explains:
// pictures and sounds that are documents or archives, programs under the name of a document.
func differs(k kind, packed bool, ending, declared string) bool {
	switch {
	case k == program || k == script && ending != "" && documents[ending] || k == shortcut:
		return documents[ending] || pictures[ending]
	case pictures[ending] || ending == "" && (strings.HasPrefix(declared, "image/") && declared != "image/svg+xml"):
		return packed || k == compound || k == richText || k == pdfFile || k == htmlFile || k == oneNote || k == helpFile
	case ending == "pdf" || ending == "txt":
		return packed || k == compound || k == oneNote || k == helpFile
	}
	return false
}
