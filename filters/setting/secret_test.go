package setting

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestG12_a_secret_does_not_show_however_it_is_printed(t *testing.T) {
	type config struct {
		Password Secret
	}
	c := config{Password: "hunter2"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", c.Password, "c", c)
	js, _ := json.Marshal(c)
	text, _ := c.Password.MarshalText()
	for how, out := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c), "%s": fmt.Sprintf("%s", c),
		"%q": fmt.Sprintf("%q", c.Password), "json": string(js), "text": string(text), "slog": log.String(), "error": fmt.Errorf("bad %v", c.Password).Error(),
	} {
		if strings.Contains(out, "hunter2") || !strings.Contains(out, Redacted) {
			t.Errorf("%s shows %s", how, out)
		}
	}
	if c.Password.Reveal() != "hunter2" {
		t.Error("Reveal does not give the secret")
	}
}

func TestSecretKeysAndURLPasswordsAreHidden(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"redis.password", "abc", Redacted},
		{"log.hash_key", "abc", Redacted},
		{"api-token", "abc", Redacted},
		{"accounts[0].secret", "abc", Redacted},
		{"smtp.tls.key", "/etc/weir/key.pem", "/etc/weir/key.pem"},
		{"monkey", "abc", "abc"},
		{"password", "", ""},
		{"url", "redis://joe:s3cret@host:6379/0", "redis://joe:" + Redacted + "@host:6379/0"},
		{"url", "redis://:p@ss@host", "redis://:" + Redacted + "@host"},
		{"url", "https://token@host/a@b and ftp://a:b@c", "https://" + Redacted + "@host/a@b and ftp://a:" + Redacted + "@c"},
		{"url", "http://example.org/a@b", "http://example.org/a@b"},
	} {
		if got := Redact(c.key, c.value); got != c.want {
			t.Errorf("Redact(%q, %q) = %q, want %q", c.key, c.value, got, c.want)
		}
	}
}
