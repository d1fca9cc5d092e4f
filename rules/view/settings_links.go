package view

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"weir/rules/pattern"
	"weir/rules/view/domain"
	"weir/rules/view/uri"
)

// linkSettings are what files say about links.
type linkSettings struct {
	reader  uri.Reader
	domains domain.Registries
	signed  bool // parse_dkim_uris

	redirectors []*pattern.Pattern
	screen      *pattern.Group // of the redirectors: one pass over a link tells which of them may match
	once        sync.Once      // makes it
}

// Domains gives the registries of domains that the files know.
func (s *Settings) Domains() *domain.Registries { return &s.links.domains }

// Links gives what finds links, by what the files say.
func (s *Settings) Links() *uri.Reader { return &s.links.reader }

// set takes a line about links.
func (l *linkSettings) set(key, value string) (known bool, err error) {
	switch key {
	case "redirector_pattern":
		if len(l.redirectors) == maxRedirectors {
			return true, fmt.Errorf("more than %d redirector_patterns", maxRedirectors)
		}
		p, err := pattern.Compile(value)
		if err == nil {
			l.redirectors = append(l.redirectors, p)
		}
		return true, err
	case "parse_dkim_uris":
		if value != "0" && value != "1" {
			return true, errors.New("parse_dkim_uris takes 0 or 1")
		}
		l.signed = value == "1"
		return true, nil
	}
	return l.domains.Set(key, value)
}

// maxRedirectors bounds the redirector_patterns of all files. SpamAssassin ships 17.
const maxRedirectors = 1000

// redirectTime is the CPU time that all redirector_patterns may take on one message. Links that come later are not followed,
// and Partial says so.
const redirectTime = 50 * time.Millisecond

// following gives what finds the links of one message. The trial is nil if there are no redirectors.
func (l *linkSettings) following() (*uri.Reader, *pattern.Trial) {
	if len(l.redirectors) == 0 {
		return &l.reader, nil
	}
	l.once.Do(func() { l.screen = pattern.NewGroup(l.redirectors) })
	r, t := l.reader, pattern.Try(redirectTime)
	r.Redirectors = []uri.Redirector{&redirectors{linkSettings: l, trial: t}}
	return &r, t
}

// redirectors are the redirector_patterns at work on a message.
type redirectors struct {
	*linkSettings
	trial   *pattern.Trial
	notes   pattern.Notes
	scratch pattern.Scratch
}

// Target implements uri.Redirector: the first pattern counts that leads to something with a dot.
func (r *redirectors) Target(link string) (target string, ok bool) {
	text := []byte(link)
	defer r.notes.Forget()
	r.screen.Look(text, &r.notes, &r.scratch, r.trial)
	for i, p := range r.redirectors {
		if !r.notes.May(i) {
			continue
		}
		if groups, ok := r.trial.Capture(p, text); ok && len(groups) > 1 && bytes.IndexByte(groups[1], '.') >= 0 {
			return string(groups[1]), true
		}
	}
	return "", false
}
