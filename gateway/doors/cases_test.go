package doors

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"weir/filters/filtertest"
	"weir/message"
)

// mail is one mail with all that is known of its way here.
type mail struct {
	name string
	env  message.Envelope // client, HELO name, sender, recipients
	raw  []byte
	dns  *filtertest.DNS
}

// cases are those of all filters. What a case leaves open gets a value: every door is to have something to carry.
func cases(t *testing.T) (list []*mail) {
	files, err := filepath.Glob("../../testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		folder := filepath.Base(filepath.Dir(file))
		if folder == "script" || upsetsLists(file) { // script: sessions of the command line
			continue
		}
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := &mail{name: folder + "/" + strings.TrimSuffix(filepath.Base(file), ".txtar"), dns: &filtertest.DNS{}}
		for _, f := range a.Files {
			if err := m.section(f.Name, string(f.Data)); err != nil {
				t.Fatalf("%s: section %s: %v", file, f.Name, err)
			}
		}
		m.complete()
		list = append(list, m)
	}
	if len(list) < 300 {
		t.Fatalf("only %d cases in testdata", len(list))
	}
	return list
}

// upsetsLists tells whether a case has a DNS list that misbehaves: it would be off for minutes, and how later mails are judged
// would hang on how quick they come. TestEveryDoorGivesEqualReports sees to it that no other case does.
func upsetsLists(file string) bool {
	return regexp.MustCompile(`/(dnsbl|urlbl)/C(16|19|2[0-3])_`).MatchString(filepath.ToSlash(file))
}

func (m *mail) section(name, data string) (err error) {
	switch name {
	case "envelope":
		return m.envelope(data)
	case "dns":
		m.dns, err = filtertest.ParseDNS(data)
	case "mail.eml":
		m.raw = []byte(strings.ReplaceAll(data, "\n", "\r\n"))
	case "mail.esc":
		m.raw, err = filtertest.Unescape(data)
	}
	return err
}

// envelope reads what a client tells. Other lines are about the gateway, which is the same here for all cases.
func (m *mail) envelope(data string) (err error) {
	for line := range strings.Lines(data) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		value = strings.TrimSpace(value)
		switch key {
		case "ip":
			m.env.Client.Addr, err = netip.ParseAddr(value)
		case "name":
			m.env.Client.Name = value
		case "auth":
			m.env.Client.Auth = value
		case "helo":
			m.env.Helo = value
		case "from":
			m.env.HasFrom, m.env.From = true, value
		case "rcpt":
			m.env.Rcpts = append(m.env.Rcpts, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *mail) complete() {
	e := &m.env
	if !e.Client.Addr.IsValid() {
		e.Client.Addr = netip.MustParseAddr("203.0.113.77")
	}
	if e.Helo == "" {
		e.Helo = "client.example.org"
	}
	if !e.HasFrom {
		e.HasFrom, e.From = true, "jo@example.org"
	}
	if len(e.Rcpts) == 0 {
		e.Rcpts = []string{"ann@example.net"}
	}
	if len(m.raw) == 0 {
		m.raw = []byte("From: jo@example.org\r\nTo: ann@example.net\r\nSubject: Lunch\r\n\r\nAt noon?\r\n")
	}
}

// without takes off what a door has no word for.
func (m *mail) without(c *column) *mail {
	out := *m
	out.env.Rcpts = append([]string(nil), m.env.Rcpts...)
	for _, what := range c.lacks {
		losses[what](&out)
	}
	return &out
}

// losses are the rows of the table in docs/flow.md: what becomes of a mail where a door can't carry it.
var losses = map[string]func(*mail){
	"client address":     func(m *mail) { m.env.Client.Addr, m.env.Client.Port = netip.Addr{}, 0 },
	"client's name":      func(m *mail) { m.env.Client.Name = "" },
	"HELO name":          func(m *mail) { m.env.Helo = "" },
	"authenticated user": func(m *mail) { m.env.Client.Auth = "" },
	"TLS":                func(m *mail) { m.env.Client.TLS, m.env.Client.Cipher = "", "" },
	"sender":             func(m *mail) { m.env.HasFrom, m.env.From = false, "" },
	"recipients":         func(m *mail) { m.env.Rcpts = nil },
	"control characters in the envelope": func(m *mail) {
		for _, s := range append([]*string{&m.env.Helo, &m.env.From, &m.env.Client.Auth}, pointers(m.env.Rcpts)...) {
			*s = strings.Map(printable, *s)
		}
	},
	"CR and LF that stand alone": func(m *mail) { m.raw = crlf(m.raw) },
	"a last line without end":    func(m *mail) { m.raw = ended(m.raw) },
	"a header without an empty line behind it": func(m *mail) {
		if !bytes.Contains(m.raw, []byte("\r\n\r\n")) && !bytes.HasPrefix(m.raw, []byte("\r\n")) {
			m.raw = append(bytes.Clone(m.raw), "\r\n"...)
		}
	},
	"broken lines in the header": func(m *mail) { m.raw = split(m.raw) },
}

func pointers(list []string) (out []*string) {
	for i := range list {
		out = append(out, &list[i])
	}
	return out
}

// printable takes out what no SMTP command may have, with strings.Map.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == utf8.RuneError {
		return -1
	}
	return r
}

// crlf is what docs/smtp.md says of bare_lf = "normalize".
func crlf(raw []byte) []byte {
	var out []byte
	for i := 0; i < len(raw); i++ {
		switch n := 0; raw[i] {
		case '\r':
			for i+n < len(raw) && raw[i+n] == '\r' {
				n++
			}
			if i+n < len(raw) && raw[i+n] == '\n' {
				out = append(out, "\r\n"...)
				i += n
				continue
			}
			out = append(out, bytes.Repeat([]byte(" "), n)...)
			i += n - 1
		case '\n':
			out = append(out, "\r\n"...)
		default:
			out = append(out, raw[i])
		}
	}
	return out
}

func ended(raw []byte) []byte {
	if bytes.HasSuffix(raw, []byte("\r\n")) {
		return raw
	}
	return append(bytes.TrimSuffix(bytes.Clone(raw), []byte("\r")), "\r\n"...)
}

// split ends the header before the first line that is neither a field nor the continuation of one, as mail servers do.
func split(raw []byte) []byte {
	for at := 0; at < len(raw); {
		line := raw[at:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		name, _, found := bytes.Cut(line, []byte(":"))
		switch {
		case len(bytes.TrimRight(line, "\r\n")) == 0:
			return raw
		case at > 0 && (line[0] == ' ' || line[0] == '\t'), found && len(name) > 0 && !bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }):
			at += len(line)
		default:
			return bytes.Join([][]byte{raw[:at], raw[at:]}, []byte("\r\n"))
		}
	}
	return raw
}
