package archive

import (
	"archive/tar"
	stdzip "archive/zip"
	"bytes"
	"compress/gzip"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// pack makes an archive of one file, by format.
type pack struct {
	name string // with the ending that such archives have
	make func(t testing.TB, name string, data []byte) []byte
}

// packs are all formats that tests can write by themselves or with a program of the machine's.
var packs = []pack{
	{"x.zip", zipOf}, {"stored.zip", storedZip}, {"x.tar", tarOf}, {"x.gz", gzipOf}, {"x.zst", zstdOf},
	{"x.rar", func(_ testing.TB, name string, data []byte) []byte {
		return rar4(false, rarFileOf{name: name, data: data})
	}},
	{"five.rar", func(_ testing.TB, name string, data []byte) []byte {
		return rar5(false, rarFileOf{name: name, data: data})
	}},
	{"x.bz2", piped("bzip2", "-c")}, {"x.xz", piped("xz", "-c")}, {"x.lzma", piped("xz", "-c", "--format=lzma")},
}

// piped packs with a program that reads its standard input.
func piped(program string, args ...string) func(testing.TB, string, []byte) []byte {
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

func zipOf(t testing.TB, name string, data []byte) []byte {
	return zipWith(t, &stdzip.FileHeader{Name: name, Method: stdzip.Deflate}, data)
}

func storedZip(t testing.TB, name string, data []byte) []byte {
	return zipWith(t, &stdzip.FileHeader{Name: name}, data)
}

func zipWith(t testing.TB, h *stdzip.FileHeader, data []byte) []byte {
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

func tarOf(t testing.TB, name string, data []byte) []byte {
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

func gzipOf(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstdOf(t testing.TB, _ string, data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}
