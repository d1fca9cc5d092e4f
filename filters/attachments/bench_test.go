//go:build unix

package attachments

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/filters"
	"weir/message"
)

// documentsZip is a zip of about 1 MB: ten documents of Word with pictures and text that packs like prose.
func documentsZip(t testing.TB) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var files []file
	for i := range 10 {
		var text strings.Builder
		for text.Len() < 150<<10 {
			fmt.Fprintf(&text, `<w:p w:rsidR="%08x"><w:r><w:t xml:space="preserve">Item %d of the minutes, %d words. </w:t></w:r></w:p>`, random.Uint32(), random.IntN(1000), random.IntN(1000))
		}
		picture := make([]byte, 70<<10)
		for k := range picture {
			picture[k] = byte(random.Uint32())
		}
		copy(picture, "\xff\xd8\xff\xe0")
		styles := strings.Repeat(`<w:style w:type="paragraph"><w:name w:val="x"/></w:style>`, 800)
		files = append(files, file{fmt.Sprintf("minutes %d.docx", i), word(t, text.String(), external("hyperlink", "https://example.org/"),
			file{"word/media/image1.jpeg", picture}, file{"word/styles.xml", []byte(styles)}, file{"word/theme/theme1.xml", []byte(styles)})})
	}
	return zipped(t, files...)
}

func benchmark(b *testing.B, raw []byte) {
	f, err := Spec.New(func(any) error { return nil }, filters.Env{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		m := message.New(message.Envelope{}, message.Options{})
		m.Load(raw)
		if _, err := f.Check(b.Context(), m, filters.Findings{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(time.Millisecond)/float64(b.N), "cpu-ms/op")
}

// cpu is the processor time of this process, kernel included.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkAttachments(b *testing.B) {
	documents := documentsZip(b)
	b.Run(fmt.Sprintf("zip of documents, %d kB", len(documents)>>10), func(b *testing.B) { benchmark(b, mailOf("see there", file{"a.zip", documents})) })
	b.Run("no attachment", func(b *testing.B) { benchmark(b, []byte("From: a@b.c\r\n\r\nhello there\r\n")) })
	b.Run("a PDF of 300 kB", func(b *testing.B) {
		benchmark(b, mailOf("see there", file{"a.pdf", []byte("%PDF-1.5\n" + strings.Repeat("1 0 obj<</Type/Page/Length 9>>stream\n"+strings.Repeat("\x9c\x81\xff", 900)+"\nendstream endobj\n", 110))}))
	})
}
