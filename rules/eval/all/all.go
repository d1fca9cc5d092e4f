// Package all lists the rooms of eval functions.
package all

import (
	"weir/rules/eval"
	"weir/rules/eval/auth"
	"weir/rules/eval/bayes"
	"weir/rules/eval/body"
	"weir/rules/eval/bounces"
	"weir/rules/eval/freemail"
	"weir/rules/eval/images"
	"weir/rules/eval/lists"
	"weir/rules/eval/off"
	"weir/rules/eval/office"
	"weir/rules/eval/pdf"
	"weir/rules/eval/spoof"
)

// Rooms makes each room anew.
func Rooms() []eval.Room {
	return []eval.Room{
		auth.New(),
		bayes.New(),
		body.New(),
		bounces.New(),
		freemail.New(),
		images.New(),
		lists.New(),
		off.New(),
		office.New(),
		pdf.New(),
		spoof.New(),
	}
}
