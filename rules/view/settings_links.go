package view

import (
	"errors"
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
}

// Domains gives the registries of domains that the files know.
func (s *Settings) Domains() *domain.Registries { return &s.links.domains }

// Links gives what finds links, by what the files say.
func (s *Settings) Links() *uri.Reader { return &s.links.reader }

// set takes a line about links.
func (l *linkSettings) set(key, value string) (known bool, err error) {
	switch key {
	case "redirector_pattern":
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

// redirectTime is the CPU time that all redirector_patterns may take on one message. Links that come later are not followed,
// and Partial says so.
const redirectTime = 50 * time.Millisecond

// following gives what finds the links of one message. The trial is nil if there are no redirectors.
func (l *linkSettings) following() (*uri.Reader, *pattern.Trial) {
	if len(l.redirectors) == 0 {
		return &l.reader, nil
	}
	r, t := l.reader, pattern.Try(redirectTime)
	for _, p := range l.redirectors {
		r.Redirectors = append(r.Redirectors, redirector{p, t})
	}
	return &r, t
}

// redirector is a redirector_pattern at work on a message.
type redirector struct {
	p *pattern.Pattern
	t *pattern.Trial
}

// Target implements uri.Redirector.
func (r redirector) Target(link string) (target string, ok bool) {
	groups, ok := r.t.Capture(r.p, []byte(link))
	if !ok || len(groups) < 2 || groups[1] == nil {
		return "", false
	}
	return string(groups[1]), true
}
