package link

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// corpusTexts are whole messages of the shared corpora, taken as text.
func corpusTexts(tb testing.TB) (texts []string, size int) {
	dir := os.Getenv("WEIR_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	filepath.WalkDir(filepath.Join(dir, "corpora"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if raw, err := os.ReadFile(path); err == nil && len(raw) < 200_000 {
			texts, size = append(texts, string(raw)), size+len(raw)
		}
		return nil
	})
	if len(texts) == 0 {
		tb.Skip("SHARED SUITE NOT RUN: no messages below ../shared/corpora or WEIR_SHARED")
	}
	return texts, size
}

func BenchmarkScanCorpus(b *testing.B) {
	texts, size := corpusTexts(b)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = 0
		for _, text := range texts {
			n += len(ScanText(nil, text, Text))
		}
	}
	b.ReportMetric(float64(n)/float64(len(texts)), "links/msg")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(texts)), "µs/msg")
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Parse("https://www.example.co.uk/path/to?a=b&c=d")
	}
}
