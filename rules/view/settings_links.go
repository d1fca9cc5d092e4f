package view

import (
	"errors"

	"weir/rules/pattern"
	"weir/rules/view/domain"
	"weir/rules/view/uri"
)

// linkSettings are what files say about links.
type linkSettings struct {
	reader  uri.Reader
	domains domain.Registries
	signed  bool // parse_dkim_uris
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
			l.reader.Redirectors = append(l.reader.Redirectors, redirector{p})
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

// redirector is a redirector_pattern.
type redirector struct{ p *pattern.Pattern }

// Target implements uri.Redirector.
func (r redirector) Target(link string) (target string, ok bool) {
	groups, ok := r.p.Capture([]byte(link))
	if !ok || len(groups) < 2 || groups[1] == nil {
		return "", false
	}
	return string(groups[1]), true
}
