// Package helo judges the name by which the client introduces itself (RFC 5321 section 4.1.1.1): whether it is one, whether
// it exists, and whether it is one that only a liar would give.
//
// RFC 5321 section 4.1.4 forbids to refuse a mail since the name does not lead to the client, and honest servers have odd names;
// so the scores are modest, except for our own name and our own address, which nobody out there has.
package helo

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/scoring"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "helo",
	Text:    "judges the name by which the client introduces itself",
	Stage:   filters.Helo,
	After:   []string{"iprev"},
	Network: true,
	Inbound: true,
	Symbols: []scoring.Symbol{
		{Name: "HELO_OURS", Score: 3, Text: "The client says that it is us."},
		{Name: "HELO_LOCALHOST", Score: 2, Text: "The client gives a name that means itself, wherever one is: localhost and its kin."},
		{Name: "HELO_BAD", Score: 1.5, Text: "The client gives a name with characters that no name has."},
		{Name: "HELO_ADDRESS", Score: 1.5, Text: "The client gives an address without brackets."},
		{Name: "HELO_OTHER_ADDRESS", Score: 1, Text: "The client gives an address that is not its own."},
		{Name: "HELO_LITERAL", Score: 0.3, Text: "The client gives its address in place of a name."},
		{Name: "HELO_SHORT", Score: 0.7, Text: "The client gives a name without a domain."},
		{Name: "HELO_UNKNOWN", Score: 1, Text: "The client gives a name that does not exist."},
		{Name: "HELO_TEMPERROR", Text: "The DNS did not tell whether the client's name exists."},
		{Name: "HELO_MATCH", Text: "The client's name leads to its address."},
		{Name: "HELO_ELSEWHERE", Text: "The client's name leads to other addresses."},
	},
	New: newFilter,
}

// Config is the table [filters.helo].
type Config struct {
	Ours []string `toml:"ours" comment:"names of ours that nobody out there has, beside hostname; a leading dot stands for all below"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config { return Config{Ours: []string{}} }

type filter struct {
	Config
	env filters.Env
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{DefaultConfig(), env}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	for i, name := range f.Ours {
		if f.Ours[i] = address.Domain(name); !address.IsName(strings.TrimPrefix(f.Ours[i], ".")) {
			return nil, fmt.Errorf("ours: %q is no name; write it like mx.example.org, or .example.org for all below", name)
		}
	}
	return f, nil
}

// Check judges the name. Clients that the world does not see may call themselves what they like.
func (f *filter) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	addr := m.Client.Addr.Unmap().WithZone("")
	if m.Helo == "" || !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return filters.Result{}, nil
	}
	symbol, detail := f.judge(m, addr), plain(m.Helo)
	if symbol == "" {
		if f.env.Offline {
			return filters.Result{}, nil
		}
		symbol = f.resolve(ctx, address.Domain(m.Helo), addr, found)
	}
	return filters.Result{Hits: []scoring.Hit{{Name: symbol, Detail: detail}}}, nil
}

// judge gives the symbol that needs no DNS; "": there is none.
func (f *filter) judge(m *message.Message, addr netip.Addr) string {
	if strings.HasPrefix(m.Helo, "[") {
		return literal(m.Helo, addr)
	}
	if _, err := netip.ParseAddr(m.Helo); err == nil {
		return "HELO_ADDRESS"
	}
	name := address.Domain(m.Helo)
	switch {
	case !address.IsName(name):
		return "HELO_BAD"
	case f.isOurs(name, m.Hostname):
		return "HELO_OURS"
	case isLocal(name):
		return "HELO_LOCALHOST"
	case !strings.Contains(name, "."):
		return "HELO_SHORT"
	}
	return ""
}

// literal judges an address literal (RFC 5321 section 4.1.3).
func literal(s string, client netip.Addr) string {
	text, ok := strings.CutSuffix(s[1:], "]")
	if len(text) > 5 && strings.EqualFold(text[:5], "IPv6:") {
		text = text[5:]
	}
	addr, err := netip.ParseAddr(text)
	switch {
	case !ok || err != nil || addr.Zone() != "":
		return "HELO_BAD"
	case addr.Unmap() != client:
		return "HELO_OTHER_ADDRESS"
	}
	return "HELO_LITERAL"
}

func (f *filter) isOurs(name, hostname string) bool {
	if name == address.Domain(hostname) || name == address.Domain(f.env.Hostname) {
		return true
	}
	for _, ours := range f.Ours {
		if name == ours || strings.HasPrefix(ours, ".") && strings.HasSuffix(name, ours) {
			return true
		}
	}
	return false
}

// isLocal knows the names that mean the machine itself (RFC 6761 section 6.3, RFC 6762), and what systems have before
// anybody names them.
func isLocal(name string) bool {
	if last := name[strings.LastIndexByte(name, '.')+1:]; last == "localhost" || last == "localdomain" || last == "local" || last == "invalid" {
		return true
	}
	return false
}

// resolve asks whether the name exists. That of the reverse DNS is known to lead back.
func (f *filter) resolve(ctx context.Context, name string, addr netip.Addr, found filters.Findings) string {
	for _, a := range found.Auth() {
		if a.Method == "iprev" && a.Value == filters.Pass && a.Domain == name {
			return "HELO_MATCH"
		}
	}
	ctx, cancel := filters.Early(ctx)
	defer cancel()
	networks := [2]string{"ip4", "ip6"}
	if addr.Is6() {
		networks = [2]string{"ip6", "ip4"}
	}
	for _, network := range networks {
		list, err := f.env.Resolver.LookupNetIP(ctx, network, name)
		if err != nil && !filters.Absent(err) {
			return "HELO_TEMPERROR"
		}
		for _, a := range list {
			if a.Unmap() == addr {
				return "HELO_MATCH"
			}
		}
		if len(list) > 0 {
			return "HELO_ELSEWHERE"
		}
	}
	return "HELO_UNKNOWN"
}

// plain makes a stranger's word fit for a report: printable ASCII, up to 200 bytes.
func plain(s string) string {
	out := []byte(s[:min(len(s), 200)])
	for i, c := range out {
		if c < ' ' || c >= 0x7f {
			out[i] = '?'
		}
	}
	return string(out)
}
