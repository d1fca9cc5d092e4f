// Package all lists the rooms of eval functions.
package all

import (
	"weir/rules/eval"
	"weir/rules/eval/agree"
	"weir/rules/eval/attached"
	"weir/rules/eval/auth"
	"weir/rules/eval/bayes"
	"weir/rules/eval/body"
	"weir/rules/eval/bounces"
	"weir/rules/eval/dns"
	"weir/rules/eval/freemail"
	"weir/rules/eval/headers"
	"weir/rules/eval/html"
	"weir/rules/eval/images"
	"weir/rules/eval/lists"
	"weir/rules/eval/mime"
	"weir/rules/eval/off"
	"weir/rules/eval/office"
	"weir/rules/eval/pdf"
	"weir/rules/eval/relays"
	"weir/rules/eval/short"
	"weir/rules/eval/spoof"
	"weir/rules/eval/uri"
	"weir/rules/eval/vocabulary"
	"weir/rules/eval/written"
)

// Rooms makes each room anew.
func Rooms() []eval.Room {
	return []eval.Room{
		html.New(),
		mime.New(),
		agree.New(),
		attached.New(),
		auth.New(),
		bayes.New(),
		body.New(),
		bounces.New(),
		dns.New(),
		freemail.New(),
		headers.New(),
		images.New(),
		lists.New(),
		off.New(),
		office.New(),
		pdf.New(),
		relays.New(),
		spoof.New(),
		short.New(),
		uri.New(),
		vocabulary.New(),
		written.New(),
	}
}
