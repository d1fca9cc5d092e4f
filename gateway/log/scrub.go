package log

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"weir/filters/setting"
)

// maxText is the longest value that is logged, in bytes.
const maxText = 1024

// text cleans one value: shortened, addresses as configured, passwords of URLs hidden, nothing that could break the
// line or steer a terminal. Linear; no allocation for clean text.
func (s *scrubber) text(v string) string {
	v, more := cut(v)
	if strings.Contains(v, "://") {
		v = setting.Redact("", v)
	}
	if s.addresses != Full {
		if more > 0 {
			v = v[:localStart(v)] // perhaps half an address
		}
		v = s.mask(v)
	}
	return shortened(Printable(v), more)
}

// whole cleans a value that is one address.
func (s *scrubber) whole(v string) string {
	if s.addresses == Full || v == "" || v == "<>" {
		short, more := cut(v)
		return shortened(Printable(short), more)
	}
	return Printable(s.address(v))
}

// cut shortens at a rune's begin and tells how many bytes it left out.
func cut(v string) (string, int) {
	if len(v) <= maxText {
		return v, 0
	}
	n := maxText
	for n > maxText-utf8.UTFMax && !utf8.RuneStart(v[n]) {
		n--
	}
	return v[:n], len(v) - n
}

func shortened(v string, more int) string {
	if more == 0 {
		return v
	}
	return v + "…[" + strconv.Itoa(more) + " bytes more]"
}

// Printable writes what is not printable as Go would in a string: \n, \x1b, \u202e. It is for everything that comes
// from mail and goes to a log or a terminal. slog escapes CR, LF and ESC by itself, but its JSON leaves C1 controls
// and bidirectional overrides, which terminals and viewers obey.
func Printable(v string) string {
	i := strings.IndexFunc(v, hostile)
	if i < 0 && utf8.ValidString(v) {
		return v
	}
	quoted := strconv.Quote(v)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

func hostile(r rune) bool { return r != ' ' && !strconv.IsPrint(r) }

// mask shortens every address in a text. It comes before the escaping, since that adds characters of its own. An address is what stands around an @ up to the characters that end one.
func (s *scrubber) mask(v string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(v, '@')
		if at < 0 {
			b.WriteString(v)
			return b.String()
		}
		begin := localStart(v[:at])
		end := at + 1
		for end < len(v) && !endsAddress(v[end]) {
			end++
		}
		b.WriteString(v[:begin])
		b.WriteString(s.address(v[begin:end]))
		v = v[end:]
	}
}

// localStart finds where the local part before an @ begins. A quoted one may hold anything.
func localStart(v string) int {
	if strings.HasSuffix(v, `"`) {
		if open := strings.LastIndexByte(v[:len(v)-1], '"'); open >= 0 {
			return open
		}
	}
	begin := len(v)
	for begin > 0 && !endsAddress(v[begin-1]) {
		begin--
	}
	return begin
}

func endsAddress(c byte) bool { return c <= ' ' || strings.IndexByte(`<>()[],;:"`, c) >= 0 }

// address is one address as [log] addresses wants it. The domain is what follows the last @; a name without one, as
// of a login, is "@".
func (s *scrubber) address(a string) string {
	if s.addresses == Domain {
		domain, _ := cut(a[strings.LastIndexByte(a, '@')+1:])
		if len(domain) == len(a) {
			domain = ""
		}
		return "@" + domain
	}
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(strings.ToLower(a)))
	return "h:" + hex.EncodeToString(h.Sum(nil)[:8])
}
