package dnslist

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"weir/filters/setting"
	"weir/scoring"
)

// Zone is the table of one list: [filters.<name>.zones.<list>]. The name of the table is the list's name in symbols,
// metrics and logs.
type Zone struct {
	Enabled  bool           `toml:"enabled" comment:"ask this list"`
	Zone     string         `toml:"zone" comment:"where to ask: \"zen.spamhaus.org\"; {key} stands for zone_key"`
	ZoneKey  setting.Secret `toml:"zone_key" comment:"the key that the list gave you, where it wants one; a zone with {key} is not asked without"`
	Operator string         `toml:"operator" comment:"who runs it: lists of one operator are one witness; \"\": the list's name"`
	Ask      []Kind         `toml:"ask" comment:"what it is asked about"`
	IPv6     bool           `toml:"ipv6" comment:"it knows IPv6 addresses"`
	Hash     Hash           `toml:"hash" comment:"how it wants mail addresses and files: \"md5\", \"sha1\" or \"sha256\" (in base32)"`
	Codes    []Code         `toml:"codes" comment:"answers that count: \"127.0.0.2 SPAM 3\"; any other is ignored"`
	Listed   string         `toml:"listed" comment:"what must be listed, to see that the list is alive; \"\": as RFC 5782 has it; \"none\": is not probed"`
	Unlisted string         `toml:"unlisted" comment:"what must not be listed, to see that it does not list everything"`
}

// Zones are lists by name.
type Zones map[string]Zone

// Seed is what a list begins with that the config names for the first time.
func (Zones) Seed(string) any { return Zone{Enabled: true, Ask: []Kind{}, Codes: []Code{}} }

// operator names the witness.
func (z *Zone) operator(name string) string {
	if z.Operator != "" {
		return z.Operator
	}
	return name
}

// hashed tells whether it is asked about hashes.
func (z *Zone) hashed() bool { return slices.Contains(z.Ask, Email) || slices.Contains(z.Ask, File) }

// named tells whether it is asked about names.
func (z *Zone) named() bool {
	return slices.ContainsFunc(z.Ask, func(k Kind) bool {
		return k == RDNS || k == Helo || k == Sender || k == Domain || k == Host
	})
}

// client tells whether it is asked about who brings the mail.
func (z *Zone) client() bool { return slices.Contains(z.Ask, Client) || slices.Contains(z.Ask, Relay) }

// WithDQS gives the zones with Spamhaus's at its Data Query Service, for who has a key: "zen.spamhaus.org" becomes
// "<key>.zen.dq.spamhaus.net". Without a key they stay as they are.
func (zs Zones) WithDQS(key setting.Secret) (Zones, error) {
	if key == "" {
		return zs, nil
	}
	if !isZone("x"+key.Reveal()) || strings.Contains(key.Reveal(), ".") {
		return nil, errors.New("dqs_key is no label of a name in the DNS")
	}
	out := make(Zones, len(zs))
	for name, z := range zs {
		if list, ok := strings.CutSuffix(z.Zone, ".spamhaus.org"); ok {
			z.Zone = "{key}." + list + ".dq.spamhaus.net"
		}
		if z.ZoneKey == "" && strings.HasSuffix(z.Zone, ".dq.spamhaus.net") {
			z.ZoneKey = key
		}
		out[name] = z
	}
	return out, nil
}

// hasKey tells whether it can be asked: a zone with {key} needs a key.
func (z *Zone) hasKey() bool { return z.ZoneKey != "" || !strings.Contains(z.Zone, "{key}") }

// symbol names what a code reports: DNSBL_SPAMHAUS_XBL.
func symbol(filter, list, label string) string {
	name := filter + "_" + list
	if label != "" {
		name += "_" + label
	}
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Symbols lists what the zones may report, in the order of their names. Codes with the same label share a symbol, whose
// score is the first one's. Zones that are off count too, so that rules files can name them.
func (zs Zones) Symbols(filter string) []scoring.Symbol {
	var all []scoring.Symbol
	seen := map[string]bool{}
	for _, name := range zs.names() {
		for _, c := range zs[name].Codes {
			s := symbol(filter, name, c.Label)
			if !seen[s] {
				seen[s] = true
				all = append(all, scoring.Symbol{Name: s, Score: c.Score, Text: text(name, c)})
			}
		}
	}
	return all
}

// text is a symbol's sentence for a person.
func text(list string, c Code) string {
	if c.Label == "" {
		return "On the list " + list + "."
	}
	return "On the list " + list + ", as " + c.Label + "."
}

func (zs Zones) names() []string {
	names := make([]string, 0, len(zs))
	for name := range zs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// check tells what is wrong with the zone of a name; kinds are those of the filter.
func (zs Zones) check(name string, kinds []Kind) error {
	z := zs[name]
	if z.Zone == "" {
		return fmt.Errorf("zones.%s: no list of this name comes with Weir, and one of your own needs zone, ask and codes; there are %s", name, strings.Join(zs.known(), ", "))
	}
	return z.check(name, kinds)
}

// known are the names of those that have a zone.
func (zs Zones) known() []string {
	return slices.DeleteFunc(zs.names(), func(name string) bool { return zs[name].Zone == "" })
}

func (z *Zone) check(name string, kinds []Kind) error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("zones.%s: "+format, append([]any{name}, args...)...)
	}
	switch {
	case name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" || len(name) > 40:
		return fault("the name of a list is made of small letters, digits, _ and -")
	case !isZone(z.Zone):
		return fault("%q is no zone: write it like \"bl.example.org\"", z.Zone)
	case !isZone("x" + z.ZoneKey.Reveal()):
		return fault("zone_key is no label of a name in the DNS")
	case len(z.Ask) == 0:
		return fault("ask is empty; there are %q", kinds)
	case len(z.Codes) == 0:
		return fault("codes is empty: no answer would count; write at least \"127.0.0.2 - 1\"")
	case z.hashed() != (z.Hash != NoHash):
		return fault("hash goes with asking about email or file, and only with it")
	case z.hashed() && z.Hash.digest(nil) == "":
		return fault("unknown hash %q: md5, sha1 or sha256", z.Hash)
	case z.hashed() && z.named():
		return fault("a list is asked about hashes or about names, not both")
	case z.client() && z.named():
		return fault("a list is asked about addresses (client, relay) or about names, not both: they are probed in different ways; write two lists")
	}
	for _, k := range z.Ask {
		if !slices.Contains(kinds, k) {
			return fault("it can't be asked about %q; there are %q", k, kinds)
		}
	}
	return nil
}

// isZone tells whether a text can be a zone, {key} included.
func isZone(s string) bool {
	s = strings.TrimSuffix(strings.ReplaceAll(s, "{key}", "key"), ".")
	if s == "" || len(s) > 200 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			return false
		}
	}
	return true
}
