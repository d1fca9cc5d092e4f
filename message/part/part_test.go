package part

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"weir/message/anomaly"
	"weir/message/header"
)

func split(raw string, lim Limits) (*Part, []*Part, *anomaly.Set) {
	var notes anomaly.Set
	h, body, other := header.ParseAll([]byte(raw), 0, &notes)
	root, all := Split(Source{Raw: []byte(raw), Header: h, Body: body, Other: other}, lim, &notes)
	return root, all, &notes
}

// TestCompressedRTF uses the example of MS-OXRTFCP section 4.1.1.
func TestCompressedRTF(t *testing.T) {
	data, err := hex.DecodeString("2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232" +
		"0af32068656c090020627705b06c647d0a800fa0")
	if err != nil {
		t.Fatal(err)
	}
	s := newSplitter(len(data), DefaultLimits, new(anomaly.Set))
	got, ok := s.inflateRTF(&Part{}, data)
	if want := "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"; !ok || string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for i := range data {
		s.inflateRTF(&Part{}, data[:i]) // cut off anywhere: no panic
	}
	data[4], data[5], data[6] = 0xff, 0xff, 0xff
	if _, ok := s.inflateRTF(&Part{}, data); ok {
		t.Error("a size that can't be was believed")
	}
}

func TestBinHexRunLengths(t *testing.T) {
	for name, c := range map[string]struct{ packed, want string }{
		"a run":          {"a\x90\x04b", "aaaab"},
		"the mark":       {"\x90\x00b", "\x90b"},
		"a run of marks": {"\x90\x00\x90\x03", "\x90\x90\x90"},
	} {
		s := newSplitter(100, DefaultLimits, new(anomaly.Set))
		got, ok := s.binhexUnpack(&Part{}, []byte(binhexDigitsOf(c.packed)+":"))
		if !ok || !strings.HasPrefix(string(got), c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func binhexDigitsOf(s string) string {
	var b strings.Builder
	bits, n := 0, 0
	for _, c := range []byte(s + "\x00") {
		bits, n = bits<<8|int(c), n+8
		for n >= 6 {
			n -= 6
			b.WriteByte(binhexDigits[bits>>n&63])
		}
	}
	return b.String()
}

func TestFieldsOfAPart(t *testing.T) {
	root, _, _ := split("Content-Type: TEXT/Html; charset=\"UTF-8\"; name=a.htm\nContent-Transfer-Encoding: Quoted-Printable (x)\n"+
		"Content-Disposition: Inline; filename*=utf-8''%C3%A4.htm\nContent-ID: <x@y>\n\nz", Limits{})
	got := []string{root.Type, root.Charset, root.Encoding, root.Disposition, root.FileName, root.ContentID}
	if want := "text/html|utf-8|quoted-printable|inline|ä.htm|x@y"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if names := strings.Join(root.FileNames(), "|"); names != "ä.htm|a.htm" {
		t.Errorf("names %q", names)
	}
}

func TestDefaults(t *testing.T) {
	for raw, want := range map[string]string{
		"\nx":                    "text/plain 7bit",
		"Content-Type: html\n\n": "text/plain 7bit",
		"Content-Type: /\n\n":    "text/plain 7bit",
		"Content-Type: \nContent-Transfer-Encoding:\n\n":                         "text/plain 7bit",
		"Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: x\n\ny\n": "multipart/digest 7bit",
	} {
		root, all, _ := split(raw, Limits{})
		if got := root.Type + " " + root.Encoding; got != want {
			t.Errorf("%q: %s", raw, got)
		}
		if root.IsMultipart() && (len(all) != 3 || all[1].Type != "message/rfc822" || all[2].Header.Value("Subject") != "x") {
			t.Errorf("a digest's parts are messages: %d", len(all))
		}
	}
}

func TestNothingIsCopiedWithoutNeed(t *testing.T) {
	root, _, _ := split("Content-Type: text/plain; charset=iso-8859-1\n\nplain text", Limits{})
	if &root.Body()[0] != &root.Raw[0] {
		t.Error("the body was copied")
	}
	if n := testing.AllocsPerRun(10, func() { root.Text() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDetectedTypeComesFromTheBytes(t *testing.T) {
	root, _, _ := split("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\niVBORw0KGgoAAAANSUhEUg==", Limits{})
	if root.Detected() != "image/png" {
		t.Errorf("detected %s", root.Detected())
	}
}

func TestReadersShareOneDecoding(t *testing.T) {
	root, _, _ := split("Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>a=3Db</p>", Limits{})
	done := make(chan string)
	for range 8 {
		go func() { root.Detected(); root.Notes(); done <- root.Visible() }()
	}
	for range 8 {
		if got := strings.TrimSpace(<-done); got != "a=b" {
			t.Errorf("got %q", got)
		}
	}
}

func FuzzTNEF(f *testing.F) {
	f.Add([]byte("\x78\x9f\x3e\x22\x01\x00\x02\x10\x80\x01\x00\x04\x00\x00\x00a.b\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newSplitter(len(data), DefaultLimits, new(anomaly.Set))
		s.tnef(&Part{Raw: data, Type: "application/ms-tnef", Encoding: "binary", decoder: decoder{limit: noLimit}})
		sum := 0
		for _, p := range s.parts {
			sum += len(p.Body())
		}
		if sum > 40*len(data)+1<<12 {
			t.Errorf("%d bytes out of %d", sum, len(data))
		}
	})
}

func FuzzCMS(f *testing.F) {
	f.Add([]byte{0x30, 0x80, 0x06, 0x01, 0x2a, 0xa0, 0x80, 0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 'x', 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		_, content, _ := openCMS(data)
		if len(content) > len(data) {
			t.Errorf("%d bytes out of %d", len(content), len(data))
		}
	})
}

func FuzzDecoders(f *testing.F) {
	f.Add([]byte("begin 644 x\n#86)C\n`\nend\n"))
	f.Add([]byte("=ybegin line=1 size=3 name=x\n=yend size=3\n"))
	f.Add([]byte("(This file must be converted with BinHex 4.0)\n:$'*XG@9L:"))
	f.Add([]byte("QUJD=QU=\n=41=\n=Z"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		var notes anomaly.Set
		for _, encoding := range []string{"base64", "quoted-printable", "x-uuencode", "7bit"} {
			p := &Part{Raw: data, Type: "text/plain", Encoding: encoding, decoder: decoder{limit: noLimit, noted: &notes}}
			if n := len(p.Body()); n > len(data)+3 {
				t.Errorf("%s: %d bytes of %d", encoding, n, len(data))
			}
			s := newSplitter(len(data), DefaultLimits, &notes)
			s.embedded(p)
		}
		if !bytes.Equal(before, data) {
			t.Error("the input was changed")
		}
	})
}
