package archive

import (
	"archive/tar"
	stdzip "archive/zip"
	"bytes"
	"encoding/binary"
	"io/fs"
	"strings"
	"testing"

	"weir/message/archive/archivetest"
)

// lie is a zip archive that says different things in different places.
var lies = []struct {
	name string
	make func(t *testing.T) []byte
	want []string // that must be seen
}{
	{"D14_a_file_that_the_directory_does_not_list", func(t *testing.T) []byte {
		return append(archivetest.StoredZip(t, "evil.exe", []byte(marker))[:zipLocalSize+len("evil.exe")+len(marker)], archivetest.Zip(t, "good.txt", []byte("hello"))...)
	}, []string{"good.txt", "evil.exe", "[hidden]"}},
	{"D14_two_names_for_one_file", func(t *testing.T) []byte {
		b := archivetest.StoredZip(t, "evil.exe", []byte(marker))
		at := bytes.Index(b, []byte(zipCentral))
		copy(b[at+zipCentalSize:], "good.txt")
		return b
	}, []string{"good.txt", "[evil.exe]", "[hidden]"}},
	{"D14_the_directory_says_that_a_file_is_empty", func(t *testing.T) []byte {
		b := archivetest.Zip(t, "a.txt", []byte(marker))
		at := bytes.Index(b, []byte(zipCentral))
		binary.LittleEndian.PutUint32(b[at+20:], 0)
		binary.LittleEndian.PutUint32(b[at+24:], 0)
		return b
	}, []string{"a.txt", "[hidden]"}},
	{"D14_no_directory_at_all", func(t *testing.T) []byte {
		b := archivetest.Zip(t, "a.txt", []byte(marker))
		return b[:bytes.Index(b, []byte(zipCentral))]
	}, []string{"a.txt", "[broken]"}},
	{"D14_the_end_record_points_nowhere", func(t *testing.T) []byte {
		b := archivetest.Zip(t, "a.txt", []byte(marker))
		end := zipEnd(b)
		binary.LittleEndian.PutUint32(b[end+12:], 77)
		binary.LittleEndian.PutUint32(b[end+16:], 1<<31)
		return b
	}, []string{"a.txt"}},
	{"D14_zip64_sizes_that_are_lies", func(t *testing.T) []byte {
		b := archivetest.StoredZip(t, "a.txt", []byte(marker))
		at, end := bytes.Index(b, []byte(zipCentral)), zipEnd(b)
		binary.LittleEndian.PutUint32(b[at+24:], 1<<32-1)
		binary.LittleEndian.PutUint16(b[at+30:], 12)
		extra := binary.LittleEndian.AppendUint64([]byte{1, 0, 8, 0}, 1<<62)
		out := append(bytes.Clone(b[:at+zipCentalSize+5]), extra...)
		tail := bytes.Clone(b[end:])
		binary.LittleEndian.PutUint32(tail[12:], uint32(zipCentalSize+5+12))
		return append(out, tail...)
	}, []string{"a.txt", "[broken]"}},
	{"D14_behind_a_program", func(t *testing.T) []byte {
		return append([]byte("MZ a program that unpacks itself"), archivetest.Zip(t, "a.txt", []byte(marker))...)
	}, []string{"a.txt"}},
	{"D14_behind_a_pdf", func(t *testing.T) []byte {
		return append([]byte("%PDF-1.4\n%%EOF\n"), archivetest.Zip(t, "a.txt", []byte(marker))...)
	}, []string{"a.txt"}},
	{"D14_a_rar_in_front_of_a_zip", func(t *testing.T) []byte {
		return append(archivetest.RAR5(false, archivetest.RARFile{Name: "r.txt", Data: []byte("in the rar")}), archivetest.Zip(t, "a.txt", []byte(marker))...)
	}, []string{"rar x.zip > r.txt", "zip x.zip > a.txt"}},
	{"D14_a_comment_with_another_end_record", func(t *testing.T) []byte {
		b := archivetest.Zip(t, "a.txt", []byte(marker))
		binary.LittleEndian.PutUint16(b[len(b)-2:], 30)
		return append(b, append([]byte("PK\x05\x06"), make([]byte, 26)...)...)
	}, []string{"a.txt"}},
}

func TestLies(t *testing.T) {
	for _, c := range lies {
		t.Run(c.name, func(t *testing.T) {
			l := walk(t, "x.zip", c.make(t), Limits{})
			for _, want := range c.want {
				if !l.has(want) {
					t.Errorf("nothing has %q:\n%s", want, strings.Join(l.lines, "\n"))
				}
			}
			if len(l.found) == 0 {
				t.Errorf("what is inside was not reached:\n%s", strings.Join(l.lines, "\n"))
			}
		})
	}
}

// hostileNames are names that would do harm as a path, or in a shell.
var hostileNames = []struct {
	name, is string
	escapes  bool
}{
	{"D16_up_and_out", "../../etc/passwd", true}, {"D16_up_and_out_backwards", `..\..\windows\system.ini`, true}, {"D16_absolute", "/etc/passwd", true},
	{"D16_a_drive", `C:\autoexec.bat`, true}, {"D16_a_share", `\\host\share\x`, true}, {"D16_nul", "good.txt\x00.exe", true},
	{"D16_64_kB", strings.Repeat("a", 65000) + ".exe", false}, {"D16_up_within", "a/../../b", true}, {"D16_two_dots_in_a_name", "a..b/c...txt", false},
	{"D17_backticks", "`touch pwned`", false}, {"D17_dollar", "$(touch pwned)", false}, {"D17_quote", "';touch pwned;'", false},
	{"D17_a_switch", "--checkpoint-action=exec=sh x", false}, {"D17_a_pipe", "|touch pwned", false}, {"D17_newline", "a\ntouch pwned", false},
}

// TestHostileNames: each file is reached by whatever name, names are cut and marked, and nothing appears on the disk.
func TestHostileNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range hostileNames {
		t.Run(c.name, func(t *testing.T) {
			for _, p := range archivetest.Packs[:7] {
				if strings.Contains(p.Name, ".gz") || strings.Contains(p.Name, ".zst") || strings.Contains(c.name, "nul") && !strings.Contains(p.Name, "zip") {
					continue // they keep no such name
				}
				if strings.Contains(c.name, "64_kB") && !strings.Contains(p.Name, "zip") && !strings.Contains(p.Name, "tar") {
					continue
				}
				k := &keeper{data: map[string][]byte{}}
				New(t.Context(), Limits{}, k).Walk(p.Name, p.Make(t, c.is, []byte(marker)))
				if len(k.found) != 1 {
					t.Errorf("%s: the file was not reached:\n%.300q", p.Name, k.lines)
				}
				for name := range k.data {
					if len(name) > maxName+3 {
						t.Errorf("%s: a name of %d bytes", p.Name, len(name))
					}
				}
			}
			if Escapes(c.is) != c.escapes {
				t.Errorf("Escapes = %v", !c.escapes)
			}
			left, err := fs.Glob(rootFS{}, "*")
			if err != nil || len(left) > 0 {
				t.Errorf("files appeared: %q %v", left, err)
			}
		})
	}
}

func TestLinksAndDevicesAreNotFiles(t *testing.T) {
	h := &stdzip.FileHeader{Name: "D16_link"}
	h.SetMode(fs.ModeSymlink | 0o777)
	l := walk(t, "x.zip", archivetest.ZipWith(t, h, []byte("/etc/passwd")), Limits{})
	if !l.has("[link]") {
		t.Error("D16: a symbolic link in a zip is a file:", l.lines)
	}
	h = &stdzip.FileHeader{Name: "D16_device"}
	h.SetMode(fs.ModeDevice | 0o666)
	if l := walk(t, "x.zip", archivetest.ZipWith(t, h, nil), Limits{}); !l.has("[device]") {
		t.Error("D16: a device in a zip is a file:", l.lines)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, kind := range map[string]byte{"link": tar.TypeSymlink, "device": tar.TypeChar, "dir": tar.TypeDir} {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: kind, Linkname: "/etc/passwd"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if l := walk(t, "x.tar", b.Bytes(), Limits{}); !l.has("link [link]") || !l.has("device [device]") || !l.has("[dir]") {
		t.Error("D16: links and devices in a tar:", l.lines)
	}
	if l := walk(t, "x.rar", archivetest.RAR5(false, archivetest.RARFile{Name: "D16_link", Link: true}), Limits{}); !l.has("[link]") {
		t.Error("D16: a link in a RAR is a file:", l.lines)
	}
}
