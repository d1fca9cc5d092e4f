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
	switch c.Name {
	case "image_size_exact":
		h, errH := args.Needed(c, 1)
		w, errW := args.Needed(c, 2)
		if errH != nil || errW != nil {
			return nil, fmt.Errorf("%s: it needs a kind, a height and a width", c.Name)
		}
		return dimensions(kind, func(p picture) bool { return float64(p.height) == h && float64(p.width) == w }), nil
	case "image_size_range":
		return between(c, kind)
	}
	r, err := args.Between(c, 1)
	if err != nil {
		return nil, err
	}
	switch c.Name {
	case "image_count":
		return func(m *view.Mail) int { n, _ := total(m, kind); return args.Yes(r.Has(float64(n))) }, nil
	case "pixel_coverage":
		return func(m *view.Mail) int { _, area := total(m, kind); return args.Yes(r.Has(area)) }, nil
	}
	raw := c.Kind == "rawbody"
	return func(m *view.Mail) int {
		_, area := total(m, kind)
		if area == 0 {
			return 0
		}
		length := textLength(m, raw)
		ratio := float64(length) / area
		return args.Yes(length > 0 && r.Has(ratio) && ratio < r.Max)
	}, nil
}

// textLength is how many bytes the text has, rendered or as it came.
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

// between binds image_size_range(kind, least height, least width, largest height, largest width).
func between(c eval.Call, kind string) (eval.Check, error) {
	var limit [4]float64
	for i := range limit {
		var err error
		if limit[i], err = args.Number(c, i+1, -1); err != nil || i < 2 && limit[i] < 0 {
			return nil, fmt.Errorf("%s: it needs a kind, the least height and width, and may have the largest", c.Name)
		}
	}
	return dimensions(kind, func(p picture) bool {
		h, w := float64(p.height), float64(p.width)
		return h >= limit[0] && w >= limit[1] && (limit[2] < 0 || h <= limit[2]) && (limit[3] < 0 || w <= limit[3])
	}), nil
}

// dimensions binds the functions about one picture's size.
func dimensions(kind string, pass func(picture) bool) eval.Check {
	return func(m *view.Mail) int {
		for _, p := range pictures(m) {
			if (kind == "all" || p.kind == kind) && p.height > 0 && pass(p) {
				return 1
			}
		}
		return 0
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
