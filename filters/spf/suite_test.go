package spf

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// suite is one document of a file in the format of the openspf.org test suite.
type suite struct {
	Description string
	Tests       map[string]struct {
		Helo        string
		Host        string
		MailFrom    string `yaml:"mailfrom"`
		Result      words
		Explanation string
	}
	ZoneData map[string][]yaml.Node `yaml:"zonedata"`
}

// words is one word or a list of them.
type words []string

// UnmarshalYAML reads either.
func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = words{n.Value}
		return nil
	}
	return n.Decode((*[]string)(w))
}

// suites reads a file of the shared folder.
func suites(t testing.TB, file string) (list []suite) {
	t.Helper()
	f, err := os.Open(filepath.Join(shared(), "suites", "spf", file))
	if err != nil {
		t.Skip("SHARED SUITE NOT RUN: ", err)
	}
	defer f.Close()
	d := yaml.NewDecoder(f)
	for {
		var s suite
		if err := d.Decode(&s); err != nil {
			return list
		}
		if len(s.Tests) > 0 {
			list = append(list, s)
		}
	}
}

// zone is the DNS of a suite.
type zone map[string][]record

type record struct {
	kind  string
	value []string
}

func newZone(t testing.TB, data map[string][]yaml.Node) zone {
	z := zone{}
	for name, nodes := range data {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		for _, n := range nodes {
			z[name] = append(z[name], records(t, n)...)
		}
		z.copySPF(name)
	}
	return z
}

// copySPF lets records of type SPF stand for TXT where there are none, as the suite's rules say; "TXT: NONE" stands for
// none at all.
func (z zone) copySPF(name string) {
	list := z[name]
	if !slices.ContainsFunc(list, func(r record) bool { return r.kind == "TXT" }) {
		for _, r := range list {
			if r.kind == "SPF" {
				z[name] = append(z[name], record{"TXT", r.value})
			}
		}
	}
	z[name] = slices.DeleteFunc(z[name], func(r record) bool { return r.kind == "TXT" && slices.Equal(r.value, []string{"NONE"}) })
}

func records(t testing.TB, n yaml.Node) []record {
	if n.Kind == yaml.ScalarNode {
		return []record{{kind: n.Value}} // TIMEOUT
	}
	var m map[string]yaml.Node
	if err := n.Decode(&m); err != nil {
		t.Fatal(err)
	}
	var list []record
	for kind, v := range m {
		var w words
		if err := v.Decode(&w); err != nil {
			t.Fatal(err)
		}
		list = append(list, record{kind, w})
	}
	return list
}

// find gives the records of a type, following aliases; an error as a resolver would give it.
func (z zone) find(name, kind string) (found [][]string, err error) {
	asked := strings.ToLower(strings.TrimSuffix(name, "."))
	for hops := 0; ; hops++ {
		alias, slow := "", false
		for _, r := range z[asked] {
			switch r.kind {
			case kind:
				found = append(found, r.value)
			case "CNAME":
				alias = r.value[0]
			case "TIMEOUT":
				slow = true
			}
		}
		if slow && len(found) == 0 {
			return nil, &net.DNSError{Err: "timeout", Name: name, IsTimeout: true, IsTemporary: true}
		}
		if alias == "" || hops > 8 {
			break
		}
		asked = strings.ToLower(strings.TrimSuffix(alias, "."))
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return found, nil
}

// LookupTXT implements filters.Resolver.
func (z zone) LookupTXT(_ context.Context, name string) (list []string, err error) {
	found, err := z.find(name, "TXT")
	for _, pieces := range found {
		list = append(list, strings.Join(pieces, ""))
	}
	return list, err
}

// LookupMX implements filters.Resolver.
func (z zone) LookupMX(_ context.Context, name string) (list []*net.MX, err error) {
	found, err := z.find(name, "MX")
	for _, v := range found {
		list = append(list, &net.MX{Host: v[1]})
	}
	return list, err
}

// LookupNetIP implements filters.Resolver.
func (z zone) LookupNetIP(_ context.Context, network, name string) (list []netip.Addr, err error) {
	kinds := map[string][]string{"ip4": {"A"}, "ip6": {"AAAA"}, "ip": {"A", "AAAA"}}[network]
	for _, kind := range kinds {
		found, problem := z.find(name, kind)
		if problem != nil {
			err = problem
		}
		for _, v := range found {
			list = append(list, netip.MustParseAddr(v[0]))
		}
	}
	if len(list) > 0 {
		err = nil
	}
	return list, err
}

// LookupAddr implements filters.Resolver.
func (z zone) LookupAddr(_ context.Context, addr string) (list []string, err error) {
	found, err := z.find(reverse(netip.MustParseAddr(addr)), "PTR")
	for _, v := range found {
		list = append(list, v[0])
	}
	return list, err
}

// reverse gives the name under which the DNS keeps an address's names.
func reverse(a netip.Addr) string {
	labels := strings.Split(dotted(a), ".")
	slices.Reverse(labels)
	if a.Is4() {
		return strings.Join(labels, ".") + ".in-addr.arpa"
	}
	return strings.Join(labels, ".") + ".ip6.arpa"
}

// shared is the folder of suites that are not ours.
func shared() string {
	if dir := os.Getenv("WEIR_SHARED"); dir != "" {
		return dir
	}
	return "../../../shared"
}
