// Package pdf has the functions about attached PDF files: how many, how large the pictures in them are, who made them.
//
// A file is read as lines, as SpamAssassin's PDFInfo does, without unpacking its streams; what dangers a PDF holds is told
// by the filter attachments (ATTACHMENT_PDF_…).
package pdf

import (
	"fmt"
	"slices"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/eval/pixels"
	"weir/rules/pattern"
	"weir/rules/view"
)

// New makes the room.
func New() eval.Room { return eval.Functions(bind, "PDFInfo") }

func bind(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "pdf_count", "pdf_image_count", "pdf_pixel_coverage", "pdf_image_to_text_ratio":
		return numbers(c)
	case "pdf_image_size_exact", "pdf_image_size_range":
		return sizes(c)
	case "pdf_named", "pdf_name_regex", "pdf_match_md5", "pdf_match_fuzzy_md5", "pdf_match_details":
		return texts(c)
	case "pdf_is_encrypted":
		return func(m *view.Mail) int { return args.Yes(files(m).encrypted) }, nil
	case "pdf_is_empty_body":
		n, err := args.Number(c, 0, 0)
		return func(m *view.Mail) int { return args.Yes(files(m).count > 0 && float64(written(m)) <= n) }, err
	}
	return nil, eval.ErrUnknown
}

// written is how many bytes the text has beside the Subject and blank lines.
func written(m *view.Mail) (n int) {
	for i, p := range m.Body() {
		if i > 0 && strings.TrimSpace(p) != "" {
			n += len(p)
		}
	}
	return n
}

// numbers binds the functions about a number.
func numbers(c eval.Call) (eval.Check, error) {
	r, err := args.Between(c, 0)
	switch c.Name {
	case "pdf_count":
		return func(m *view.Mail) int { return args.Yes(r.Has(float64(files(m).count))) }, err
	case "pdf_image_count":
		return func(m *view.Mail) int { return args.Yes(r.Has(float64(files(m).pictures))) }, err
	case "pdf_pixel_coverage":
		return func(m *view.Mail) int { f := files(m); return args.Yes(f.area > 0 && r.Has(f.area)) }, err
	}
	return pixels.Ratio(c, r, func(m *view.Mail) float64 { return files(m).area }), err
}

// sizes binds the functions about height and width of a picture.
func sizes(c eval.Call) (eval.Check, error) {
	is, err := pixels.Sized(c, 0)
	return func(m *view.Mail) int {
		return args.Yes(slices.ContainsFunc(files(m).sizes, func(s [2]float64) bool { return is(s[0], s[1]) }))
	}, err
}

// texts binds the functions that compare texts: names, sums, what the file says of itself.
func texts(c eval.Call) (eval.Check, error) {
	want, there := args.Text(c, 0)
	if !there {
		return nil, fmt.Errorf("%s: it needs an argument", c.Name)
	}
	switch c.Name {
	case "pdf_named":
		return func(m *view.Mail) int { return args.Yes(files(m).names[want]) }, nil
	case "pdf_match_md5":
		return func(m *view.Mail) int { return args.Yes(files(m).sums[strings.ToUpper(want)]) }, nil
	case "pdf_match_fuzzy_md5":
		return func(m *view.Mail) int { return args.Yes(files(m).shapes[strings.ToUpper(want)]) }, nil
	}
	at := 0
	if c.Name == "pdf_match_details" {
		at = 1
	}
	p, err := args.Pattern(c, at)
	return eval.Tries(func(m *view.Mail, t *pattern.Trial) bool {
		set := files(m).names
		if at == 1 {
			set = files(m).details[want]
		}
		for s := range set {
			if t.Match(p, []byte(s)) {
				return true
			}
		}
		return false
	}), err
}
