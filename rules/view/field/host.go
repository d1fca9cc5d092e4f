package field

import (
	"bytes"
	"strings"

	"golang.org/x/net/publicsuffix"

	"weir/message/link"
	"weir/rules/ascii"
	"weir/rules/view/alias"
	"weir/rules/view/ip"
)

// suffixes is the registry where nothing else is given: the public suffix list.
type suffixes struct{}

func (suffixes) Known(label string) bool {
	_, icann := publicsuffix.PublicSuffix(strings.ToLower(label))
	return icann
}

func (suffixes) Trim(host string) string {
	if d := link.RegisteredDomain(host); d != "" {
		return d
	}
	return host
}

// place calls yield with the host, the domain or the IP address that a value names.
func (h *Header) place(t *Target, v []byte, yield func(v []byte)) {
	if t.forms&host == 0 {
		h.ipOf(t, alias.String(v), yield)
		return
	}
	name := ""
	if t.forms&addr != 0 {
		name = hostOfAddress(alias.String(v))
	} else {
		name = h.findHost(alias.String(v))
	}
	if name == "" {
		return
	}
	if t.forms&domain != 0 {
		name = h.opts.Registry.Trim(name)
	}
	yield([]byte(name))
}

func (h *Header) ipOf(t *Target, s string, yield func(v []byte)) {
	address := ip.Word(s)
	if address == "" {
		return
	}
	if t.forms&revip != 0 {
		if address = ip.Reverse(address); address == "" {
			return
		}
	}
	yield([]byte(address))
}

// hostOfAddress gives what follows the last @ up to white space.
func hostOfAddress(s string) string {
	for i := strings.LastIndexByte(s, '@'); i >= 0; i = strings.LastIndexByte(s[:i], '@') {
		if n := word1(s[i+1:]); n > 0 {
			return s[i+1 : i+1+n]
		}
	}
	return ""
}

// word1 gives the length of a text up to white space.
func word1(s string) int {
	n := 0
	for n < len(s) && !ascii.Space(s[n]) {
		n++
	}
	return n
}

// findHost gives the first name in a text that may be a host: of an address if there is one, its user's part may look like a
// host too.
func (h *Header) findHost(s string) string {
	line := s
	if i := strings.IndexByte(s, '\n'); i >= 0 && i < len(s)-1 {
		line = s[:i] // @ is looked for in one line
	}
	for i := strings.LastIndexByte(line, '@'); i >= 0; i = strings.LastIndexByte(line[:i], '@') {
		if name := h.hostAt(s[i+1:]); name != "" {
			if ValidHost(name) {
				return name
			}
			break
		}
	}
	for i := 0; i < len(s); {
		if ascii.Space(s[i]) || i > 0 && joins(s[i-1]) {
			i++
			continue
		}
		name := h.hostAt(s[i:])
		if name == "" {
			i += word1(s[i:])
			continue
		}
		if ValidHost(name) {
			return name
		}
		i += len(name)
	}
	return ""
}

// joins tells whether a character can't stand beside a host.
func joins(c byte) bool { return c == '.' || c == '_' || c == '-' }

// maxHost is the length of a name before its top level domain, in bytes.
const maxHost = 251

// hostAt gives the longest beginning of a text that ends in a top level domain.
func (h *Header) hostAt(s string) string {
	n := word1(s[:min(len(s), maxHost+64)])
	for i := min(strings.LastIndexByte(s[:n], '.'), maxHost); i > 0; i = strings.LastIndexByte(s[:i], '.') {
		end := i + 1
		for end < len(s) && inHost(s[end]) {
			end++
		}
		if end < len(s) && (joins(s[end])) || end == i+1 || s[end-1] == '-' {
			continue
		}
		if h.opts.Registry.Known(strings.ToLower(s[i+1 : end])) {
			return s[:end]
		}
	}
	return ""
}

func inHost(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
}

// ValidHost tells whether a name can be a host's: two labels or more of letters, digits, hyphens and, from the third label up,
// underscores.
func ValidHost(name string) bool {
	name = strings.TrimRight(name, ".")
	labels := strings.Split(name, ".")
	if len(name) > 253 || len(labels) < 2 {
		return false
	}
	for i, l := range labels {
		if len(l) < 1 || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for j := range len(l) {
			if !inHost(l[j]) && (l[j] != '_' || i >= len(labels)-2) {
				return false
			}
		}
	}
	return true
}

// derive gives what stands for the domains of the envelope's sender and of the author where there is no such field.
func (h *Header) derive(t *Target, yield func(v []byte)) {
	if t.name == "x-senderdomain" {
		if list := h.List(senderHost); len(list) > 0 {
			yield(bytes.ToLower([]byte(list[0])))
		}
		return
	}
	var names []string
	seen := map[string]bool{}
	for _, name := range h.List(authorHost) {
		if !seen[name] {
			seen[name] = true
			names = append(names, strings.ToLower(name))
		}
	}
	if len(names) > 0 {
		yield([]byte(strings.Join(names, " ")))
	}
}

var senderHost, authorHost = MustParse("EnvelopeFrom:first:addr:host"), MustParse("From:addr:host")
