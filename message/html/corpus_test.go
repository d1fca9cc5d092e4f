package html

import (
	"bytes"
	"encoding/base64"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	xhtml "golang.org/x/net/html"
)

// corpus gives the HTML parts of the shared corpora, read with the standard library only. It is empty where the folder
// is absent.
var corpus = sync.OnceValue(func() (parts []string) {
	dir := os.Getenv("WEIR_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	filepath.WalkDir(filepath.Join(dir, "corpora"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		if m, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
			parts = collect(parts, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0)
		}
		return nil
	})
	return parts
})

func collect(parts []string, contentType, encoding string, body io.Reader, depth int) []string {
	kind, params, _ := mime.ParseMediaType(contentType)
	if strings.HasPrefix(kind, "multipart/") && depth < 5 {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err != nil {
				return parts
			}
			parts = collect(parts, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1)
		}
	}
	if kind != "text/html" {
		return parts
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	text, _ := io.ReadAll(body)
	return append(parts, string(text))
}

func needCorpus(tb testing.TB) []string {
	if len(corpus()) == 0 {
		tb.Skip("SHARED SUITE NOT RUN: no HTML found below ../shared/corpora or WEIR_SHARED")
	}
	return corpus()
}

// TestTokensAreThoseOfAnotherTokenizer compares tags, attributes and text with x/net/html on all HTML of the corpora.
func TestTokensAreThoseOfAnotherTokenizer(t *testing.T) {
	differ := 0
	for _, src := range needCorpus(t) {
		src = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(src) // they normalise line ends and NUL, we need not
		ours, theirs := ourTokens(src), theirTokens(src)
		if slices.Equal(ours, theirs) {
			continue
		}
		for i := range min(len(ours), len(theirs)) {
			if ours[i] != theirs[i] {
				if differ++; differ < 20 {
					t.Errorf("token %d:\n  ours %.200q\ntheirs %.200q", i, ours[i], theirs[i])
				}
				break
			}
		}
		if n := min(len(ours), len(theirs)); slices.Equal(ours[:n], theirs[:n]) {
			differ++
			t.Errorf("ours has %d tokens, theirs %d: more is %.300q", len(ours), len(theirs), append(ours[n:], theirs[n:]...))
		}
	}
	t.Logf("%d HTML parts compared", len(corpus()))
}

func ourTokens(src string) (out []string) {
	z := tokenizer{src: src}
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "text "+text)
		}
		text = ""
	}
	for {
		switch z.next() {
		case endOfInput:
			flush()
			return out
		case textToken:
			if z.rawText {
				text += z.text
			} else {
				text += unescape(z.text, false)
			}
		case startTag:
			flush()
			s := "start " + strings.ToLower(z.name)
			seen := map[string]bool{}
			for _, a := range z.attrs {
				if name := strings.ToLower(a.name); !seen[name] {
					seen[name] = true
					s += " " + name + "=" + unescape(a.value, true)
				}
			}
			out = append(out, s)
		case endTag:
			flush()
			out = append(out, "end "+strings.ToLower(z.name))
		case comment:
			flush()
		}
	}
}

func theirTokens(src string) (out []string) {
	z := xhtml.NewTokenizer(strings.NewReader(src))
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "text "+text)
		}
		text = ""
	}
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			flush()
			return out
		case xhtml.TextToken:
			text += string(z.Text())
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			flush()
			name, more := z.TagName()
			s := "start " + string(name)
			if string(name) == "noscript" {
				z.NextIsNotRawText() // mail programs run no scripts
			}
			for more {
				var k, v []byte
				k, v, more = z.TagAttr()
				s += " " + string(k) + "=" + string(v)
			}
			out = append(out, s)
		case xhtml.EndTagToken:
			flush()
			name, _ := z.TagName()
			out = append(out, "end "+string(name))
		default:
			flush()
		}
	}
}

func BenchmarkRenderCorpus(b *testing.B) {
	parts := needCorpus(b)
	total := 0
	for _, p := range parts {
		total += len(p)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range parts {
			Render(p, 0)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(parts)), "µs/part")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(total)*20480, "µs/20kB")
}

// BenchmarkTheirTokenizer is x/net/html's tokenizer alone, for comparison.
func BenchmarkTheirTokenizer(b *testing.B) {
	parts := needCorpus(b)
	total := 0
	for _, p := range parts {
		total += len(p)
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range parts {
			z := xhtml.NewTokenizer(strings.NewReader(p))
			for z.Next() != xhtml.ErrorToken {
				if _, more := z.TagName(); more {
					for more {
						_, _, more = z.TagAttr()
					}
				}
			}
		}
	}
}
