// Package mime has the functions about parts: encodings, charsets, boundaries, and how the text's letters are spread
// (MIMEEval, in SpamAssassin's words).
package mime

import (
	"fmt"

	"weir/rules/ascii"
	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/eval/locales"
	"weir/rules/view"
	"weir/rules/view/mime"
)

// Room is the family of functions.
type Room struct {
	locales locales.List // ok_locales

	// exact: encodings are compared without the line end behind them.
	//
	// QUIRK: SpamAssassin means to compare so, and its daemon does; but the program that recorded what its rules hit was run
	// in a way that kept the line ends, so that no function about quoted-printable lines ever hit. The record is what
	// rules are judged by; mime_exact_encodings 1 gives the daemon's way.
	exact bool
}

// New makes the room.
func New() *Room { return &Room{} }

// Plugins implements eval.Room.
func (*Room) Plugins() []string { return []string{"MIMEEval"} }

// Set implements eval.Room: ok_locales, mime_exact_encodings.
func (r *Room) Set(key, value string) (known bool, err error) {
	switch key {
	case "ok_locales":
		return true, r.locales.Set(value)
	case "mime_exact_encodings":
		if r.exact = value == "1"; value != "0" && value != "1" {
			return true, fmt.Errorf("mime_exact_encodings is %q; it is 0 or 1", value)
		}
	default:
		return false, nil
	}
	return true, nil
}

// scan counts the parts.
func (r *Room) scan(m *view.Mail) *parts { return scan(m, r.exact) }

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "check_for_mime":
		return r.fact(c)
	case "check_for_mime_html":
		return func(m *view.Mail) int { return args.Yes(isHTML(m) || r.scan(m).html > 0) }, nil
	case "check_for_mime_html_only":
		return func(m *view.Mail) int { return args.Yes(isHTML(m) || r.scan(m).html > 0 && r.scan(m).text == 0) }, nil
	case "check_mime_multipart_ratio":
		return r.ratio(c)
	case "check_msg_parse_flags":
		return flag(c)
	case "check_for_ascii_text_illegal":
		return func(m *view.Mail) int { return args.Yes(r.scan(m).notASCII) }, nil
	case "check_abundant_unicode_ratio":
		n, err := args.Needed(c, 0)
		return func(m *view.Mail) int { return args.Yes(r.scan(m).entityRatio() >= n) }, err
	case "check_for_faraway_charset":
		return r.faraway, nil
	case "check_for_uppercase":
		return r.uppercase(c)
	case "check_ma_non_text":
		return nonText, nil
	case "check_base64_length":
		return r.base64Length(c)
	case "check_qp_ratio":
		n, err := args.Needed(c, 0)
		return func(m *view.Mail) int { return args.Yes(r.scan(m).quotedRatio() >= n) }, err
	}
	return nil, eval.ErrUnknown
}

// facts are the facts of check_for_mime, by name.
var facts = map[string]func(r *Room, m *view.Mail) bool{
	"mime_base64_count":          func(r *Room, m *view.Mail) bool { return r.scan(m).base64 > 0 },
	"mime_base64_encoded_text":   func(r *Room, m *view.Mail) bool { return r.scan(m).base64Text },
	"mime_body_html_count":       func(r *Room, m *view.Mail) bool { return r.scan(m).html > 0 },
	"mime_body_text_count":       func(r *Room, m *view.Mail) bool { return r.scan(m).text > 0 },
	"mime_attachment":            func(r *Room, m *view.Mail) bool { return r.scan(m).attachments > 0 },
	"mime_bad_iso_charset":       func(r *Room, m *view.Mail) bool { return r.scan(m).badISO },
	"mime_missing_boundary":      func(r *Room, m *view.Mail) bool { return m.Parts().Flags&mime.UnbalancedParts != 0 },
	"mime_multipart_alternative": func(r *Room, m *view.Mail) bool { return r.scan(m).alternative },
	"mime_multipart_ratio":       func(r *Room, m *view.Mail) bool { return r.scan(m).multipartRatio() != 0 },
	"mime_qp_count":              func(r *Room, m *view.Mail) bool { return r.scan(m).quotedCount() > 0 },
	"mime_qp_long_line":          func(r *Room, m *view.Mail) bool { return r.scan(m).quoted.long },
	"mime_qp_ratio":              func(r *Room, m *view.Mail) bool { return r.scan(m).quotedRatio() > 0 },
	"mime_ascii_text_illegal":    func(r *Room, m *view.Mail) bool { return r.scan(m).notASCII },
	"mime_text_unicode_ratio":    func(r *Room, m *view.Mail) bool { return r.scan(m).entityRatio() > 0 },
}

// fact binds check_for_mime(fact).
func (r *Room) fact(c eval.Call) (eval.Check, error) {
	name, _ := args.Text(c, 0)
	if name == "mime_faraway_charset" {
		return func(m *view.Mail) int { return args.Yes(r.far(m)) }, nil
	}
	if name == "mimepart_limit_exceeded" {
		return nil, &eval.Off{Why: "the limit of parts is asked for with check_msg_parse_flags('mimepart_limit_exceeded')"}
	}
	f, known := facts[name]
	if !known {
		return nil, fmt.Errorf("%s: %q is no fact about parts", c.Name, name)
	}
	return func(m *view.Mail) int { return args.Yes(f(r, m)) }, nil
}

// flags are the flags of check_msg_parse_flags, by name.
var flags = map[string]mime.Flag{
	"missing_head_body_separator": mime.NoSeparator, "missing_mime_head_body_separator": mime.NoPartSeparator,
	"missing_mime_headers": mime.NoPartHeader, "truncated_header": mime.TruncatedHeader, "truncated_headers": mime.TruncatedHeader,
	"mimepart_limit_exceeded": mime.TooManyParts, "mime_epilogue_exists": mime.Epilogue,
}

// flag binds check_msg_parse_flags(flag).
func flag(c eval.Call) (eval.Check, error) {
	name, _ := args.Text(c, 0)
	f, known := flags[name]
	if !known {
		return nil, fmt.Errorf("%s: %q is nothing that is noted of a message's form", c.Name, name)
	}
	return func(m *view.Mail) int { return args.Yes(m.Parts().Flags&f != 0) }, nil
}

// isHTML tells whether the message as a whole is HTML.
func isHTML(m *view.Mail) bool {
	t, _ := m.Get("Content-Type")
	return hasFold(t, "text/html")
}

func hasFold(s, lower string) bool {
	return len(s) >= len(lower) && ascii.ToLower(s[:len(lower)]) == lower
}

// ratio binds check_mime_multipart_ratio(from, below): the size of the plain text by that of the HTML.
func (r *Room) ratio(c eval.Call) (eval.Check, error) {
	low, high, err := args.Two(c, 0)
	return func(m *view.Mail) int {
		v := r.scan(m).multipartRatio()
		return args.Yes(v >= low && v < high)
	}, err
}

// nonText hits where an alternative is neither text nor what mail programs put beside text.
func nonText(m *view.Mail) int {
	for _, p := range m.Parts().Parts {
		if p.Type != "multipart/alternative" {
			continue
		}
		if p.IsLeaf() {
			return 1
		}
		for _, c := range p.Children {
			if c.IsLeaf() && c.Type != "multipart/related" && c.Type != "application/rtf" && !hasFold(c.Type, "text/") {
				return 1
			}
		}
	}
	return 0
}

// base64Length binds check_base64_length(from, to): the longest line of base64.
func (r *Room) base64Length(c eval.Call) (eval.Check, error) {
	within, err := args.Between(c, 0)
	return func(m *view.Mail) int { return args.Yes(within.Has(float64(r.scan(m).longest))) }, err
}
