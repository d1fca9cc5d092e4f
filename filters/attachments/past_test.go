package attachments

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// smuggled is a page whose script makes a file.
const smuggled = "<html><script>var b=new Blob([atob('xx')]);var a=document.createElement('a');a.href=URL.createObjectURL(b);a.download='a.exe';a.click()</script>"

// actsAlone is a PDF with a script.
const actsAlone = "%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>"

// wide writes ASCII in UTF-16.
func wide(text string, big bool) []byte {
	b := []byte("\xff\xfe")
	if big {
		b = []byte("\xfe\xff")
	}
	for i := range len(text) {
		if big {
			b = append(b, 0, text[i])
		} else {
			b = append(b, text[i], 0)
		}
	}
	return b
}

func TestANameThatProgramsMendIsForbiddenAllTheSame(t *testing.T) {
	f := newTest(t, nil)
	for _, name := range []string{"a.exe\x00.txt", "a.exe/", `a.exe\`, `a.exe"`, "a.exe'", "a.exe>", "a.exe|", "a.exe?", "a.exe\u3164", "a.exe\u2800",
		"a.txt.{3050f4d8-98b5-11cf-bb82-00aa00bdce0b}"} {
		t.Run(fmt.Sprintf("%q", name), func(t *testing.T) {
			if got := found(check(t, f, mailOf("x", file{name, []byte("harmless words")}))); !strings.Contains(got, Forbidden+" ") {
				t.Errorf("found %q", got)
			}
			if strings.HasSuffix(name, "/") {
				return // in a zip, that is a folder
			}
			inner := mailOf("x", file{"a.zip", zipped(t, file{name, []byte("harmless words")})})
			if got := found(check(t, f, inner)); !strings.Contains(got, ForbiddenInner) {
				t.Errorf("in a zip: found %q", got)
			}
		})
	}
	for _, name := range []string{"a.{b}", "a.txt.{3050f4d8}", "a.{3050f4d8 98b5-11cf-bb82-00aa00bdce0b}"} {
		if got := found(check(t, f, mailOf("x", file{name, []byte("words")}))); strings.Contains(got, Forbidden) {
			t.Errorf("%s: found %q", name, got)
		}
	}
}

func TestAFileIsLookedAtAsItsNameAndAsItsFirstBytesSay(t *testing.T) {
	mht := "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n" + smuggled + "\r\n--x--\r\n"
	eml := "%PDF-1.4: x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Disposition: attachment; filename=a.exe\r\n\r\nhello\r\n--x--\r\n"
	for _, c := range []struct {
		name string
		file file
		want string
	}{
		{"a PDF that begins like a picture", file{"a.pdf", []byte("GIF89a" + actsAlone)}, PDFScript},
		{"a PDF that begins like RTF", file{"a.pdf", []byte(`{\rtf1` + actsAlone)}, PDFScript},
		{"a PDF under the name of a picture", file{"a.gif", []byte("GIF89a" + actsAlone)}, PDFScript},
		{"a page that begins like a picture", file{"a.html", []byte("GIF89a" + smuggled)}, HTMLSmuggling},
		{"a page that begins like a PDF", file{"a.html", []byte("%PDF-1.4" + smuggled)}, HTMLSmuggling},
		{"a page that begins like RTF", file{"a.htm", []byte(`{\rtf1` + smuggled)}, HTMLSmuggling},
		{"a page that begins like a document", file{"a.html", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + smuggled)}, HTMLSmuggling},
		{"a page under a rare ending", file{"a.xht", []byte("hello" + smuggled)}, HTMLSmuggling},
		{"a page in UTF-16", file{"a.html", wide(smuggled, false)}, HTMLSmuggling},
		{"a page in UTF-16, the other way", file{"a.html", wide(smuggled, true)}, HTMLSmuggling},
		{"a page longer than what is looked at", file{"a.html", []byte("<html>" + strings.Repeat(" ", 4<<20) + smuggled)}, Unscanned},
		{"a web archive", file{"a.mht", []byte(mht)}, HTMLSmuggling},
		{"a mail that begins like a PDF", file{"a.eml", []byte(eml)}, ForbiddenInner},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(check(t, newTest(t, nil), mailOf("x", c.file))); !strings.Contains(got, c.want+" ") {
				t.Errorf("found %q, want %s", got, c.want)
			}
		})
	}
}

func TestASignatureThatIsAProgramIsAFile(t *testing.T) {
	exe := base64.StdEncoding.EncodeToString([]byte("MZ" + strings.Repeat("\x00", 100)))
	raw := "From: jo@example.org\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n" + exe + "\r\n"
	if got := found(check(t, newTest(t, nil), []byte(raw))); !strings.Contains(got, Forbidden) {
		t.Errorf("found %q", got)
	}
}

func TestEachEncryptedArchiveIsObjectedTo(t *testing.T) {
	f := newTest(t, func(c *Config) { c.ForbiddenTypes = []string{"encrypted"} })
	r := check(t, f, mailOf("x", file{"a.zip", locked(t, "a.txt")}, file{"b.zip", locked(t, "b.txt")}))
	if n := len(r.Attached.Objections); n != 2 || r.Attached.Objections[0].Part == r.Attached.Objections[1].Part {
		t.Errorf("objections %+v", r.Attached.Objections)
	}
}
