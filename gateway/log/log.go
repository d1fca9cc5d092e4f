// Package log writes Weir's log: one event a line, in log/slog's text or JSON form.
//
// What clients send ends up in a log: addresses, HELO names, subjects, replies of other servers. Three things are
// therefore done to every value in one place, the handler, so that no caller can forget one: what could break the line
// or speak to a terminal is escaped, mail addresses are shortened as [log] addresses says, and secrets are hidden.
// Values are cut at 1 kB.
package log

import (
	"crypto/rand"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"weir/filters/setting"
)

// New makes a logger that writes to w, which is written to from many goroutines, one line a call.
func New(w io.Writer, c Config) *slog.Logger {
	s := newScrubber(c)
	o := &slog.HandlerOptions{Level: c.Level.slog(), ReplaceAttr: s.attr}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func (l Level) slog() slog.Level {
	switch l {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	}
	return slog.LevelInfo
}

// scrubber cleans every value that is logged.
type scrubber struct {
	addresses Addresses
	subjects  bool
	key       []byte
}

func newScrubber(c Config) *scrubber {
	s := &scrubber{addresses: c.Addresses, subjects: c.Subjects, key: []byte(c.HashKey.Reveal())}
	if len(s.key) == 0 {
		s.key = []byte(rand.Text())
	}
	return s
}

// subjectKey is the attribute that [log] subjects switches.
const subjectKey = "subject"

// attr is slog's ReplaceAttr.
func (s *scrubber) attr(_ []string, a slog.Attr) slog.Attr {
	if a.Key == subjectKey && !s.subjects {
		return slog.Attr{}
	}
	if setting.IsSecret(a.Key) {
		return slog.String(a.Key, setting.Redacted)
	}
	clean := s.text
	if addressKey(a.Key) {
		clean = s.whole
	}
	switch a.Value.Kind() {
	case slog.KindString:
		old := a.Value.String()
		if now := clean(old); now != old {
			a.Value = slog.StringValue(now)
		}
	case slog.KindAny:
		a.Value = s.any(a.Value.Any(), clean)
	}
	return a
}

// addressKey tells whether the whole value under a key is one address, or a list of them.
func addressKey(key string) bool {
	switch key {
	case "from", "rcpt", "to", "login", "user":
		return true
	}
	return strings.HasPrefix(key, rcptPrefix)
}

// any cleans the values that slog would print by their own methods.
func (s *scrubber) any(v any, clean func(string) string) slog.Value {
	switch v := v.(type) {
	case nil, *slog.Source, slog.Level:
		return slog.AnyValue(v)
	case symbols:
		return slog.AnyValue(v) // names of our own, and numbers
	case []string:
		return slog.AnyValue(cleanList(v, clean))
	case error:
		return slog.StringValue(clean(v.Error()))
	case encoding.TextMarshaler:
		if text, err := v.MarshalText(); err == nil {
			return slog.StringValue(clean(string(text)))
		}
	case fmt.Stringer:
		return slog.StringValue(clean(v.String()))
	}
	text, err := json.Marshal(v) // leaves out unexported fields, where secrets may lie bare
	if err != nil {
		text = fmt.Appendf(nil, "a value of type %T", v)
	}
	return slog.StringValue(clean(string(text)))
}

// list is many values under one key: a,b in text, ["a","b"] in JSON.
type list []string

// MarshalText is for the text form.
func (l list) MarshalText() ([]byte, error) { return []byte(strings.Join(l, ",")), nil }

// MarshalJSON is for the JSON form; never null.
func (l list) MarshalJSON() ([]byte, error) { return json.Marshal(append([]string{}, l...)) }

func cleanList(all []string, clean func(string) string) list {
	out := make(list, len(all))
	for i := range all {
		out[i] = clean(all[i])
	}
	return out
}
