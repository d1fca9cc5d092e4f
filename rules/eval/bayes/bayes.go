// Package bayes has the function that rules ask the classifier by: check_bayes.
package bayes

import (
	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Room is the family of functions.
type Room struct{}

// New makes the room.
func New() Room { return Room{} }

// Plugins implements eval.Room.
func (Room) Plugins() []string { return []string{"Bayes"} }

// Set implements eval.Room. The classifier is set in weir.toml.
func (Room) Set(key, value string) (known bool, err error) { return false, nil }

// Bind implements eval.Room.
func (Room) Bind(c eval.Call) (eval.Check, error) {
	if c.Name != "check_bayes" {
		return nil, eval.ErrUnknown
	}
	r, err := args.Between(c, 0)
	if err != nil {
		return nil, err
	}
	return func(m *view.Mail) int {
		if m.Facts.Spam == nil {
			return 0
		}
		p, ok := m.Facts.Spam()
		return args.Yes(ok && r.Above(p))
	}, nil
}
