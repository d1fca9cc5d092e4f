// Package short has the functions about links of services that shorten links, and the lists of such services.
//
// SpamAssassin asks those services where a link leads. Weir never fetches what a mail points to: whoever sent the mail
// would learn that it is being looked at, and the links would be used up. So it tells that there is such a link, and no more.
package short

import (
	"errors"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Room is the family.
type Room struct {
	names map[string]bool // hosts of services; .example.com for one that gives each customer a name below its own
}

// New makes the room.
func New() *Room { return &Room{names: map[string]bool{}} }

// Plugins implements eval.Room.
func (r *Room) Plugins() []string { return []string{"DecodeShortURLs"} }

var errNames = errors.New("write names of hosts with blanks between, one with a dot in front for all names below it")

// Set implements eval.Room.
func (r *Room) Set(key, value string) (known bool, err error) {
	switch key {
	case "url_shortener", "url_shortener_get":
		return true, r.add(value)
	case "clear_url_shortener":
		r.clear(value)
		return true, nil
	}
	return settings[key], nil
}

// settings are those that say how services are asked, which never happens.
var settings = map[string]bool{
	"url_shortener_cache_type": true, "url_shortener_cache_dsn": true, "url_shortener_cache_username": true,
	"url_shortener_cache_password": true, "url_shortener_cache_ttl": true, "url_shortener_cache_autoclean": true,
	"url_shortener_loginfo": true, "url_shortener_timeout": true, "url_shortener_user_agent": true,
	"max_short_urls": true, "max_short_url_redirections": true,
}

func (r *Room) add(value string) error {
	names := strings.Fields(strings.ToLower(value))
	if len(names) == 0 {
		return errNames
	}
	for _, name := range names {
		if strings.ContainsAny(name, "/:@") {
			return errNames
		}
		r.names[name] = true
	}
	return nil
}

// clear takes names off the lists; all of them if none is given.
func (r *Room) clear(value string) {
	names := strings.Fields(strings.ToLower(value))
	if len(names) == 0 {
		clear(r.names)
	}
	for _, name := range names {
		delete(r.names, name)
	}
}

// asked are the functions that ask a service.
var asked = map[string]bool{
	"short_url_redir": true, "short_url_200": true, "short_url_404": true, "short_url_code": true,
	"short_url_chained": true, "short_url_maxchain": true, "short_url_loop": true, "short_url_tests": true,
}

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	switch {
	case c.Name == "short_url":
		return func(m *view.Mail) int { return args.Yes(r.any(m)) }, nil
	case asked[c.Name]:
		return nil, &eval.Off{Why: "it would fetch links of the mail, which Weir never does; short_url() tells that there is one"}
	}
	return nil, eval.ErrUnknown
}

// any tells whether a link of the message leads to a service.
func (r *Room) any(m *view.Mail) bool {
	if len(r.names) == 0 {
		return false
	}
	links := m.Links().Links()
	for i := range links {
		if r.isShort(links[i].Raw) && len(m.Set.Links().Hosts(&links[i])) > 0 {
			return true
		}
	}
	return false
}

// isShort tells whether a link leads to a service. One to a name of two labels needs a path behind it.
func (r *Room) isShort(link string) bool {
	host, rest, ok := split(link)
	if !ok {
		return false
	}
	labels := strings.Count(host, ".") + 1
	if labels == 2 && strings.IndexFunc(rest, isWord) < 0 {
		return false
	}
	if r.names[host] {
		return true
	}
	first, parent, _ := strings.Cut(host, ".")
	switch {
	case labels != 3:
		return false
	case first == "www":
		return r.names[parent]
	}
	return !strings.HasPrefix(first, "www") && r.names["."+parent]
}

func isWord(c rune) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// split gives the host of an http or https link in lower case, and what is behind it and its port, up to a query.
func split(link string) (host, rest string, ok bool) {
	scheme, rest, ok := strings.Cut(link, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", "", false
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	end := strings.IndexByte(rest, '/')
	if end < 0 {
		end = len(rest)
	}
	host = rest[strings.IndexByte(rest[:end], '@')+1 : end]
	host, port, _ := strings.Cut(host, ":")
	return strings.ToLower(host), strings.TrimLeft(port, "0123456789") + rest[end:], host != ""
}
