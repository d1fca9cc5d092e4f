package headers

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/eval/locales"
	"weir/rules/view"
)

// illegal tells whether a field holds too many bytes that none may hold: controls, and those above 127 unless the whole is
// UTF-8. One sign of money or trade mark in a Subject is let pass.
func illegal(s string, subject bool, share, number float64) bool {
	if strings.Trim(s, white) == "" {
		return false
	}
	controls, high, exempt := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x7f:
			high++
			exempt += args.Yes(c == 0xa2 || c == 0xa3 || c == 0xae)
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			controls++
		}
	}
	if controls == 0 && utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) >= 0 {
		return false
	}
	n := controls + high
	if subject && n > 0 && exempt == 1 {
		n--
	}
	return float64(n)/float64(len(s)) >= share && float64(n) >= number
}

var (
	prefixes = regexp.MustCompile(`(?i)^(?:(?:Re|Fwd|Fw|Aw|Antwort|WG|SV|VB|VS|VL):\s*)+`)
	foreign  = regexp.MustCompile(`(?i)=\?` + locales.Shouting + `\?`)
)

// shouts tells whether a Subject of two words or more has no small letter. Charsets whose encoded form has capitals for
// other letters are left out.
func shouts(m *view.Mail) bool {
	s := strings.Trim(get(m, "Subject"), white)
	s = s[len(prefixes.FindString(s)):]
	if len(s) < 10 || !strings.ContainsAny(s, white) {
		return false
	}
	capitals := false
	for i := range len(s) {
		if s[i] >= 'a' && s[i] <= 'z' {
			return false
		}
		capitals = capitals || s[i] >= 'A' && s[i] <= 'Z'
	}
	return capitals && !foreign.MatchString(get(m, "Subject:raw"))
}

// Outlook counts time in units of 2^32 tenths of a microsecond, from 1601 on; these turn Unix time into that.
const (
	outlookUnit  = 0.0023283064365387
	outlookStart = 27111902.8329849
	outlookSlack = 250
)

var outlookID = regexp.MustCompile(`^<[0-9a-f]{4}([0-9a-f]{8})\$[0-9a-f]{8}\$[0-9a-f]{8}@`)

// falseOutlook tells whether the time in a Message-ID in Outlook's form is neither that of Date nor that of the trace.
func falseOutlook(m *view.Mail) bool {
	g := outlookID.FindStringSubmatch(get(m, "MESSAGEID"))
	if g == nil {
		return false
	}
	stamp, _ := strconv.ParseInt(g[1], 16, 64)
	return outlookOff(stamp, get(m, "Date")) && outlookOff(stamp, get(m, "Received"))
}

func outlookOff(stamp int64, text string) bool {
	t, _ := when(text)
	return abs(stamp-int64(float64(t)*outlookUnit+outlookStart)) >= outlookSlack
}

var unsubscribe = regexp.MustCompile(`(?i)<mailto:(?:leave-\S+|\S+-unsubscribe)@\S+>$`)

// rewrittenID tells whether the mail went through software that writes a Message-ID of its own.
func rewrittenID(m *view.Mail) bool {
	if u, ok := m.Get("List-Unsubscribe"); ok && unsubscribe.MatchString(strings.TrimSuffix(u, "\n")) || gated(m) {
		return true
	}
	s := get(m, "Received")
	return strings.Contains(s, "/CWT/DCE)") || strings.Contains(s, "iPlanet Messaging Server")
}

var (
	template = regexp.MustCompile(`%[A-Z][A-Z_-]`)
	free     = regexp.MustCompile(`(?i)^(?:X-VMS-To|X-UIDL|X-Face|To|Cc|From|Subject|References|In-Reply-To|(?:X-|Resent-|X-Original-)?Message-Id):`)
)

// unresolved finds names in capitals behind a percent sign, as templates have them, in fields that people do not write.
func unresolved(m *view.Mail) bool {
	all := get(m, "ALL")
	if strings.IndexByte(all, '%') < 0 {
		return false
	}
	for line := range strings.SplitSeq(all, "\n") {
		if strings.IndexByte(line, '%') >= 0 && template.MatchString(line) && !free.MatchString(line) {
			return true
		}
	}
	return false
}

var capitalID = regexp.MustCompile(`<[A-Z]{28}\.([^>]+?)>`)

// nameInID tells whether a Message-ID of capitals has the author's address in it.
func nameInID(m *view.Mail) bool {
	g := capitalID.FindStringSubmatch(get(m, "MESSAGEID"))
	if g == nil {
		return false
	}
	from := get(m, "From")
	for at := 0; ; {
		i := strings.Index(from[at:], "<"+g[1]+">")
		if i < 0 {
			return false
		}
		at += i
		before := strings.TrimRight(from[:at], white)
		if name, ok := strings.CutSuffix(before, `"`); ok && strings.LastIndexByte(name, '"') >= 0 && !strings.HasSuffix(name, `"`) {
			return true
		}
		at++
	}
}

var encoded = regexp.MustCompile(`=\?(.+?)\?.\?.*?\?=`)

// bindFaraway binds check_for_faraway_charset_in_headers: charsets in From and Subject that nobody here reads.
func (r *Room) bindFaraway() (eval.Check, error) {
	return func(m *view.Mail) int {
		if r.locales.Everywhere() {
			return 0
		}
		for _, name := range [...]string{"From:raw", "Subject:raw"} {
			for _, v := range m.List(name) {
				for _, g := range encoded.FindAllStringSubmatch(v, -1) {
					if !r.locales.Reads(g[1]) {
						return 1
					}
				}
			}
		}
		return 0
	}, nil
}
