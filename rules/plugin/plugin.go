// Package plugin knows which of SpamAssassin's plugins rules files may count on: what ifplugin, plugin(), can() and has()
// say, and what loadplugin does.
//
// Weir loads no code. A plugin is a name here: the rooms of eval functions (package eval) say which plugins they stand
// for, and a few belong to the language itself. All of them are on, unless .pre files are read: then those are on that
// the .pre files load, as in SpamAssassin.
package plugin

import (
	"strings"

	"weir/rules/eval"
)

// Prefix is what the full names of SpamAssassin's plugins begin with.
const Prefix = "Mail::SpamAssassin::Plugin::"

// Weir is the name that guards what only Weir knows: ifplugin Weir.
const Weir = "Weir"

// language are the plugins that are part of the language here. Check runs rules, Reuse and the three about speed change
// nothing in what hits, AutoLearnThreshold is set in weir.toml.
var language = strings.Fields("Check MIMEHeader ReplaceTags URIDetail Reuse AutoLearnThreshold OneLineBodyRuleType Rule2XSBody BodyRuleBaseExtractor")

// removed are plugins that are gone from SpamAssassin, which still says that they are there.
const removed = Prefix + "RaciallyCharged"

// renamed are older names.
var renamed = map[string]string{"Dmarc": "DMARC", "WhiteListSubject": "WelcomeListSubject"}

// Plugins are the plugins of one set of rules.
type Plugins struct {
	on     map[string]bool // by last name; those that are not in it are not known
	compat map[string]bool // flags of enable_compat
	listed bool            // .pre files say which are on
}

// New has all plugins on: the language's and those of rooms.
func New(rooms []eval.Room) *Plugins {
	p := &Plugins{on: map[string]bool{}, compat: map[string]bool{}}
	for _, name := range language {
		p.on[name] = true
	}
	for _, room := range rooms {
		for _, name := range room.Plugins() {
			p.on[name] = true
		}
	}
	return p
}

// List switches all off that are not loaded by name from now on. Later calls do nothing.
func (p *Plugins) List() {
	for name := range p.on {
		p.on[name] = p.on[name] && p.listed
	}
	p.listed = true
}

// Listed tells whether List was called.
func (p *Plugins) Listed() bool { return p.listed }

// Load switches a plugin on. It tells whether it is known.
func (p *Plugins) Load(name string) bool {
	last := short(name)
	if _, known := p.on[last]; !known {
		return false
	}
	p.on[last] = true
	return true
}

// On tells whether a plugin is on, by its full name.
func (p *Plugins) On(name string) bool {
	return name == Weir || name == removed || strings.HasPrefix(name, Prefix) && p.on[short(name)]
}

// AnyOn tells whether one of these is on, by their last names; none is no plugin's, and always on.
func (p *Plugins) AnyOn(names []string) bool {
	for _, name := range names {
		if p.on[name] {
			return true
		}
	}
	return len(names) == 0
}

// short gives the last part of a full name, by its present name.
func short(full string) string {
	name := strings.TrimPrefix(full, Prefix)
	if now, ok := renamed[name]; ok {
		return now
	}
	return name
}
