package pdf

import (
	"errors"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

const file = "%PDF-1.4\n" +
	"1 0 obj\n<</Producer(Paper \\(Mill\\) 8)\n/CreationDate(D:20260703144220)\n/Title<FEFF00480069>\n/Author(\\101nn)>>endobj\n" +
	"/Type /XObject /Subtype /Image\n/Width 200/Height 100\n/Encrypt 5 0 R\nstream\nendstream\n"

func mailWith(name, kind, data string) string {
	return "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n \n--b\nContent-Type: " + kind + "; name=" + name + "\n\n" + data + "\n--b--\n"
}

func TestFilesAreRead(t *testing.T) {
	mail := mailWith("Bill.pdf", "application/octet-stream", file)
	for _, c := range []struct {
		name, call string
		args       []string
		want       int
	}{
		{"one file", "pdf_count", []string{"1", "1"}, 1},
		{"one picture", "pdf_image_count", []string{"1", "1"}, 1},
		{"its pixels", "pdf_pixel_coverage", []string{"20000", "20000"}, 1},
		{"its size", "pdf_image_size_exact", []string{"100", "200"}, 1},
		{"another size", "pdf_image_size_exact", []string{"200", "100"}, 0},
		{"at least so large", "pdf_image_size_range", []string{"90", "190", "110", "210"}, 1},
		{"the file's name", "pdf_named", []string{"Bill.pdf"}, 1},
		{"a pattern of names", "pdf_name_regex", []string{`/^bill/i`}, 1},
		{"it is encrypted", "pdf_is_encrypted", nil, 1},
		{"nothing is written beside it", "pdf_is_empty_body", nil, 1},
		{"who made it", "pdf_match_details", []string{"producer", `/^Paper \(Mill\) 8$/`}, 1},
		{"its title, in hex", "pdf_match_details", []string{"title", `/^Hi$/`}, 1},
		{"its author, in octal", "pdf_match_details", []string{"author", `/^Ann$/`}, 1},
		{"when it was made", "pdf_match_details", []string{"created", `/^2026/`}, 1},
		{"it was not changed", "pdf_match_details", []string{"modified", `/./`}, 0},
		{"another sum", "pdf_match_md5", []string{"0123456789ABCDEF0123456789ABCDEF"}, 0},
		{"little text", "pdf_image_to_text_ratio", []string{"0", "0.01"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), nil, mail, "body", c.call, c.args...); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			if got := evaltest.Ask(t, New(), nil, "Subject: x\n\nno file\n", "body", c.call, c.args...); got != 0 {
				t.Errorf("got %d without a file", got)
			}
		})
	}
}

func TestSumsNameFiles(t *testing.T) {
	var f info
	f.names, f.sums, f.shapes = map[string]bool{}, map[string]bool{}, map[string]bool{}
	f.details = map[string]map[string]bool{}
	f.read([]byte(file), "")
	if len(f.sums) != 1 || len(f.shapes) != 2 {
		t.Errorf("got %v and %v", f.sums, f.shapes)
	}
	for s := range f.sums {
		if len(s) != 32 || strings.ToUpper(s) != s {
			t.Errorf("got %q", s)
		}
	}
	if g := (&info{}); true {
		if g.read([]byte("no PDF at all"), ""); g.sums != nil {
			t.Error("what is no PDF has a sum")
		}
	}
}

func TestOtherFilesAreNotRead(t *testing.T) {
	for _, mail := range []string{mailWith("bill.doc", "application/octet-stream", file), mailWith("bill.pdf", "text/plain", file)} {
		if got := evaltest.Ask(t, New(), nil, mail, "body", "pdf_count", "1"); got != 0 {
			t.Errorf("got %d", got)
		}
	}
}

func TestCallsThatMakeNoSense(t *testing.T) {
	for _, c := range []eval.Call{{Name: "pdf_count"}, {Name: "pdf_named"}, {Name: "pdf_match_details", Args: []string{"author"}}, {Name: "pdf_image_size_exact", Args: []string{"1"}}} {
		if _, err := New().Bind(c); err == nil {
			t.Errorf("%s(%q) is taken", c.Name, c.Args)
		}
	}
	if _, err := New().Bind(eval.Call{Name: "other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(file))
	f.Fuzz(func(t *testing.T, data []byte) {
		i := info{names: map[string]bool{}, sums: map[string]bool{}, shapes: map[string]bool{}, details: map[string]map[string]bool{}}
		i.read(data, "x.pdf")
	})
}
