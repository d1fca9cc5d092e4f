package attachments

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/archive"
)

// locked is a zip whose one file is said to be encrypted.
func locked(t testing.TB, name string) []byte {
	b := zipped(t, file{name, []byte("secret")})
	for _, magic := range []struct {
		text string
		at   int
	}{{"PK\x03\x04", 6}, {"PK\x01\x02", 8}} {
		b[strings.Index(string(b), magic.text)+magic.at] |= 1
	}
	return b
}

// lockedRAR is a RAR of version 5 whose header is encrypted.
func lockedRAR() []byte {
	body := append([]byte{4, 0, 0, 0, 15}, make([]byte, 16)...)
	block := append([]byte{byte(len(body))}, body...)
	out := append([]byte("Rar!\x1a\x07\x01\x00"), binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(block))...)
	return append(append(out, block...), make([]byte, 64)...)
}

func TestWhatIsEncrypted(t *testing.T) {
	for _, c := range []struct {
		name, text string
		file       file
		want       string
	}{
		{"D15_a_zip", "see there", file{"a.zip", locked(t, "a.txt")}, "ATTACHMENT_ENCRYPTED_ARCHIVE"},
		{"D15_a_zip_with_its_password", "The password is: hunter2", file{"a.zip", locked(t, "a.txt")}, "ATTACHMENT_ENCRYPTED_ARCHIVE ATTACHMENT_PASSWORD_GIVEN"},
		{"D15_a_zip_with_its_password_in_German", "Das Kennwort lautet Sommer24", file{"a.zip", locked(t, "a.txt")}, "ATTACHMENT_ENCRYPTED_ARCHIVE ATTACHMENT_PASSWORD_GIVEN"},
		{"D15_a_zip_with_its_password_in_Russian", "Пароль: 12345", file{"a.zip", locked(t, "a.txt")}, "ATTACHMENT_ENCRYPTED_ARCHIVE ATTACHMENT_PASSWORD_GIVEN"},
		{"D15_the_password_comes_another_way", "I will call you about the password.", file{"a.zip", locked(t, "a.txt")}, "ATTACHMENT_ENCRYPTED_ARCHIVE"},
		{"D15_a_program_whose_name_is_to_be_seen", "", file{"a.zip", locked(t, "a.exe")}, "ATTACHMENT_FORBIDDEN_INNER ATTACHMENT_ENCRYPTED_ARCHIVE"},
		{"D15_RAR_with_names", "", file{"a.rar", lockedRAR()}, "ATTACHMENT_ENCRYPTED_ARCHIVE ATTACHMENT_ENCRYPTED_NAMES"},
		{"D15_a_password_and_no_archive", "The password is: hunter2", file{"a.zip", zipped(t, file{"a.txt", []byte("x")})}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := check(t, newTest(t, nil), mailOf(c.text, c.file))
			if got := strings.TrimSpace(found(r)); got != order(c.want) {
				t.Errorf("found %q, want %q", got, order(c.want))
			}
		})
	}
	t.Run("D15_what_is_encrypted_may_be_forbidden", func(t *testing.T) {
		f := newTest(t, func(c *Config) { c.ForbiddenTypes = []string{"encrypted"} })
		for _, data := range [][]byte{locked(t, "a.txt"), lockedRAR(), []byte("%PDF-1.4\ntrailer<</Encrypt 5 0 R>>")} {
			if r := check(t, f, mailOf("", file{"a.bin", data})); len(r.Attached.Objections) != 1 {
				t.Errorf("objections %+v; %+v", r.Attached.Objections, r.Hits)
			}
		}
	})
}

func TestObjectionsSayWhichPart(t *testing.T) {
	raw := strings.Replace(string(mailOf("hello", file{"good.txt", []byte("x")}, file{"a.zip", zipped(t, file{"b.zip", zipped(t, file{"c.exe", []byte(exe)})})})),
		"--b--\r\n", "--b\r\nContent-Type: message/rfc822\r\n\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nhi\r\n--c\r\nContent-Type: application/x-msdownload; name=d.exe\r\n\r\nx\r\n--c--\r\n--b--\r\n", 1)
	r := check(t, newTest(t, nil), []byte(raw))
	var got []string
	for _, o := range r.Attached.Objections {
		got = append(got, fmt.Sprintf("%d %v %q %q %s", o.Part, o.Path, o.Name, o.Inner, o.Symbol))
	}
	want := []string{`3 [2] "a.zip" "a.zip > b.zip > c.exe" ATTACHMENT_FORBIDDEN_INNER`, `7 [3 0 1] "d.exe" "" ATTACHMENT_FORBIDDEN`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("objections\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestListsAreConfigurable(t *testing.T) {
	f := newTest(t, func(c *Config) {
		c.Forbidden, c.ForbiddenInner, c.ForbiddenTypes, c.ForbiddenNames = []string{"DOC"}, []string{"txt"}, []string{"7z", "svg"}, []string{"Remit*.pdf"}
	})
	for _, c := range []struct {
		file file
		want string
	}{
		{file{"a.exe", []byte("x")}, ""}, {file{"a.doc", []byte("x")}, Forbidden}, {file{"a.zip", zipped(t, file{"a.txt", []byte("x")})}, ForbiddenInner},
		{file{"REMITTANCE.PDF", []byte("x")}, Forbidden}, {file{"a.bin", []byte("<svg/>")}, Forbidden},
		{file{"a.zip", zipped(t, file{"x/remit 1.pdf", []byte("x")})}, ForbiddenInner},
	} {
		if got := strings.TrimSpace(found(check(t, f, mailOf("", c.file)))); got != c.want {
			t.Errorf("%s: %q, want %q", c.file.name, got, c.want)
		}
	}
}

func TestImpossibleSettingsAreRefused(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"forbidden: ":       func(c *Config) { c.Forbidden = []string{".exe"} },
		"forbidden_inner: ": func(c *Config) { c.ForbiddenInner = []string{""} },
		"forbidden_types: ": func(c *Config) { c.ForbiddenTypes = []string{"exe"} },
		"depth must":        func(c *Config) { c.Depth = 0 },
		"entries must":      func(c *Config) { c.Entries = 1 << 20 },
		"unpacked must":     func(c *Config) { c.Unpacked = 1 << 40 },
		"ratio must":        func(c *Config) { c.Ratio = 1 },
		"time must":         func(c *Config) { c.Time = 0 },
		"qr_pixels must":    func(c *Config) { c.QRPixels = -1 },
		"forbidden_names: ": func(c *Config) { c.ForbiddenNames = []string{"a[.exe"} },
	} {
		_, err := Spec.New(func(into any) error { change(into.(*Config)); return nil }, filters.Env{})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s…", err, want)
		}
	}
}

// TestNamesAreOnlyText: names that would do harm in a shell or as a path; nothing appears on the disk, and reports are printable.
func TestNamesAreOnlyText(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ name, is string }{
		{"D16_up_and_out", "../../../tmp/pwned.exe"}, {"D16_absolute", "/tmp/pwned.exe"}, {"D16_64_kB", strings.Repeat("a", 64000) + ".exe"},
		{"D17_backticks", "`touch pwned`.exe"}, {"D17_dollar", "$(touch pwned).exe"}, {"D17_quote", "';touch pwned;'.exe"}, {"D17_a_switch", "-rf.exe"},
		{"D17_escape_codes", "\x1b[2Jx.exe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, raw := range [][]byte{mailOf("", file{c.is, []byte("x")}), mailOf("", file{"a.zip", zipped(t, file{c.is, []byte(exe)})})} {
				r := check(t, newTest(t, nil), raw)
				if len(r.Attached.Objections) == 0 {
					t.Errorf("it was not seen: %+v", r.Hits)
				}
				for _, h := range r.Hits {
					if len(h.Detail) > 4*maxShown+10 || strings.ContainsAny(h.Detail, "\x1b\x00\r\n") {
						t.Errorf("detail %q", h.Detail)
					}
				}
			}
			if left, err := fs.Glob(os.DirFS("."), "*"); err != nil || len(left) > 0 {
				t.Errorf("files appeared: %q %v", left, err)
			}
		})
	}
}

// TestWhatIsBeyondTheLimitsIsNotClean: the work ends, and the report says so.
func TestWhatIsBeyondTheLimitsIsNotClean(t *testing.T) {
	deep := []byte("x")
	for range 12 {
		deep = zipped(t, file{"a.zip", deep})
	}
	mail := mailOf("x", file{"a.txt", []byte("x")})
	for range 10 {
		mail = mailOf("x", file{"a.eml", mail})
	}
	for _, c := range []struct {
		name, want string
		file       file
		change     func(*Config)
	}{
		{"D14_zeros", "ATTACHMENT_BOMB ATTACHMENT_UNSCANNED", file{"a.zip", zipped(t, file{"zeros", make([]byte, 64<<20)})}, nil},
		{"D14_depth", "ATTACHMENT_UNSCANNED", file{"a.zip", deep}, nil},
		{"D14_entries", "ATTACHMENT_UNSCANNED", file{"a.zip", zipped(t, file{"a", nil}, file{"b", nil}, file{"c", nil})}, func(c *Config) { c.Entries = 2 }},
		{"D14_bytes", "ATTACHMENT_UNSCANNED", file{"a.zip", zipped(t, file{"a", []byte(strings.Repeat("random enough? ", 100))})}, func(c *Config) { c.Unpacked = 1 << 10 }},
		{"D14_time", "ATTACHMENT_UNSCANNED", file{"a.zip", deep}, func(c *Config) { c.Time = 1 }},
		{"mails within mails", "ATTACHMENT_UNSCANNED", file{"a.eml", mail}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := check(t, newTest(t, c.change), mailOf("", c.file))
			if got := strings.TrimSpace(found(r)); got != c.want {
				t.Errorf("found %q, want %q; %+v", got, c.want, r.Hits)
			}
		})
	}
}

// TestWhatIsHostileEnds: inputs that make careless parsers quadratic.
func TestWhatIsHostileEnds(t *testing.T) {
	n := 200_000
	f := newTest(t, nil)
	for _, c := range []struct {
		name string
		file file
	}{
		{"a million templates in RTF", file{"a.rtf", []byte(`{\rtf1` + strings.Repeat(`\template `, n))}},
		{"a million objects in RTF", file{"a.rtf", []byte(`{\rtf1` + strings.Repeat(`{\objdata 00}`, n))}},
		{"a million names in a PDF", file{"a.pdf", []byte("%PDF-1.4" + strings.Repeat("/JS(", n))}},
		{"a million comments in a PDF", file{"a.pdf", []byte("%PDF-1.4" + strings.Repeat("%\n", n))}},
		{"a million streams in a PDF", file{"a.pdf", []byte("%PDF-1.4" + strings.Repeat("stream\n", n))}},
		{"a million links in SVG", file{"a.svg", []byte("<svg>" + strings.Repeat(`href="`, n))}},
		{"a million downloads in HTML", file{"a.html", []byte("<html>" + strings.Repeat(`<a download href="data:`, n))}},
		{"D18_a_million_fields", file{"a.docx", word(t, strings.Repeat("<w:instrText>", n), strings.Repeat("<Relationship ", n))}},
		{"D18_zeros_as_a_workbook", file{"a.xls", compoundOf(item{name: "Workbook", data: make([]byte, n)})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := mailOf("", c.file)
			began := time.Now()
			check(t, f, raw)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Logf("%d bytes: %v", len(raw), took)
			}
		})
	}
}

func TestMailWithoutAttachmentsCostsNothing(t *testing.T) {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("From: a@b.c\r\nContent-Type: text/plain\r\n\r\nhello there\r\n"))
	f := newTest(t, nil)
	if n := testing.AllocsPerRun(100, func() { _, _ = f.Check(t.Context(), m, filters.Findings{}) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

var _ archive.Visitor = (*examiner)(nil)
