package dnslist

import (
	"net/netip"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/setting"
)

func TestQuestionsAreWrittenAsListsWantThem(t *testing.T) {
	for _, c := range []struct {
		name string
		zone Zone
		s    Subject
		want string
	}{
		{"an IPv4 address backwards", Zone{Zone: "bl.example"}, Subject{Addr: netip.MustParseAddr("192.0.2.99")}, "99.2.0.192.bl.example."},
		{"one in IPv6 clothes too", Zone{Zone: "bl.example."}, Subject{Addr: netip.MustParseAddr("::ffff:192.0.2.99")}, "99.2.0.192.bl.example."},
		{"an IPv6 address by nibbles (RFC 5782 section 2.4)", Zone{Zone: "v6.example", IPv6: true}, Subject{Addr: netip.MustParseAddr("2001:db8:1:2:3:4:567:89ab")},
			"b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.v6.example."},
		{"an IPv6 address at a list without them", Zone{Zone: "bl.example"}, Subject{Addr: netip.MustParseAddr("2001:db8::1")}, ""},
		{"a name", Zone{Zone: "dbl.example"}, Subject{Name: "bad.example"}, "bad.example.dbl.example."},
		{"a name that would be too long", Zone{Zone: "dbl.example"}, Subject{Name: strings.Repeat("a.", 121) + "bb"}, ""},
		{"a key in the zone", Zone{Zone: "_file.{key}.hbl.example", ZoneKey: "abc"}, Subject{Name: "x"}, "x._file.abc.hbl.example."},
		{"an MD5", Zone{Zone: "h.example", Hash: MD5}, Subject{Data: []byte("abc")}, "900150983cd24fb0d6963f7d28e17f72.h.example."},
		{"a SHA-1", Zone{Zone: "h.example", Hash: SHA1}, Subject{Data: []byte("abc")}, "a9993e364706816aba3e25717850c26c9cd0d89d.h.example."},
		{"a SHA-256 in base32", Zone{Zone: "h.example", Hash: SHA256}, Subject{Data: []byte("abc")}, "xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwq.h.example."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.s.question(newList("dnsbl", "test", c.zone)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAddressesThatNoListHas(t *testing.T) {
	for addr, want := range map[string]bool{"192.0.2.1": true, "2001:db8::1": true, "127.0.0.1": false, "10.1.2.3": false, "192.168.1.1": false,
		"100.64.1.1": false, "fe80::1": false, "fd00::1": false, "::1": false, "224.0.0.1": false, "0.0.0.0": false, "::ffff:10.0.0.1": false} {
		if got := Public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestProbesAreThoseOfTheStandard(t *testing.T) {
	for _, c := range []struct {
		name             string
		zone             Zone
		listed, unlisted string
	}{
		{"of addresses", Zone{Zone: "bl.example", Ask: []Kind{Client}}, "2.0.0.127.bl.example.", "1.0.0.127.bl.example."},
		{"of names", Zone{Zone: "dbl.example", Ask: []Kind{Domain}}, "test.dbl.example.", "invalid.dbl.example."},
		{"of hashes there are none", Zone{Zone: "h.example", Ask: []Kind{Email}, Hash: MD5}, "", ""},
		{"set to a name", Zone{Zone: "dbl.example", Ask: []Kind{Helo}, Listed: "Point.example"}, "point.example.dbl.example.", "invalid.dbl.example."},
		{"set to an address", Zone{Zone: "uri.example", Ask: []Kind{Domain}, Listed: "127.0.0.2", Unlisted: "none"}, "2.0.0.127.uri.example.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if l := newList("dnsbl", "x", c.zone); l.listed != c.listed || l.unlisted != c.unlisted {
				t.Errorf("%q and %q", l.listed, l.unlisted)
			}
		})
	}
}

func TestZonesThatCantBeUsedAreConfigErrors(t *testing.T) {
	good := Zone{Zone: "bl.example", Ask: []Kind{Client}, Codes: Codes("127.0.0.2 - 1")}
	if err := good.check("good", []Kind{Client}); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Zone){
		"is no zone":              func(z *Zone) { z.Zone = "bl example" },
		"zone_key":                func(z *Zone) { z.ZoneKey = "a b" },
		"ask is empty":            func(z *Zone) { z.Ask = nil },
		"codes is empty":          func(z *Zone) { z.Codes = nil },
		"can't be asked":          func(z *Zone) { z.Ask = []Kind{Client, "cleint"} },
		"hash goes with":          func(z *Zone) { z.Hash = SHA1 },
		"unknown hash":            func(z *Zone) { z.Ask, z.Hash = []Kind{Email}, "crc32" },
		"hashes or about names":   func(z *Zone) { z.Ask, z.Hash = []Kind{Email, Domain}, SHA1 },
		"addresses (client, rela": func(z *Zone) { z.Ask = []Kind{Client, Sender} },
		"hash goes with asking a": func(z *Zone) { z.Ask = []Kind{File} },
	} {
		z := good
		spoil(&z)
		if err := z.check("bad", []Kind{Client}); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "zones.bad: ") {
			t.Errorf("%v, want …%s…", err, want)
		}
	}
	if err := good.check("Bad Name", []Kind{Client}); err == nil {
		t.Error("a name with a space was taken")
	}
}

func TestAListThatIsNotThereIsAConfigError(t *testing.T) {
	zones := Zones{"spamcop": {Zone: "bl.spamcop.net", Ask: []Kind{Client}, Codes: Codes("127.0.0.2 - 1")}, "spamcopp": Zones{}.Seed("spamcopp").(Zone)}
	_, err := New(Config{Filter: "dnsbl", Kinds: []Kind{Client}, Zones: zones, Budget: 1}, filters.Env{})
	if err == nil || !strings.HasPrefix(err.Error(), "zones.spamcopp: no list of this name") || !strings.HasSuffix(err.Error(), "there are spamcop") {
		t.Errorf("a name with a typo: %v", err)
	}
}

func TestAKeyMovesSpamhausListsToItsDataQueryService(t *testing.T) {
	zones, err := Zones{"a": {Zone: "zen.spamhaus.org"}, "b": {Zone: "{key}.zrd.dq.spamhaus.net"}, "c": {Zone: "bl.spamcop.net"}}.WithDQS("k3y")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": ".k3y.zen.dq.spamhaus.net.", "b": ".k3y.zrd.dq.spamhaus.net.", "c": ".bl.spamcop.net."} {
		if l := newList("dnsbl", name, zones[name]); l.suffix != want {
			t.Errorf("%s is asked at %s, want %s", name, l.suffix, want)
		}
	}
	if _, err := (Zones{}).WithDQS(setting.Secret("no key!")); err == nil || strings.Contains(err.Error(), "no key!") {
		t.Errorf("a bad key: %v", err)
	}
}
