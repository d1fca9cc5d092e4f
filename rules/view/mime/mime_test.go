package mime

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outline writes the parts of a message down: type, charset and name, and the body of leaves.
func outline(t *Tree) []string {
	var out []string
	for _, p := range t.Parts {
		line := p.Type
		if p.IsLeaf() {
			line += " " + p.Charset + " " + p.Name + ": " + string(p.Decoded())
		}
		out = append(out, line)
	}
	return out
}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		name, mail string
		want       []string
		flags      Flag
	}{
		{"a message without Content-Type is plain text", "Subject: x\n\nhi\n", []string{"text/plain us-ascii : hi\n"}, 0},
		{"the last Content-Type counts", "Content-Type: text/html\nContent-Type: text/calendar; charset=\"utf-8\"\n\nhi", []string{"text/calendar utf-8 : hi"}, 0},
		{"unknown kinds of text are plain text", "Content-Type: text/richtext\n\nhi", []string{"text/plain  : hi"}, 0},
		{"a line end before a boundary belongs to the part",
			"Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\nContent-Type: text/html\n\none\n--b\n\ntwo\n--b--\n",
			[]string{"multipart/mixed", "text/html  : one\n", "text/plain us-ascii : two\n"}, 0 | NoPartHeader},
		{"a boundary may be followed by white space", "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b \t\nA: b\n\none\n--b-- \n",
			[]string{"multipart/mixed", "text/plain us-ascii : one\n"}, 0},
		{"a part without empty line", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n<p>one\n--b--\n",
			[]string{"multipart/mixed", "text/html  : <p>one\n"}, NoPartSeparator},
		{"a boundary that is never closed", "Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\none\n",
			[]string{"multipart/mixed", "text/plain us-ascii : one\n"}, UnbalancedParts},
		{"text behind the end", "Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\none\n--b--\nmore\n",
			[]string{"multipart/mixed", "text/plain us-ascii : one\n"}, Epilogue},
		{"a multipart without boundary is text", "Content-Type: multipart/mixed\n\nhi", []string{"text/plain  : hi"}, 0},
		{"a message within", "Content-Type: message/rfc822\n\nSubject: y\n\nin\n", []string{"message/rfc822", "text/plain us-ascii : in\n"}, 0},
		{"parts of a digest are messages", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: y\n\nin\n--b--\n",
			[]string{"multipart/digest", "message/rfc822", "text/plain us-ascii : in\n"}, NoPartHeader},
		{"the name of a file", "Content-Type: image/png; name=\"a b.png\"\nContent-Disposition: attachment; filename=c.png\n\nx",
			[]string{"image/png  c.png: x"}, 0},
		{"a name in pieces", "Content-Type: image/png; name*0=\"a\"; name*1=\"b.png\"\n\nx", []string{"image/png  ab.png: x"}, 0},
		{"a header without end", "Subject: x\n--b\nhi", []string{"text/plain us-ascii : --b\nhi"}, NoSeparator},
		{"no body at all", "Subject: x\n", []string{"text/plain us-ascii : "}, NoSeparator},
		{"three lines that are no fields are taken, not more", "a\nb\nc\nd\ne\n", []string{"text/plain us-ascii : d\ne\n"}, NoSeparator},
		{"an mbox line is no field", "From me now\nSubject: x\n\nhi", []string{"text/plain us-ascii : hi"}, 0},
		{"CRLF is a line end", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: b\r\n\r\none\r\n--b--\r\n",
			[]string{"multipart/mixed", "text/plain us-ascii : one\n"}, 0},
		{"nothing", "", []string{"text/plain us-ascii : "}, 0},
		{"the last Content-Type of a part counts", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\nContent-Type: text/calendar\n\none\n--b--\n",
			[]string{"multipart/mixed", "text/calendar  : one\n"}, 0},
		{"text that begins at once in a multipart without boundary", "Content-Type: multipart/mixed\n\none\ntwo", []string{"text/plain  : \none\ntwo"}, 0},
	} {
		tree := Parse([]byte(c.mail))
		if diff := cmp.Diff(c.want, outline(tree)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if tree.Flags != c.flags {
			t.Errorf("%s: flags %b, want %b", c.name, tree.Flags, c.flags)
		}
	}
}

func TestDecoded(t *testing.T) {
	for _, c := range []struct{ name, encoding, body, want string }{
		{"quoted-printable", "quoted-printable", "caf=E9 =\nx=3d \n=zz", "caf\xe9 x=\n=zz"},
		{"a code over a soft line end", "Quoted-Printable", "a=3=\nDb", "a=b"},
		{"blanks at the end of a line go", "quoted-printable", "a \t\nb", "a\nb"},
		{"base64", "base64", "aGVs\nbG8=\n", "hello"},
		{"what is no digit is skipped", "base64", "aG*Vs\nbG8", "hello"},
		{"padding in the middle is zero bits", "base64", "aGVsbG8=aGk=", "hello\x00hi"},
		{"with something to skip it is ones", "base64", "aGVsbG8=aGk=*", "hello?hi"},
		{"an encoding with a remark is none", "base64 (x)", "aGk=", "aGk="},
	} {
		tree := Parse([]byte("Content-Transfer-Encoding: " + c.encoding + "\n\n" + c.body))
		got := string(tree.Root.Decoded())
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFewerBlanks(t *testing.T) {
	for _, c := range []struct {
		name     string
		in, want int // empty lines between two words
	}{
		{"twenty empty lines stay", 20, 20}, {"of more twenty stay", 21, 20}, {"of many twenty stay", 5000, 20},
	} {
		got := fewerBlanks([]byte("a\n" + strings.Repeat(" \n", c.in) + "b\n"))
		if n := strings.Count(string(got), "\n") - 2; n != c.want {
			t.Errorf("%s: %d, want %d", c.name, n, c.want)
		}
	}
}

func TestLongLinesOfAMultipartAreCut(t *testing.T) {
	tree := Parse([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\nshort\n" + strings.Repeat("x", 5000) + "\n--b--\n"))
	want := "short\n" + strings.Repeat("x", 2048) + "\n" + strings.Repeat("x", 2048) + "\n" + strings.Repeat("x", 904) + "\n"
	if got := string(tree.Parts[1].Decoded()); got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
}

func TestParseContent(t *testing.T) {
	for _, c := range []struct {
		value string
		want  Content
	}{
		{"text/html; charset='utf-8'; x=y", Content{Type: "text/html", Charset: "utf-8", HasCharset: true}},
		{"TEXT/Plain charset=us-ascii", Content{Type: "text/plain", Charset: "us-ascii", HasCharset: true}},
		{`multipart/mixed; boundary="a b"`, Content{Type: "multipart/mixed", Boundary: "a b", HasBoundary: true}},
		{`multipart/mixed; xboundary=no; boundary = a`, Content{Type: "multipart/mixed", Boundary: "a", HasBoundary: true}},
		{`multipart/mixed; boundary=""`, Content{Type: "multipart/mixed"}},
		{`image/png; filename=x.png`, Content{Type: "image/png", Name: "x.png"}},
		{`im(age)/png`, Content{Type: "image/png"}},
		{";", Content{Type: "text/plain", Missing: true}},
	} {
		if diff := cmp.Diff(c.want, ParseContent(c.value)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.value, diff)
		}
	}
}

func TestHostileMessagesAreReadInTime(t *testing.T) {
	deep := strings.Repeat("Content-Type: message/rfc822\n\n", 20_000)
	var nested strings.Builder
	for range 5_000 {
		nested.WriteString("Content-Type: multipart/mixed; boundary=b\n\n--b\n")
	}
	for name, mail := range map[string]string{
		"messages within messages":   deep,
		"multiparts of one boundary": nested.String(),
		"a million parts":            "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 1_000_000),
		"a million empty lines":      "A: b\n\n" + strings.Repeat("\n", 1_000_000) + "x",
		"a million fields":           strings.Repeat("A: b\n", 1_000_000) + "\nx",
		"one long line":              "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + strings.Repeat("x", 8<<20),
	} {
		done := make(chan *Tree, 1)
		go func() { done <- Parse([]byte(mail)) }()
		select {
		case tree := <-done:
			if len(tree.Parts) == 0 || len(tree.Parts) > 2*maxMessageParts {
				t.Errorf("%s: %d parts", name, len(tree.Parts))
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: still reading after 30 s", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+\n--b\n\nx\n--b--\n"))
	f.Add([]byte("From x\r\nA:b\r\n c\r\n\r\nhi"))
	f.Add([]byte("Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\nA=3A b\n\nx=\n=4"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, p := range Parse(raw).Parts {
			if p.IsLeaf() {
				p.Text()
			}
			p.Effective()
			p.Value("subject")
		}
	})
}
