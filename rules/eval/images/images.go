// Package images has the functions about attached pictures: how many, how large, what their files are called.
//
// A mail that is one picture and a line of text shows its message to people, and hides it from filters. Only pictures in
// base64 are looked at, and only their first bytes: the size stands in the header of the file.
package images

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
func New() eval.Room { return eval.Functions(bind, "ImageInfo") }

func bind(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "image_count", "pixel_coverage", "image_to_text_ratio", "image_size_exact", "image_size_range":
		kind, there := args.Text(c, 0)
		if k := strings.ToLower(kind); there && !kinds[k] {
			return nil, fmt.Errorf("%s: %q is no kind of pictures; write all, gif, png or jpeg", c.Name, kind)
		}
		return sized(c, kind)
	case "image_named":
		name, there := args.Text(c, 0)
		if !there {
			return nil, fmt.Errorf("%s: no name", c.Name)
		}
		return named(func(_ *pattern.Trial, n string) bool { return n == name }), nil
	case "image_name_regex":
		p, err := args.Pattern(c, 0)
		return named(func(t *pattern.Trial, n string) bool { return t.Match(p, []byte(n)) }), err
	}
	return nil, eval.ErrUnknown
}

var kinds = map[string]bool{"all": true, "gif": true, "png": true, "jpeg": true}

// named binds the functions about names. Only pictures whose size is known count.
func named(pass func(t *pattern.Trial, name string) bool) eval.Check {
	return eval.Tries(func(m *view.Mail, t *pattern.Trial) bool {
		return slices.ContainsFunc(pictures(m), func(p picture) bool { return p.name != "" && p.height > 0 && pass(t, p.name) })
	})
}

// sized binds the functions about number and size.
func sized(c eval.Call, kind string) (eval.Check, error) {
	if strings.HasPrefix(c.Name, "image_size_") {
		is, err := pixels.Sized(c, 1)
		return dimensions(kind, is), err
	}
	r, err := args.Between(c, 1)
	switch c.Name {
	case "image_count":
		return func(m *view.Mail) int { n, _ := total(m, kind); return args.Yes(r.Has(float64(n))) }, err
	case "pixel_coverage":
		return func(m *view.Mail) int { _, area := total(m, kind); return args.Yes(r.Has(area)) }, err
	}
	return pixels.Ratio(c, r, func(m *view.Mail) float64 { _, area := total(m, kind); return area }), err
}

// dimensions binds the functions about one picture's size.
func dimensions(kind string, is pixels.Size) eval.Check {
	return func(m *view.Mail) int {
		return args.Yes(slices.ContainsFunc(pictures(m), func(p picture) bool {
			return (kind == "all" || p.kind == kind) && p.height > 0 && is(float64(p.height), float64(p.width))
		}))
	}
}

// total gives how many pictures of a kind there are, and how many pixels they have together.
func total(m *view.Mail, kind string) (n int, area float64) {
	for _, p := range pictures(m) {
		if kind == "all" || p.kind == kind {
			n++
			area += float64(p.height) * float64(p.width)
		}
	}
	return n, area
}
