package lists

import (
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// subject enters a subject. Unlike an address it is found anywhere in the text.
func (r *Room) subject(key, value string) {
	value = strings.TrimSpace(value)
	r.list(key).Add("*" + value + "*")
}

// inSubjects looks the Subject up in a list.
func (r *Room) inSubjects(name string) eval.Check {
	l := r.list(name)
	return func(m *view.Mail) int {
		if l.Empty() {
			return 0
		}
		subject, _ := m.Get("Subject")
		subject = strings.TrimSuffix(subject, "\n")
		return args.Yes(subject != "" && l.Find(subject) != "")
	}
}
