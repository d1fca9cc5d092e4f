package attached

import (
	"errors"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

func TestNamesOfFiles(t *testing.T) {
	for name, c := range map[string]struct {
		function, header string
		args             []string
		want             int
	}{
		"a file with a name":                              {"attached", `application/pdf; name="a.pdf"`, nil, 1},
		"a part without a name":                           {"attached", `application/pdf`, nil, 0},
		"a name that ends so":                             {"attached", `application/octet-stream; name="invoice.JS"`, []string{"exe js"}, 1},
		"a name that ends otherwise":                      {"attached", `application/pdf; name="invoice.pdf"`, []string{"exe js"}, 0},
		"a name that has it in the middle":                {"attached", `application/pdf; name="invoice.js.pdf"`, []string{"exe js"}, 0},
		"a name with a dot and a blank behind":            {"attached", `application/pdf; name="invoice.js. "`, []string{"js"}, 1},
		"a name as RFC 2231 encodes it":                   {"attached", `application/pdf; name*=utf-8''in%2Ejs`, []string{"js"}, 1},
		"a name as RFC 2047 encodes it":                   {"attached", `application/pdf; name="=?utf-8?B?aW4uanM=?="`, []string{"js"}, 1},
		"a name in two pieces":                            {"attached", `application/pdf; name*0="in."; name*1="js"`, []string{"js"}, 1},
		"a digit":                                         {"attached", `application/pdf; name="a.r17"`, []string{"r99"}, 1},
		"no digit":                                        {"attached", `application/pdf; name="a.rar"`, []string{"r99"}, 0},
		"a page that is attached":                         {"attached_apart", "text/html\nContent-Disposition: attachment; filename=a.html", []string{"html"}, 1},
		"a page that is the text":                         {"attached_apart", "text/html\nContent-Disposition: inline; filename=a.html", []string{"html"}, 0},
		"a name that ends twice":                          {"attached_twice", `application/pdf; name="a.pdf.exe"`, []string{"doc pdf", "js exe"}, 1},
		"a name that ends twice, with much in between":    {"attached_twice", `application/pdf; name="a.pdf     ___.exe"`, []string{"doc pdf", "js exe"}, 1},
		"a name that ends twice, the other way round":     {"attached_twice", `application/pdf; name="a.exe.pdf"`, []string{"doc pdf", "js exe"}, 0},
		"a name that ends once":                           {"attached_twice", `application/pdf; name="pdf.exe"`, []string{"doc pdf", "js exe"}, 0},
		"a name in the text is none":                      {"attached", "text/plain\n\nContent-Type: x/y; name=a.js", []string{"js"}, 0},
		"a file within the text is one":                   {"attached", "text/plain\n\nbegin 644 a.js\n#86)C\n`\nend", []string{"js"}, 1},
		"a message that is attached has files of its own": {"attached", "message/rfc822\n\nContent-Type: x/y; name=a.js\n\nx", []string{"js"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), nil, "Content-Type: "+c.header+"\n\nx\n", "header", c.function, c.args...); got != c.want {
				t.Errorf("%s: got %d, want %d", c.function, got, c.want)
			}
		})
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	if _, err := New().Bind(eval.Call{Name: "attached_by"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
	for _, c := range []eval.Call{{Name: "attached", Args: []string{"a", "b"}}, {Name: "attached_apart"}, {Name: "attached_twice", Args: []string{"a"}}} {
		if _, err := New().Bind(c); err == nil || errors.Is(err, eval.ErrUnknown) {
			t.Errorf("%s(%q): got %v, want an error", c.Name, c.Args, err)
		}
	}
}

func TestManyFilesAreReadInTime(t *testing.T) {
	part := "--b\nContent-Type: x/y; name=\"" + strings.Repeat("a.", 2000) + "exe\"\n\nx\n"
	evaltest.Ask(t, New(), nil, "Content-Type: multipart/mixed; boundary=b\n\n"+strings.Repeat(part, 250), "header", "attached_twice", "a", "exe")
}
