package archive

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"weir/message/archive/archivetest"
)

// rootFS is the current folder.
type rootFS struct{}

func (rootFS) Open(name string) (fs.File, error) { return os.Open(name) }

func TestRAR(t *testing.T) {
	file := archivetest.RARFile{Name: "a.txt", Data: []byte(marker)}
	secret := archivetest.RARFile{Name: "s.txt", Data: []byte("0123456789abcdef"), Encrypted: true}
	for _, c := range []struct {
		name  string
		data  []byte
		want  string
		found bool
	}{
		{"RAR4 stored", archivetest.RAR4(false, file), "a.txt", true},
		{"RAR5 stored", archivetest.RAR5(false, file), "a.txt", true},
		{"behind a program", append([]byte("MZ\x90 a program"), archivetest.RAR5(false, file)...), "a.txt", true},
		{"D15_RAR4_encrypted", archivetest.RAR4(false, secret), "s.txt [encrypted]", false},
		{"D15_RAR5_encrypted", archivetest.RAR5(false, secret), "s.txt [encrypted]", false},
		{"D15_RAR4_names_encrypted", archivetest.RAR4(true), "[encrypted]", false},
		{"D15_RAR5_names_encrypted", archivetest.RAR5(true), "[encrypted]", false},
		{"D18_RAR4_cut_off", archivetest.RAR4(false, file)[:60], "[broken]", false},
		{"D18_RAR5_cut_off", archivetest.RAR5(false, file)[:60], "[broken]", false},
		{"D18_a_signature_and_nothing", []byte("Rar!\x1a\x07\x00"), "[broken]", false},
		{"D18_junk_behind_the_signature", append([]byte("Rar!\x1a\x07\x01\x00"), strings.Repeat("\xff", 500)...), "[broken]", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := walk(t, "x.rar", c.data, Limits{})
			if !l.has(c.want) || (len(l.found) > 0) != c.found {
				t.Errorf("want %s, found %v; seen:\n%s", c.want, c.found, strings.Join(l.lines, "\n"))
			}
		})
	}
}

// TestMalformed7z: headers that claim what is not there.
func TestMalformed7z(t *testing.T) {
	head := func(header ...byte) []byte {
		b := make([]byte, 32, 32+len(header))
		copy(b, sevenMagic)
		b[20] = byte(len(header))
		return append(b, header...)
	}
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"D18_2_to_the_63_files", head(append([]byte{idHeader, idFiles}, huge...)...)},
		{"D18_four_billion_files", head(idHeader, idFiles, 0xf0, 0xff, 0xff, 0xff, 0xff)},
		{"D18_2_to_the_63_folders", head(append([]byte{idHeader, idMainStreams, idUnpackInfo, idFolder}, huge...)...)},
		{"D18_the_header_is_elsewhere", append([]byte(sevenMagic), "\x00\x04....\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x7f...."...)},
		{"D18_a_packed_header_of_a_dictionary_of_4_GB", head(idEncodedHeader, idPackInfo, 0, 1, idSize, 0, idEnd, idUnpackInfo, idFolder, 1, 0, 1, 0x23, 3, 1, 1, 5, 0x5d, 0xff, 0xff, 0xff, 0xff, idUnpackSize, 0xf0, 0xff, 0xff, 0xff, 0xff, idEnd, idEnd)},
		{"D18_coders_that_feed_each_other", head(idEncodedHeader, idPackInfo, 0, 1, idSize, 0, idEnd, idUnpackInfo, idFolder, 1, 0, 2, 1, 0x21, 1, 0x21, 0, 1, 1, 0, idUnpackSize, 9, 9, idEnd, idEnd)},
		{"D18_a_coder_that_feeds_itself", head(idEncodedHeader, idPackInfo, 0, 1, idSize, 0, idEnd, idUnpackInfo, idFolder, 1, 0, 3, 1, methodLZMA2, 1, methodLZMA2, 1, methodLZMA2, 2, 1, 1, 1, idUnpackSize, 9, 9, 9, idEnd, idEnd)},
		{"D18_cut_off", head(idHeader, idMainStreams)},
		{"D18_nothing_but_the_magic", []byte(sevenMagic)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if l := walk(t, "x.7z", c.data, Limits{}); !l.broken {
				t.Errorf("nothing is said to be wrong: %v", l.lines)
			}
		})
	}
}

func TestISO(t *testing.T) {
	if l := walk(t, "x.iso", archivetest.ISO(t, "EVIL.EXE;1", []byte(marker)), Limits{}); len(l.found) != 1 || !l.has("EVIL.EXE") {
		t.Errorf("seen: %v", l.lines)
	}
	if l := walk(t, "x.iso", archivetest.ISO(t, "EVIL.EXE;1", []byte(marker))[:19*isoSector], Limits{}); !l.broken {
		t.Errorf("an image that is cut off: %v", l.lines)
	}
}
