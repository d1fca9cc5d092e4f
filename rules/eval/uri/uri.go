// Package uri has the functions about links: redirectors, anchors that show another place than they lead to, and rules of
// the kind uri_detail, which look at a link from several sides.
package uri

import (
	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Room is the family.
type Room struct{}

// New makes the room.
func New() *Room { return &Room{} }

// Plugins implements eval.Room.
func (r *Room) Plugins() []string {
	return []string{"URIEval", "HTTPSMismatch", "URIDetail", "Phishing"}
}

// Set implements eval.Room. A uri_detail line makes a rule; it is bound like a call.
func (r *Room) Set(key, _ string) (known bool, err error) { return key == "uri_detail", nil }

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "check_for_http_redirector":
		return redirected, nil
	case "check_https_ip_mismatch":
		return addressMismatch, nil
	case "check_https_http_mismatch":
		return bindMismatch(c)
	case "check_uri_truncated":
		return func(m *view.Mail) int { return args.Yes(m.Links().Truncated()) }, nil
	case "uri_detail":
		return bindDetail(c)
	case "check_phishing":
		return nil, &eval.Off{Why: "it compares links with feeds that somebody has to fetch; the filter urlbl asks lists of bad links, which are never old"}
	}
	return nil, eval.ErrUnknown
}
