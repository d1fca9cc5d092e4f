package filtertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/rogpeppe/go-internal/txtar"

	"weir/filters"
	"weir/message"
	"weir/message/header"
	"weir/scoring"
)

// Now is the time of all cases that name no other.
var Now = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// Clock gives a clock that stands still.
func Clock(t time.Time) func() time.Time { return func() time.Time { return t } }

// testCase is one case file.
type testCase struct {
	env     message.Envelope
	opts    message.Options
	raw     []byte
	hasMail bool
	config  string
	dns     *DNS
	found   []scoring.Hit
	failed  []string
	strip   []string
	offline bool
	auth    []filters.Auth
	earlier []earlier
	store   *Store
	clock   time.Time // of the store
	want    string
}

func parseCase(a *txtar.Archive) (*testCase, error) {
	c := &testCase{env: message.Envelope{ID: "test", Time: Now, Hostname: "mx.example.net"}, dns: &DNS{}, store: &Store{}}
	c.store.Now = func() time.Time { return c.clock }
	for _, f := range a.Files {
		if err := c.section(f.Name, string(f.Data)); err != nil {
			return nil, fmt.Errorf("section %s: %w", f.Name, err)
		}
	}
	return c, nil
}

func (c *testCase) section(name, data string) (err error) {
	switch name {
	case "envelope":
		return c.envelope(data)
	case "config":
		c.config = data
	case "dns":
		c.dns, err = ParseDNS(data)
	case "mail.eml":
		c.raw, c.hasMail = []byte(strings.ReplaceAll(data, "\n", "\r\n")), true
	case "mail.esc":
		c.raw, err = Unescape(data)
		c.hasMail = true
	case "earlier":
		c.earlier, err = parseEarlier(data)
	case "want":
		c.want = data
	default:
		return fmt.Errorf("unknown section; there are envelope, config, dns, earlier, mail.eml, mail.esc and want")
	}
	return err
}

// envelope reads lines "key value".
func (c *testCase) envelope(data string) error {
	n := 0
	for line := range strings.Lines(data) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		if err := c.set(key, strings.TrimSpace(value)); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

func (c *testCase) set(key, value string) (err error) {
	e := &c.env
	switch key {
	case "ip":
		e.Client.Addr, err = netip.ParseAddr(value)
	case "name":
		e.Client.Name = value
	case "port":
		var port uint64
		port, err = strconv.ParseUint(value, 10, 16)
		e.Client.Port = uint16(port)
	case "tls":
		e.Client.TLS = value
	case "helo":
		e.Helo = value
	case "from":
		e.HasFrom, e.From = true, value
	case "rcpt":
		e.Rcpts = append(e.Rcpts, value)
	case "hostname":
		e.Hostname = value
	case "time":
		e.Time, err = time.Parse(time.RFC3339, value)
	case "auth":
		e.Client.Auth = value
	default:
		return c.setMore(key, value)
	}
	return err
}

// setMore sets what is no field of the envelope.
func (c *testCase) setMore(key, value string) error {
	switch key {
	case "outgoing":
		c.env.Outgoing = true
	case "trusted":
		p, err := netip.ParsePrefix(value)
		c.opts.Trusted = append(c.opts.Trusted, p)
		return err
	case "strip":
		c.strip = append(c.strip, value)
	case "found":
		c.found = append(c.found, scoring.Hit{Name: value})
	case "failed":
		c.failed = append(c.failed, value)
	case "offline":
		c.offline = true
	case "auth-result":
		return c.setAuth(value)
	case "store-down":
		c.store.Err = filters.ErrStoreDown
	default:
		return fmt.Errorf("unknown key %q: the package comment of filtertest lists them", key)
	}
	return nil
}

// setAuth reads "dkim pass example.org", and "spf pass mx.example.org helo" for a pass of the HELO name.
func (c *testCase) setAuth(value string) error {
	words := strings.Fields(value)
	if len(words) < 3 {
		return fmt.Errorf("write a method, a result and a domain")
	}
	a := filters.Auth{Method: words[0], Value: filters.AuthValue(words[1]), Domain: words[2]}
	if len(words) > 3 {
		a.Props = []filters.AuthProp{{Type: "smtp", Name: words[3], Value: words[2]}}
	}
	c.auth = append(c.auth, a)
	return nil
}

// filter makes the filter with the case's config.
func (c *testCase) filter(t *testing.T, spec filters.Spec) filters.Filter {
	t.Helper()
	env := filters.Env{
		Clock: Clock(c.env.Time), Resolver: c.dns, Dialer: NoDialer{}, Offline: c.offline, Hostname: c.env.Hostname, Trusted: c.opts.Trusted,
		Store: c.store,
	}
	f := New(t, spec, c.config, env)
	if closer, ok := f.(io.Closer); ok {
		t.Cleanup(func() { _ = closer.Close() })
	}
	return f
}

// New makes a filter from a table of weir.toml, as the gateway does: strictly.
func New(t testing.TB, spec filters.Spec, config string, env filters.Env) filters.Filter {
	t.Helper()
	decoded := 0
	f, err := spec.New(func(into any) error {
		decoded++
		d := toml.NewDecoder(strings.NewReader(config))
		d.DisallowUnknownFields()
		return d.Decode(into)
	}, env)
	if err != nil {
		t.Fatalf("filter %s can't be made: %v", spec.Name, err)
	}
	if decoded != 1 {
		t.Errorf("filter %s decoded its config %d times, want once", spec.Name, decoded)
	}
	return f
}

// message makes the message; without a mail section only its envelope is known.
func (c *testCase) message() *message.Message {
	opts := c.opts
	if len(c.strip) > 0 {
		opts.Strip = func(f *header.Field) bool { return Matches(c.strip, f.Name) }
	}
	m := message.New(c.env, opts)
	if c.hasMail {
		m.Load(c.raw)
	}
	return m
}

// Matches tells whether a field's name is in a list of names; X-Spam-* stands for all that begin so.
func Matches(patterns []string, name string) bool {
	for _, p := range patterns {
		if stem, ok := strings.CutSuffix(p, "*"); ok && len(name) >= len(stem) && strings.EqualFold(name[:len(stem)], stem) {
			return true
		}
		if strings.EqualFold(p, name) {
			return true
		}
	}
	return false
}

func (c *testCase) findings() filters.Findings { return filters.NewFindings(c.found, c.auth, c.failed) }

// outcome is the JSON of a want section.
type outcome struct {
	Hits  []hit          `json:"hits"`
	Auth  []filters.Auth `json:"auth,omitempty"`
	Error string         `json:"error,omitempty"`
}

type hit struct {
	Name   string  `json:"name"`
	Count  int     `json:"count,omitempty"`
	Weight float64 `json:"weight,omitempty"`
	Detail string  `json:"detail,omitempty"`
	Retry  int     `json:"retry,omitempty"`
}

func render(r filters.Result, err error) string {
	o := outcome{Hits: []hit{}, Auth: r.Auth}
	for _, h := range r.Hits {
		o.Hits = append(o.Hits, hit(h))
	}
	if err != nil {
		o.Error = err.Error()
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(o)
	return b.String()
}

// Unescape reads a mail.esc section.
func Unescape(s string) ([]byte, error) {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		if i++; i == len(s) {
			return nil, fmt.Errorf("a backslash at the end")
		}
		switch s[i] {
		case '\n':
		case 'r':
			out = append(out, '\r')
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case '0':
			out = append(out, 0)
		case '\\':
			out = append(out, '\\')
		case 'x':
			b, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+3, len(s))], 16, 8)
			if err != nil {
				return nil, fmt.Errorf("\\x without two hex digits")
			}
			out = append(out, byte(b))
			i += 2
		default:
			return nil, fmt.Errorf("unknown escape \\%c", s[i])
		}
	}
	return out, nil
}
