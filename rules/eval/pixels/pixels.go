// Package pixels has what the functions about attached pictures and about pictures in PDF files share: conditions on their
// size, and how much text there is for them.
package pixels

import (
	"fmt"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Size tells whether a picture is as asked for.
type Size func(height, width float64) bool

// Sized reads a condition on sizes, from argument i on. A function whose name ends with _exact names height and width; any other
// names the least height and width, and may name the largest.
func Sized(c eval.Call, i int) (Size, error) {
	var limit [4]float64
	for k := range limit {
		var err error
		if limit[k], err = args.Number(c, i+k, -1); err != nil || k < 2 && limit[k] < 0 {
			return nil, fmt.Errorf("%s: it needs a height and a width, in pixels, from argument %d on", c.Name, i+1)
		}
	}
	if strings.HasSuffix(c.Name, "_exact") {
		return func(h, w float64) bool { return h == limit[0] && w == limit[1] }, nil
	}
	return func(h, w float64) bool {
		return h >= limit[0] && w >= limit[1] && (limit[2] < 0 || h <= limit[2]) && (limit[3] < 0 || w <= limit[3])
	}, nil
}

// Ratio makes a check of how many bytes of text there are for each pixel: of the rendered text, or as it came in a rawbody rule.
// A mail without text or without pixels is never hit.
func Ratio(c eval.Call, r args.Range, area func(m *view.Mail) float64) eval.Check {
	raw := c.Kind == "rawbody"
	return func(m *view.Mail) int {
		pixels := area(m)
		if pixels == 0 {
			return 0
		}
		length := textLength(m, raw)
		ratio := float64(length) / pixels
		return args.Yes(length > 0 && r.Has(ratio) && ratio < r.Max)
	}
}

func textLength(m *view.Mail, raw bool) (n int) {
	text := m.Body
	if raw {
		text = m.RawBody
	}
	for _, s := range text() {
		n += len(s)
	}
	return n
}
