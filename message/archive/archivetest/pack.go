// Package archivetest writes archives for tests: of every format that message/archive opens, by writers as small as can be
// where Go has none (RAR, 7z, ISO; what they hold is stored and not packed), and by programs of the machine for bzip2 and xz.
package archivetest

import (
	"archive/tar"
	stdzip "archive/zip"
	"bytes"
	"compress/gzip"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Pack makes an archive of one file, by format.
type Pack struct {
	Name string // with the ending that such archives have
	Make func(t testing.TB, name string, data []byte) []byte
}

// Packs are all formats that tests can write by themselves or with a program of the machine's.
var Packs = []Pack{
	{"x.zip", Zip}, {"stored.zip", StoredZip}, {"x.tar", Tar}, {"x.gz", Gzip}, {"x.zst", Zstd},
	{"x.rar", func(_ testing.TB, name string, data []byte) []byte {
		return RAR4(false, RARFile{Name: name, Data: data})
	}},
	{"five.rar", func(_ testing.TB, name string, data []byte) []byte {
		return RAR5(false, RARFile{Name: name, Data: data})
	}},
	{"x.7z", Seven}, {"x.bz2", Piped("bzip2", "-c")}, {"x.xz", Piped("xz", "-c")}, {"x.lzma", Piped("xz", "-c", "--format=lzma")},
}

// piped Packs with a program that reads its standard input.
func Piped(program string, args ...string) func(testing.TB, string, []byte) []byte {
	return func(t testing.TB, _ string, data []byte) []byte {
		t.Helper()
		path, err := exec.LookPath(program)
		if err != nil {
			t.Skipf("%s is not on this machine", program)
		}
		cmd := exec.Command(path, args...)
		cmd.Stdin = bytes.NewReader(data)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// Zip writes a zip archive of one file, deflated.
func Zip(t testing.TB, name string, data []byte) []byte {
	return ZipWith(t, &stdzip.FileHeader{Name: name, Method: stdzip.Deflate}, data)
}

// StoredZip writes a zip archive of one file as it is.
func StoredZip(t testing.TB, name string, data []byte) []byte {
	return ZipWith(t, &stdzip.FileHeader{Name: name}, data)
}

// ZipWith writes a zip archive of one file with a header of its own.
func ZipWith(t testing.TB, h *stdzip.FileHeader, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := stdzip.NewWriter(&b)
	f, err := w.CreateHeader(h)
	if err == nil {
		_, err = f.Write(data)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Tar writes a tar archive of one file.
func Tar(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o600, Format: tar.FormatPAX}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Gzip packs with gzip.
func Gzip(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Zstd packs with zstd.
func Zstd(t testing.TB, _ string, data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}
