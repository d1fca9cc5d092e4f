package archive

import (
	"testing"
	"time"

	"weir/message/archive/archivetest"
)

// fuzzed are small limits, so that a run looks at many inputs.
var fuzzed = Limits{Bytes: 4 << 20, Entries: 200, Depth: 3, Time: time.Second}

// fuzz walks through whatever comes; nothing may panic, and what was unpacked stays within the limit.
func fuzz(f *testing.F, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := walk(t, "x", data, fuzzed)
		if l.most > int(fuzzed.Bytes) {
			t.Errorf("an entry of %d bytes", l.most)
		}
		if len(l.lines) > 4*fuzzed.Entries+100 {
			t.Errorf("%d entries", len(l.lines))
		}
	})
}

func FuzzZip(f *testing.F) {
	fuzz(f, archivetest.Zip(f, "a.txt", []byte(marker)), overlapping(f, 3), manyEntries(3))
}
func FuzzRAR(f *testing.F) {
	fuzz(f, archivetest.RAR4(false, archivetest.RARFile{Name: "a", Data: []byte(marker)}), archivetest.RAR5(false, archivetest.RARFile{Name: "a", Data: []byte(marker)}))
}
func FuzzSeven(f *testing.F) { fuzz(f, archivetest.Seven(f, "a", []byte(marker)), []byte(sevenMagic)) }
func FuzzPacked(f *testing.F) {
	fuzz(f, archivetest.Gzip(f, "", []byte(marker)), archivetest.Zstd(f, "", []byte(marker)), []byte("BZh91AY&SY"), []byte("\xfd7zXZ\x00\x00\x04"), []byte("\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00"))
}
func FuzzTar(f *testing.F) { fuzz(f, archivetest.Tar(f, "a", []byte(marker)), sparse()) }
func FuzzISO(f *testing.F) { fuzz(f, archivetest.ISO(f, "A.TXT;1", []byte(marker))) }
