package archive

import (
	stdzip "archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"
	"time"

	"weir/message/archive/archivetest"
)

// bombs are archives that are made to choke whoever opens them.
var bombs = []struct {
	name string
	want string // that must be reported
	make func(t testing.TB) []byte
}{
	{"D14_a_file_of_zeros", "[bomb]", func(t testing.TB) []byte { return archivetest.Zip(t, "zeros", make([]byte, 72<<20)) }},
	{"D14_a_gzip_of_zeros", "[bomb]", func(t testing.TB) []byte { return archivetest.Gzip(t, "zeros", make([]byte, 72<<20)) }},
	{"D14_a_zstd_of_zeros", "[bomb]", func(t testing.TB) []byte { return archivetest.Zstd(t, "zeros", make([]byte, 72<<20)) }},
	{"D14_layers_of_sixteen", "[too deep]", func(t testing.TB) []byte { return layers(t, 8, 16, archivetest.Zip(t, "0", make([]byte, 64<<10))) }},
	{"D14_layers_that_grow", "[too large]", func(t testing.TB) []byte {
		return layers(t, 3, 40, archivetest.StoredZip(t, "x", bytes.Repeat([]byte("0123456789abcdef"), 4096)))
	}},
	{"D14_overlapping_files", "[bomb]", func(t testing.TB) []byte { return overlapping(t, 2000) }},
	{"D14_a_million_entries", "[too many files]", func(t testing.TB) []byte { return manyEntries(1_000_000) }},
	{"D14_a_million_entries_in_a_tar", "[too many files]", func(t testing.TB) []byte { return bytes.Repeat(archivetest.Tar(t, "x", nil)[:512], 100_000) }},
	{"D14_a_gzip_bomb_in_bzip2", "[bomb]", func(t testing.TB) []byte { return archivetest.Piped("bzip2", "-c")(t, "", make([]byte, 72<<20)) }},
	{"D14_an_xz_of_zeros", "[bomb]", func(t testing.TB) []byte { return archivetest.Piped("xz", "-0c")(t, "", make([]byte, 72<<20)) }},
	{"D14_a_sparse_tar", "hole [bomb]", func(t testing.TB) []byte { return sparse() }},
}

// layers archivetest.Packs n copies of an archive into the next, again and again.
func layers(t testing.TB, depth, n int, inner []byte) []byte {
	for range depth {
		var b bytes.Buffer
		w := stdzip.NewWriter(&b)
		for i := range n {
			f, err := w.Create(fmt.Sprintf("%d.zip", i))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(inner); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		inner = b.Bytes()
	}
	return inner
}

// overlapping lists one file's data under many names: each entry of the directory points to the same bytes.
func overlapping(t testing.TB, n int) []byte {
	one := archivetest.Zip(t, "kernel", bytes.Repeat([]byte("a kernel that all files share "), 30000))
	end := zipEnd(one)
	at := bytes.Index(one, []byte(zipCentral))
	record := one[at:end]
	out := bytes.Clone(one[:at])
	for range n {
		out = append(out, record...)
	}
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(record)))
	return append(out, tail...)
}

// manyEntries is a directory of empty files.
func manyEntries(n int) []byte {
	local := make([]byte, zipLocalSize+1)
	copy(local, zipLocal)
	local[26], local[30] = 1, 'x'
	record := make([]byte, zipCentalSize+1)
	copy(record, zipCentral)
	record[28], record[46] = 1, 'x'
	out := bytes.Repeat(local, n)
	for i := range n {
		binary.LittleEndian.PutUint32(record[42:], uint32(i*len(local)))
		out = append(out, record...)
	}
	tail := make([]byte, zipEndSize)
	copy(tail, "PK\x05\x06")
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(record)))
	binary.LittleEndian.PutUint32(tail[16:], uint32(n*len(local)))
	return append(out, tail...)
}

// sparse is a tar in GNU's format of a file of 8 GB that is one hole.
func sparse() []byte {
	h := make([]byte, 512+1024)
	for _, f := range []struct {
		at   int
		text string
	}{{0, "hole"}, {100, "0000600\x00"}, {108, "0000000\x00"}, {116, "0000000\x00"}, {124, "00000000000\x00"}, {136, "00000000000\x00"}, {148, "        "},
		{156, "S"}, {257, "ustar  \x00"}, {386, "77777777777\x00"}, {398, "00000000000\x00"}, {483, "77777777777\x00"}} {
		copy(h[f.at:], f.text)
	}
	sum := 0
	for _, c := range h[:512] {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// TestBombs: none takes 2 s or 200 MB, and each is reported. The time is a guard against hanging, not a measure: see the
// benchmark of the same name.
func TestBombs(t *testing.T) {
	for _, c := range bombs {
		t.Run(c.name, func(t *testing.T) {
			data := c.make(t)
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			l := walk(t, "bomb.zip", data, Limits{})
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			if !l.has(c.want) {
				t.Errorf("nothing says %s: %d entries, last %v", c.want, len(l.lines), l.lines[max(0, len(l.lines)-3):])
			}
			if took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 200<<20 {
				t.Errorf("%d MB of memory more", grown>>20)
			}
			t.Logf("%d bytes: %v, %d MB allocated in all, largest entry %d MB, %d entries", len(data), took, (after.TotalAlloc-before.TotalAlloc)>>20, l.most>>20, len(l.lines))
		})
	}
}
