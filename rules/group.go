package rules

import (
	"fmt"
	"strings"

	"weir/rules/pattern"
	"weir/rules/view/field"
)

// group is a set of rules that look at the same text.
type group struct {
	number  int // among all groups
	kind    Kind
	target  *field.Target   // header rules
	mime    mimeTarget      // mimeheader rules
	unset   string          // what header rules look at where there is no such field
	rules   []int32         // the rule of each pattern
	matcher pattern.Matcher // nil: all that matters is whether the field is there

	patterns []*pattern.Pattern // until the matcher is made
}

// home is where a rule's pattern, or its meta, is.
type home struct {
	group  *group
	number int32 // the group's
	index  int32 // of the pattern in the group, or of the meta in the plan; -1: the rule has none
	sort   sort
}

// sort says how a rule is run.
type sort uint8

const (
	byPattern sort = iota
	byField        // by whether a field is there
	byTemplate
	byCall
	byMeta
)

// join puts a rule where it is run.
func (l *linker) join(i int32, r *Rule) {
	at := &l.plan.homes[i]
	if r.check != nil {
		at.sort = byCall
		l.plan.checks = append(l.plan.checks, i)
		return
	}
	at.group = l.groupOf(r)
	g := at.group
	if len(r.wants) > 0 {
		at.sort = byTemplate
		l.plan.templates = append(l.plan.templates, i)
		if r.negate {
			return // it has to be run whatever is found
		}
	}
	if r.exists {
		at.sort = byField
	} else {
		at.index = int32(len(g.rules))
		g.rules, g.patterns = append(g.rules, i), append(g.patterns, r.pattern)
	}
}

// groupOf gives the group that looks at what a rule looks at.
func (l *linker) groupOf(r *Rule) *group {
	p := &l.plan
	switch r.Kind {
	case Header:
		return l.groupLike(&p.headers, strings.ToLower(r.target.String())+"\n"+r.unset, &group{kind: Header, target: r.target, unset: r.unset})
	case MIMEHeader:
		r.mime.withFlags(r.Flags)
		return l.groupLike(&p.mimes, fmt.Sprintf("\n%+v", *r.mime), &group{kind: MIMEHeader, mime: *r.mime})
	}
	single := map[Kind]**group{Body: &p.body, RawBody: &p.rawBody, Full: &p.full, URI: &p.uri}[r.Kind]
	if *single == nil {
		*single = &group{kind: r.Kind}
	}
	return *single
}

// groupLike gives the group of the list that looks at the same, or adds one. Groups that may be the same have one key.
func (l *linker) groupLike(list *[]*group, key string, like *group) *group {
	for _, g := range l.like[key] {
		if g.target == nil || g.target.Same(like.target) {
			return g
		}
	}
	*list, l.like[key] = append(*list, like), append(l.like[key], like)
	return like
}

// groups lists all groups.
func (p *plan) groups() []*group {
	var list []*group
	for _, g := range append([]*group{p.body, p.rawBody, p.uri, p.full}, append(p.headers, p.mimes...)...) {
		if g != nil {
			list = append(list, g)
		}
	}
	return list
}
