package setting

import (
	"encoding/json"
	"log/slog"
	"strings"
)

// Redacted stands where a secret would stand: in shown configs, logs and errors.
const Redacted = "[redacted]"

// Secret is a password, token or key. However it is printed or marshalled, it reads "[redacted]"; only Reveal gives
// it out. The zero value is no secret and prints as "".
type Secret string

// Reveal gives the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return Redacted
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return `setting.Secret("` + s.String() + `")` }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalText reads the secret as it is.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

var secretWords = []string{"password", "passwd", "passphrase", "secret", "token", "apikey", "credential", "credentials"}

// IsSecret tells by its name whether a setting or log attribute holds a secret: its last word is password, secret,
// token and the like, or it ends in "_key" ("hash_key", but not "key", which is a file of TLS). Only the part after
// the last dot counts.
func IsSecret(key string) bool {
	key = strings.ToLower(key[strings.LastIndexByte(key, '.')+1:])
	key, _, _ = strings.Cut(key, "[")
	words := strings.FieldsFunc(key, func(r rune) bool { return r == '_' || r == '-' })
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	for _, w := range secretWords {
		if last == w {
			return true
		}
	}
	return last == "key" && len(words) > 1
}

// Redact gives value as it may be shown under key: hidden where the key names a secret, and else with the passwords
// of URLs in it hidden ("redis://user:[redacted]@host"). Linear in the length of value.
func Redact(key, value string) string {
	if value == "" {
		return ""
	}
	if IsSecret(key) {
		return Redacted
	}
	if !strings.Contains(value, "://") {
		return value
	}
	return redactURLs(value)
}

// redactURLs hides what stands between "://" (or the first ":" after it) and the last "@" of the authority.
func redactURLs(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "://")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i+3])
		s = s[i+3:]
		authority := s
		if end := strings.IndexAny(s, "/?# \t\r\n\"'<>"); end >= 0 {
			authority = s[:end]
		}
		at := strings.LastIndexByte(authority, '@')
		if at < 0 {
			continue
		}
		if user, _, ok := strings.Cut(authority[:at], ":"); ok {
			b.WriteString(user + ":")
		}
		b.WriteString(Redacted)
		s = s[at:]
	}
}
