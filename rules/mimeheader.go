package rules

import (
	"fmt"
	"strconv"
	"strings"
)

// mimeTarget is what a mimeheader rule looks at: a field of every part of the message.
type mimeTarget struct {
	field string // as written; ALL: the whole header of a part
	raw   bool
	unset string // what is looked at where a part has no such field

	from, to int  // tflags range=2-5: the parts that are looked at, from 1; to 0: all
	together bool // tflags concat: the values of all parts as one text
}

// mimeHeader takes the target of a mimeheader rule, whose only modifier is :raw.
func (p *parser) mimeHeader(r *Rule, name, unset string) {
	field, modifier, _ := strings.Cut(name, ":")
	if field == "" || strings.ContainsAny(name, " \t") || modifier != "" && modifier != "raw" {
		p.problem(Error, fmt.Sprintf("mimeheader %s: %q is no field of a part", r.Name, name), "write: "+examples[MIMEHeader]+", or Content-Type:raw")
		p.drop(r)
		return
	}
	r.mime = &mimeTarget{field: field, raw: modifier == "raw", unset: unset}
}

// withFlags reads the flags that belong to mimeheader rules.
func (t *mimeTarget) withFlags(flags []string) {
	for _, flag := range flags {
		if flag == "concat" {
			t.together = true
		}
		if text, ok := strings.CutPrefix(flag, "range="); ok {
			first, last, dash := strings.Cut(text, "-")
			t.from, _ = strconv.Atoi(first)
			if t.to, _ = strconv.Atoi(last); !dash {
				t.to = t.from
			}
		}
	}
}

// looksAt tells whether the n-th part is in the range, from 1.
func (t *mimeTarget) looksAt(n int) bool { return n >= t.from && (t.to == 0 || n <= t.to) }
