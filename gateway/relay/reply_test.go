package relay

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadReply(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		want Reply
		bad  bool
	}{
		"one line":                      {in: "250 ok\r\n", want: Reply{Code: 250, Text: "ok"}},
		"with an enhanced code":         {in: "250 2.1.5 fine\r\n", want: Reply{Code: 250, Enhanced: "2.1.5", Text: "fine"}},
		"only an enhanced code":         {in: "451 4.3.0\r\n", want: Reply{Code: 451, Enhanced: "4.3.0"}},
		"only the code":                 {in: "250\r\n", want: Reply{Code: 250}},
		"three digits in the detail":    {in: "550 5.7.509 no\r\n", want: Reply{Code: 550, Enhanced: "5.7.509", Text: "no"}},
		"four digits are none":          {in: "550 5.7.5090 no\r\n", want: Reply{Code: 550, Text: "5.7.5090 no"}},
		"an address is none":            {in: "250 2.1.5.7 ok\r\n", want: Reply{Code: 250, Text: "2.1.5.7 ok"}},
		"an unfinished one is none":     {in: "250 2.1. ok\r\n", want: Reply{Code: 250, Text: "2.1. ok"}},
		"another class is none":         {in: "250 5.1.5 ok\r\n", want: Reply{Code: 250, Text: "5.1.5 ok"}},
		"bare LF ends a line":           {in: "250 ok\n", want: Reply{Code: 250, Text: "ok"}},
		"several lines":                 {in: "550-5.1.1 a\r\n550-5.1.1 b\r\n550 5.1.1 c\r\n", want: Reply{Code: 550, Enhanced: "5.1.1", Text: "a\nb\nc"}},
		"lines beyond ten are left out": {in: strings.Repeat("250-x\r\n", 50) + "250 end\r\n", want: Reply{Code: 250, Text: strings.TrimSuffix(strings.Repeat("x\n", 10), "\n")}},
		"B12_empty_line":                {in: "\r\n", bad: true},
		"B12_no_code":                   {in: "hello\r\n", bad: true},
		"B12_code_below_200":            {in: "150 hm\r\n", bad: true},
		"B12_code_above_599":            {in: "650 hm\r\n", bad: true},
		"B12_four_digits":               {in: "2500 ok\r\n", bad: true},
		"B12_two_codes":                 {in: "250-a\r\n550 b\r\n", bad: true},
		"B12_no_line_end":               {in: "250 ok", bad: true},
		"B12_no_last_line":              {in: "250-ok\r\n", bad: true},
		"B12_line_too_long":             {in: "250 " + strings.Repeat("x", replyLine) + "\r\n", bad: true},
		"B12_too_many_lines":            {in: strings.Repeat("250-x\r\n", 200) + "250 end\r\n", bad: true},
		"B12_too_many_bytes":            {in: strings.Repeat("250-"+strings.Repeat("x", 1000)+"\r\n", 40) + "250 end\r\n", bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{"whole": strings.NewReader(test.in), "bytewise": iotest.OneByteReader(strings.NewReader(test.in))} {
				got, err := readReply(bufio.NewReaderSize(r, replyLine))
				if (err != nil) != test.bad || got != test.want {
					t.Errorf("%s: got %+v, %v; want %+v", how, got, err, test.want)
				}
			}
		})
	}
}

func FuzzReply(f *testing.F) {
	for _, s := range []string{"250 ok\r\n", "550-5.1.1 a\r\n550 5.1.1 b\r\n", "220", "250-2.1.\r\n250 x\n", "\r\n", "250-SIZE 99999999999999999999\r\n250 XCLIENT a b\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		rep, err := readReply(bufio.NewReaderSize(bytes.NewReader(in), replyLine))
		if err != nil && rep != (Reply{}) {
			t.Errorf("an error and a reply: %+v", rep)
		}
		if err == nil && (rep.Code < 200 || rep.Code > 599 || !bytes.HasPrefix(in, []byte(itoa(rep.Code))) || !bytes.ContainsRune(in, '\n')) {
			t.Errorf("%q read as %+v", in, rep)
		}
		for _, c := range []byte(rep.Text) {
			if (c < ' ' || c > '~') && c != '\n' {
				t.Errorf("unsafe text %q", rep.Text)
			}
		}
		if len(rep.Text) > keepLines*(keepBytes+1) || err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errProtocol) {
			t.Errorf("text of %d bytes, %v", len(rep.Text), err)
		}
		o, _, _ := readOffers(bufio.NewReaderSize(bytes.NewReader(in), replyLine))
		if o.Size < 0 {
			t.Errorf("SIZE %d", o.Size)
		}
	})
}

// FuzzStuffing: whatever goes in, what comes out is one mail with proper line ends that reads back as what went in, or nothing.
func FuzzStuffing(f *testing.F) {
	f.Add([]byte("a\r\n.\r\nb"), uint8(3))
	f.Add([]byte("\n.\n"), uint8(1))
	f.Add([]byte("\r\r\n.\r\n"), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, cut uint8) {
		at := min(int(cut), len(in))
		var out bytes.Buffer
		err := stuffInto(&out, [][]byte{in[:at], in[at:]})
		proper := bytes.Count(in, []byte("\r")) == bytes.Count(in, []byte("\r\n")) && bytes.Count(in, []byte("\n")) == bytes.Count(in, []byte("\r\n"))
		if proper != (err == nil) {
			t.Fatalf("%q: proper %v, error %v", in, proper, err)
		}
		if err != nil {
			return
		}
		body, ok := bytes.CutSuffix(out.Bytes(), []byte(".\r\n"))
		if !ok || bytes.HasPrefix(body, []byte(".\r\n")) || bytes.Contains(body, []byte("\r\n.\r\n")) {
			t.Fatalf("%q became %q", in, out.Bytes())
		}
		back := bytes.ReplaceAll(append([]byte("\r\n"), body...), []byte("\r\n."), []byte("\r\n"))[2:]
		if len(in) > 0 && !bytes.HasSuffix(in, []byte("\r\n")) {
			in = append(bytes.Clone(in), "\r\n"...)
		}
		if !bytes.Equal(back, in) {
			t.Fatalf("%q became %q, which reads as %q", in, out.Bytes(), back)
		}
	})
}
