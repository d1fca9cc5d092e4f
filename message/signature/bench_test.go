package signature

import (
	"strings"
	"testing"
)

// BenchmarkBody hashes bodies of 1 MB.
func BenchmarkBody(b *testing.B) {
	for name, line := range map[string]string{
		"text":    "A line of text as people write it, with  two spaces now and then.\r\n",
		"base64":  strings.Repeat("QUJD", 19) + "\r\n",
		"html":    "\t<td class=\"x\">  <a href=\"https://www.example.org/\">here</a>\t</td>\r\n",
		"one run": strings.Repeat(" ", 1000) + "x",
	} {
		body := []byte(strings.Repeat(line, 1<<20/len(line)))
		for _, c := range []Canon{Simple, Relaxed} {
			b.Run(name+" "+c.String(), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					NewBody(body).Sum(c)
				}
			})
		}
	}
}
