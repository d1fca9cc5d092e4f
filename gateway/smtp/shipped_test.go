package smtp

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestShippedValues(t *testing.T) {
	cfg := DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name      string
		got, want any
	}{
		{"A09_max_command", int64(cfg.MaxCommand), int64(4096)},
		{"A10_max_recipients", cfg.MaxRecipients, 1000},
		{"A16_max_size", int64(cfg.MaxSize), int64(50 << 20)},
		{"A17_command_timeout", cfg.Timeouts.Command.D(), 5 * time.Minute},
		{"A17_data_timeout", cfg.Timeouts.Data.D(), 5 * time.Minute},
		{"A17_min_rate", int64(cfg.MinRate), int64(100)},
		{"A18_per_client", cfg.MaxConnectionsPerClient, 50},
		{"A18_all", cfg.MaxConnections, 2000},
		{"A19_proxy_timeout", cfg.Timeouts.Proxy.D(), 5 * time.Second},
		{"A21_max_errors", cfg.MaxErrors, 20},
		{"A21_max_junk", cfg.MaxJunk, 50},
		{"A03_bare_lf", cfg.BareLF, Normalize},
		{"B15_drain", cfg.Timeouts.Drain.D(), 30 * time.Second},
		{"A19_nobody_is_trusted", len(cfg.XClient) + len(cfg.XForward) + len(cfg.ProxyProtocol), 0},
		{"spool memory", int64(cfg.SpoolMemory), int64(1 << 20)},
	} {
		if row.got != row.want {
			t.Errorf("%s: %v, want %v", row.name, row.got, row.want)
		}
	}
}

// Every key of [smtp] and every verb stands in docs/smtp.md or docs/config.md.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/smtp.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for verb := range verbs {
		if !strings.Contains(doc, "`"+verb+"`") && !strings.Contains(doc, verb+" ") {
			t.Errorf("the verb %s is not in docs/smtp.md", verb)
		}
	}
	skip := "listen banner tls bare_lf received proxy_protocol xclient xforward spool_dir timeouts"
	for _, typ := range []reflect.Type{reflect.TypeFor[Config](), reflect.TypeFor[Timeouts]()} {
		for f := range typ.Fields() {
			key := f.Tag.Get("toml")
			if typ == reflect.TypeFor[Timeouts]() {
				key = "timeouts." + key
			}
			if !strings.Contains(skip, key) && !strings.Contains(doc, "| `"+key+"` |") {
				t.Errorf("the key %s is not in the table of docs/smtp.md", key)
			}
		}
	}
}
