package spf

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"weir/filters"
	"weir/message"
)

// deviations are the cases of the suites in which we differ, and why. There is none in the suite of RFC 7208.
var deviations = map[string]string{
	"default-modifier":       "default= is an invention of an early draft; RFC 7208 section 6 has unknown modifiers ignored",
	"default-modifier-harsh": "the same; its result is for pyspf's strict mode",
}

// otherDeviations are the cases of the other implementation in which we differ.
var otherDeviations = map[string]string{
	"All test 10.0.0.1 test.org":           "ip: is no mechanism; RFC 7208 section 4.6 wants mistakes found behind -all too",
	"DNS Lookup Limits 172.168.0.1 ok":     "ten names that do not exist are more than two void lookups (section 4.6.4)",
	"DNS Lookup Limits 10.0.0.8 mx":        "eleven mail servers are an error wherever the client stands among them (section 4.6.4)",
	"HELO identity 172.168.0.1 mx":         "MAIL FROM is judged by itself: HELO's fail is reported beside it",
	"Exists 167.1.2.3 ip6":                 "exists asks for A, never for AAAA (section 5.7)",
	"IPv6 match 10.1.2.3 test.org":         "ip6 never matches an IPv4 client (section 5)",
	"Macro expansion 2 2001:db8::cb01 mx.": "the same: exists asks for A",
}

// TestRFC7208Suite runs all cases of the openspf.org suite, and pyspf's own, through the filter, as a mail would.
func TestRFC7208Suite(t *testing.T) {
	for file, want := range map[string]int{"rfc7208-tests.yml": 203, "pyspf-tests.yml": 16} {
		run := 0
		for _, s := range suites(t, file) {
			z := newZone(t, s.ZoneData)
			for name, c := range s.Tests {
				run++
				if why := deviations[name]; why != "" {
					t.Logf("%s: %s", name, why)
					continue
				}
				t.Run(s.Description+"/"+name, func(t *testing.T) {
					checkCase(t, z, netip.MustParseAddr(c.Host), c.Helo, c.MailFrom, c.Result, c.Explanation)
				})
			}
		}
		if run != want {
			t.Errorf("%s: %d cases were run, want %d", file, run, want)
		}
	}
}

// checkCase judges the identity that a case is about: MAIL FROM, or HELO where it is empty.
func checkCase(t *testing.T, z filters.Resolver, ip netip.Addr, helo, from string, want []string, exp string) {
	t.Helper()
	f := &filter{DefaultConfig(), filters.Env{Resolver: z, Hostname: "receiver.example"}}
	m := message.New(message.Envelope{Client: message.Client{Addr: ip}, Helo: helo, HasFrom: true, From: from}, message.Options{})
	r, err := f.Check(context.Background(), m, filters.Findings{})
	if err != nil {
		t.Fatal(err)
	}
	prop := "mailfrom"
	if from == "" {
		prop = "helo"
	}
	i := slices.IndexFunc(r.Auth, func(a filters.Auth) bool { return a.Props[0].Name == prop })
	if i < 0 || !slices.Contains(want, string(r.Auth[i].Value)) {
		t.Fatalf("got %+v, want %v of %s", r.Auth, want, prop)
	}
	if exp == "" || exp == "DEFAULT" {
		return
	}
	q := query{ip: ip, domain: canonical(helo), helo: helo, asName: "receiver.example"}
	if from != "" {
		q.local, q.domain = sender(from)
	}
	if got := checkHost(context.Background(), z, q, true); !strings.EqualFold(got.exp, exp) {
		t.Errorf("explanation %q, want %q", got.exp, exp)
	}
}

// TestOtherSuite runs the cases that another implementation tests itself with.
func TestOtherSuite(t *testing.T) {
	run := 0
	for _, file := range others(t) {
		for _, c := range readOther(t, file) {
			z := c.zone()
			for _, one := range c.Tests {
				run++
				if why := differs(c.Name + " " + one.IP + " " + one.Domain); why != "" {
					t.Logf("%s: %s", c.Name, why)
					continue
				}
				t.Run(fmt.Sprintf("%s/%s %s %s", c.Name, one.IP, one.Domain, one.Sender), func(t *testing.T) {
					ip, err := netip.ParseAddr(one.IP)
					if err != nil {
						t.Fatal(err)
					}
					value, exp, _ := strings.Cut(strings.TrimSpace(one.Expect), " ")
					checkCase(t, z, ip, one.Domain, one.Sender, []string{value}, exp)
				})
			}
		}
	}
	if run != 128 {
		t.Errorf("%d cases were run, want 128", run)
	}
}

func differs(key string) string {
	for prefix, why := range otherDeviations {
		if strings.HasPrefix(key, prefix) {
			return why
		}
	}
	return ""
}

// other is one document of those files.
type other struct {
	Name    string
	Records yaml.Node
	Tests   []struct{ Domain, Sender, IP, Expect string }
}

func others(t *testing.T) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(shared(), "suites", "dkim-dmarc", "spf", "*.yml"))
	if len(files) == 0 {
		t.Skip("SHARED SUITE NOT RUN: no files in suites/dkim-dmarc/spf")
	}
	return files
}

func readOther(t *testing.T, file string) (list []other) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := yaml.NewDecoder(f); ; {
		var c other
		if err := d.Decode(&c); err != nil {
			return list
		}
		list = append(list, c)
	}
}

// zone reads "kind: name value" pairs, in which kinds come more than once.
func (c *other) zone() zone {
	z := zone{"_dns_error.org": {{kind: "TIMEOUT"}}, "_dns_error.test.org": {{kind: "TIMEOUT"}}} // names that those tests make fail
	for i := 0; i+1 < len(c.Records.Content); i += 2 {
		kind := c.Records.Content[i].Value
		name, value, _ := strings.Cut(strings.TrimSpace(c.Records.Content[i+1].Value), " ")
		name, value = strings.ToLower(strings.TrimSuffix(name, ".")), strings.TrimSpace(value)
		switch kind {
		case "spf", "exp", "txt":
			z.add(name, "TXT", value)
		case "mx":
			for n, addr := range strings.Split(value, ",") {
				host := fmt.Sprintf("%d.mx-of.%s", n, name)
				z[name] = append(z[name], record{"MX", []string{"10", host}})
				z.addAddr(host, addr)
			}
		case "ptr":
			for _, n := range strings.Split(value, ",") {
				z.add(reverse(netip.MustParseAddr(name)), "PTR", strings.TrimSpace(n))
			}
		default:
			for _, addr := range strings.Split(value, ",") {
				z.addAddr(name, addr)
			}
		}
	}
	return z
}

func (z zone) add(name, kind, value string) {
	z[name] = append(z[name], record{kind, []string{value}})
}

func (z zone) addAddr(name, text string) {
	addr, err := netip.ParseAddr(strings.TrimSpace(text))
	switch {
	case err != nil:
		z.add(name, "TIMEOUT", "")
	case addr.Is4():
		z.add(name, "A", addr.String())
	default:
		z.add(name, "AAAA", addr.String())
	}
}
