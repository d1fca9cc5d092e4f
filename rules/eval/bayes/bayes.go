// Package bayes has the function that rules ask the classifier by: check_bayes.
package bayes

import (
	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// New makes the room.
func New() eval.Room { return eval.Functions(bind, "Bayes") }

func bind(c eval.Call) (eval.Check, error) {
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
