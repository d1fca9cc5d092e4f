// Package domain knows where the registries end and owners begin: www.example.co.uk belongs to example.co.uk.
//
// Rules files may bring lists of their own: util_rb_tld names top-level domains, util_rb_2tld and util_rb_3tld the names of
// two and three labels below which others register. What a rule hits depends on these lists (a word in a text is a link
// only if it ends in a known top-level domain), so where files bring whole ones they alone count. Else the public suffix
// list does, and what files say comes on top.
package domain

import (
	"errors"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Registries are the lists that rules files bring. The zero value has none: the public suffix list decides.
type Registries struct {
	top, second, third map[string]bool
	cleared            bool // clear_util_rb: nothing but what files say
}

// Set takes a line of a rules file. known is false if the directive is none of these.
func (r *Registries) Set(key, value string) (known bool, err error) {
	switch key {
	case "util_rb_tld":
		return true, add(&r.top, value, 1)
	case "util_rb_2tld":
		return true, add(&r.second, value, 2)
	case "util_rb_3tld":
		return true, add(&r.third, value, 3)
	case "clear_util_rb":
		if value != "" {
			return true, errors.New("clear_util_rb takes no value")
		}
		*r = Registries{cleared: true}
		return true, nil
	}
	return false, nil
}

// errNames says what the lines take, by the number of labels.
var errNames = [...]error{
	1: errors.New("write top-level domains with blanks between, without dots: com net"),
	2: errors.New("write names of two labels with blanks between: co.uk com.au"),
	3: errors.New("write names of three labels with blanks between: plc.co.im"),
}

func add(list *map[string]bool, value string, labels int) error {
	names := strings.Fields(value)
	if len(names) == 0 {
		return errNames[labels]
	}
	for _, name := range names {
		if strings.Count(name, ".") != labels-1 || strings.Contains("."+name+".", "..") {
			return errNames[labels]
		}
	}
	if *list == nil {
		*list = map[string]bool{}
	}
	for _, name := range names {
		(*list)[Ascii(name)] = true
	}
	return nil
}

// Whole tells that the files' own lists are used alone: one that names com is a whole one, another only adds.
func (r *Registries) Whole() bool { return r.cleared || r.top["com"] }

// documentation is the top-level domain that RFC 2606 keeps for examples: samples of rules are written with it.
const documentation = "example"

// Known tells whether a name, in lower case, is a top-level domain.
func (r *Registries) Known(top string) bool {
	if r.top[top] {
		return true
	}
	if r.Whole() {
		return false
	}
	if top == documentation {
		return true
	}
	_, listed := publicsuffix.PublicSuffix(top)
	return listed
}

// Valid tells whether a name ends in a known top-level domain and has a label before it. It says nothing of the other
// labels: see Plausible.
func (r *Registries) Valid(name string) bool {
	i := strings.LastIndexByte(name, '.')
	return i >= 0 && i+1 < len(name) && !strings.ContainsAny(name, " \t\n\v\f\r") && r.Known(Ascii(name[i+1:]))
}

// Trim cuts a host down to the domain that was registered: mail.example.co.uk gives example.co.uk. A registry's own name
// is left as it is.
func (r *Registries) Trim(host string) string {
	host = tidy(Ascii(host))
	if r.Whole() {
		return host[r.cut(host):]
	}
	start := r.cut(host)
	if listed, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil && len(listed) >= len(host)-start {
		return listed
	}
	return host[start:]
}

// tidy takes empty labels out of a name.
func tidy(name string) string {
	if !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".") && !strings.Contains(name, "..") {
		return name
	}
	labels := strings.FieldsFunc(name, func(c rune) bool { return c == '.' })
	return strings.Join(labels, ".")
}

// cut says where the registered domain begins in a name, by the files' lists.
func (r *Registries) cut(host string) int {
	one := strings.LastIndexByte(host, '.')
	two := before(host, one)
	three := before(host, two)
	four := before(host, three)
	switch {
	case four >= 0 && states.fourth(host[four:]):
		return above(host, four)
	case three >= 0 && r.isThird(host[three:]):
		return above(host, three)
	case two >= 0 && r.second[host[two:]]:
		return above(host, two)
	}
	return max(two, 0)
}

// isThird tells whether a name of three labels is one below which others register.
func (r *Registries) isThird(name string) bool {
	if strings.HasSuffix(name, ".us") {
		return states.third(name)
	}
	return r.third[name]
}

// before gives the start of the label in front of the dot at i; -1: there is none.
func before(host string, i int) int {
	if i <= 0 {
		return -1
	}
	if host[i-1] == '.' { // i is a label's start: go to the one in front
		i--
	}
	return strings.LastIndexByte(host[:i], '.') + 1
}

// above gives the start of the label in front of the one that starts at i, or i where there is none.
func above(host string, i int) int {
	if j := before(host, i); j >= 0 {
		return j
	}
	return i
}
