package manual

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

// mail is one from bounce@shop.example, as a sender may spell it, with the field From as given.
func mail(from string, rcpts ...string) *message.Message {
	env := message.Envelope{HasFrom: true, From: `"bounce"@Shop.example.`, Rcpts: rcpts, Client: message.Client{Addr: netip.MustParseAddr("192.0.2.7")}}
	m := message.New(env, message.Options{})
	m.Load([]byte("From: " + from + "\r\n\r\nx\r\n"))
	return m
}

func passes(domain string) filters.Findings {
	return filters.NewFindings(nil, []filters.Auth{{Method: "dkim", Value: filters.Pass, Domain: domain}}, nil)
}

func TestWhoIsAllowedAndBlocked(t *testing.T) {
	ann, proved, none := "Ann <Ann@Shop.Example>", passes("shop.example"), filters.Findings{}
	for _, c := range []struct {
		name, file string
		m          *message.Message
		found      filters.Findings
		want       string
	}{
		{"nobody is named", "", mail(ann, "bob@example.net"), proved, ""},
		{"an address that is proved is allowed", "manual allow ann@shop.example", mail(ann, "bob@example.net"), proved, Allowed},
		{"an address that nothing proves is not", "manual allow ann@shop.example", mail(ann, "bob@example.net"), none, Unproved},
		{"another domain's proof does not help", "manual allow ann@shop.example", mail(ann, "bob@example.net"), passes("evil.example"), Unproved},
		{"a forced entry needs no proof", "manual allow ann@shop.example forced", mail(ann, "bob@example.net"), none, Allowed},
		{"the envelope sender counts too", "manual allow bounce@shop.example", mail("x@other.example", "bob@example.net"), proved, Allowed},
		{"a domain", "manual allow shop.example", mail(ann, "bob@example.net"), proved, Allowed},
		{"a bare top-level domain is a mistake", "manual block example", mail(ann), none, "error"},
		{"a parent domain", "manual block shop.example", mail("joe@a.b.shop.example"), none, Blocked},
		{"a domain that only ends alike", "manual block hop.example", mail(ann), none, ""},
		{"a network needs no proof", "manual allow 192.0.2.0/24", mail(ann), none, Allowed},
		{"a single address", "manual block 192.0.2.7", mail(ann), none, Blocked},
		{"another network", "manual block 192.0.3.0/24", mail(ann), none, ""},
		{"a block outranks an allow", "manual allow ann@shop.example\nmanual block shop.example", mail(ann), proved, Blocked},
		{"for one recipient", "manual block shop.example for bob@example.net", mail(ann, "Bob@Example.net"), none, Blocked},
		{"not for another", "manual block shop.example for bob@example.net", mail(ann, "joe@example.net"), none, ""},
		{"not where there are others", "manual block shop.example for bob@example.net", mail(ann, "bob@example.net", "joe@example.net"), none, ""},
		{"for a domain of recipients", "manual block shop.example for example.net", mail(ann, "bob@example.net", "joe@x.example.net"), none, Blocked},
		{"in SpamAssassin's words, proved", "welcomelist_auth ann@shop.example", mail(ann), proved, Allowed},
		{"in SpamAssassin's words, not proved", "whitelist_auth ann@shop.example", mail(ann), none, Unproved},
		{"allowed in any case", "welcomelist_from joe@x.example ann@shop.example", mail(ann), none, Allowed},
		{"a domain and all below it", "blocklist_from *@shop.example *@*.Shop.example", mail("joe@a.shop.example"), none, Blocked},
		{"the domain alone", "blacklist_from *@shop.example", mail(ann), none, Blocked},
		{"the domain alone, not what is below", "blocklist_from *@other.example", mail("joe@a.other.example"), none, ""},
		{"what is below alone", "blocklist_from *@*.other.example", mail("joe@a.other.example"), none, Blocked},
		{"a pattern of addresses", "blocklist_from a?n@*.exam*", mail(ann), none, Blocked},
		{"a pattern that is not matched", "blocklist_from a?nn@*.exam*", mail(ann), none, ""},
		{"SpamAssassin has no domains without patterns", "blocklist_from shop.example", mail(ann), none, "error"},
		{"a section for Weir", "ifplugin Weir\nmanual block shop.example\nendif", mail(ann), none, Blocked},
		{"a section for others", "ifplugin Mail::SpamAssassin::Plugin::X\nblocklist_from ann@shop.example\nwhatever\nendif", mail(ann), none, ""},
		{"else for us", "ifplugin X\nwhatever\nelse\nblocklist_from ann@shop.example\nendif", mail(ann), none, Blocked},
		{"endif without an ifplugin", "endif", mail(ann), none, "error"},
		{"a section without an end", "ifplugin Weir", mail(ann), none, "error"},
		{"a rule is no entry", "body X /x/", mail(ann), none, "error"},
		{"however the envelope spells the sender", "manual block bounce@shop.example", mail("x@other.example"), none, Blocked},
		{"however the envelope spells a recipient", "manual block shop.example for bob@example.net", mail(ann, `"Bob"@example.net.`), none, Blocked},
		{"a network of IPv4 addresses that are written as IPv6", "manual block ::ffff:192.0.2.0/120", mail(ann), none, Blocked},
		{"an address with a mistake is no domain", "manual block 192.0.2.300", mail(ann), none, "error"},
		{"a pattern of domains and all below them", "blocklist_from *@sh?p.example *@*.sh?p.example", mail(ann), none, Blocked},
		{"until today", "manual block shop.example until 2024-05-06", mail(ann), none, Blocked},
		{"until yesterday", "manual block shop.example until 2024-05-05", mail(ann), none, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "manual.cf"), []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := newFilter(func(any) error { return nil }, filters.Env{Clock: filtertest.Clock(filtertest.Now), DataDir: dir})
			if c.want == "error" {
				if err == nil || !strings.Contains(err.Error(), "manual.cf:1:") {
					t.Errorf("error %v, want one of line 1", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r, err := f.Check(context.Background(), c.m, c.found)
			if err != nil {
				t.Fatal(err)
			}
			filtertest.CheckResult(t, Spec, r)
			got := ""
			for _, h := range r.Hits {
				got += h.Name
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAChangeIsSeenWithinASecond(t *testing.T) {
	dir, now := t.TempDir(), filtertest.Now
	f, err := newFilter(func(any) error { return nil }, filters.Env{Clock: func() time.Time { return now }, DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "manual.cf")
	block, _ := ParseEntry("block shop.example")
	if _, err := Change(path, block, false); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)
	if r, err := f.Check(context.Background(), mail("ann@shop.example"), filters.Findings{}); err != nil || len(r.Hits) != 1 {
		t.Fatalf("after a change: %v, %v", r, err)
	}
	if err := os.WriteFile(path, []byte("manual blok shop.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)
	r, err := f.Check(context.Background(), mail("ann@shop.example"), filters.Findings{})
	if err == nil || !strings.Contains(err.Error(), "manual.cf:1: ") || len(r.Hits) != 1 {
		t.Errorf("after a mistake: %v, %v; want the error, and the old entries in force", r, err)
	}
}

func TestWithoutAFileNothingFails(t *testing.T) {
	now := time.Now()
	f, err := newFilter(func(into any) error { into.(*Config).File = ""; return nil }, filters.Env{Clock: func() time.Time { return now }, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if _, err := f.(*filter).current(); err != nil {
		t.Error(err)
	}
}

func TestChangeKeepsTheRestOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "manual.cf")
	for _, line := range []string{"allow a.example", "block b.example for x@y.example", "block a.example", "allow c.example forced"} {
		e, err := ParseEntry(line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Change(path, e, false); err != nil {
			t.Fatal(err)
		}
	}
	c, _ := ParseEntry("allow c.example")
	if gone, err := Change(path, c, true); err != nil || gone != 1 {
		t.Fatalf("%d removed, %v", gone, err)
	}
	if b, _ := ParseEntry("block b.example"); true {
		if gone, err := Change(path, b, true); err != nil || gone != 0 {
			t.Errorf("%d removed that were for one recipient only: %v", gone, err)
		}
	}
	text, _ := os.ReadFile(path)
	want := heading + "blocklist_from *@a.example *@*.a.example\nifplugin Weir\nmanual block b.example for x@y.example\nendif\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: it tells whom people know", info.Mode())
	}
}

func TestOneEntryOfALineIsTakenOutAndTheRestStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manual.cf")
	text := "# mine\nblocklist_from a@x.example *@y.example *@*.y.example b@x.example # both\nifplugin Weir\nmanual block 192.0.2.0/24\nendif\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		words  string
		remove bool
		want   string
	}{
		{"block y.example", true, "# mine\nblocklist_from a@x.example b@x.example\nifplugin Weir\nmanual block 192.0.2.0/24\nendif\n"},
		{"allow b@x.example", false, "# mine\nblocklist_from a@x.example\nwelcomelist_auth b@x.example\nifplugin Weir\nmanual block 192.0.2.0/24\nendif\n"},
		{"block 192.0.2.0/24", true, "# mine\nblocklist_from a@x.example\nwelcomelist_auth b@x.example\n"},
		{"allow a@x.example until 2027-01-31", false, "# mine\nwelcomelist_auth b@x.example\nifplugin Weir\nmanual allow a@x.example until 2027-01-31\nendif\n"},
		{"allow ::1", false, "# mine\nwelcomelist_auth b@x.example\nifplugin Weir\nmanual allow a@x.example until 2027-01-31\nmanual allow ::1/128\nendif\n"},
	} {
		e, err := ParseEntry(step.words)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Change(path, e, step.remove); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(path)
		if diff := cmp.Diff(step.want, string(got)); diff != "" {
			t.Fatalf("after %q (-want +got):\n%s", step.words, diff)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"manual allow a@b.example for c.example until 2027-01-01 forced # x\nmanual block ::/0", "manual block 1.2.3.4/32\n\n#", "manual allow \x00.\xff",
		"blocklist_from *@a.example *@*.a.example x?@y.example\nifplugin Weir\nwelcomelist_auth A@b.example\nelse\nendif", "welcomelist_from *@*.a.b *@ *@*.",
		"manual allow 0.or\x92\x920..\nmanual block b\u00fccher.example\nblocklist_from \u034f@a.\u034f",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse([]byte(text), "f")
		if err != nil {
			return
		}
		entries := l.patterns
		for _, list := range l.senders {
			entries = append(entries, list...)
		}
		for _, e := range entries {
			again, err := parseLine(lineOf(e).String())
			if err != nil || len(again.entries) != 1 || again.entries[0] != e {
				t.Errorf("%+v is written as %q and read as %+v, %v", e, lineOf(e), again, err)
			}
		}
		lines, gone := without([]byte(text), func(*Entry) bool { return false })
		if again, err := Parse([]byte(strings.Join(lines, "\n")), "f"); gone != 0 || err != nil || !reflect.DeepEqual(again.senders, l.senders) {
			t.Errorf("%q is written again as %q: %d gone, %v", text, lines, gone, err)
		}
		l.sender("a@b.example", func([]Entry) {})
		l.network(netip.MustParseAddr("2001:db8::1"), func([]Entry) {})
	})
}
