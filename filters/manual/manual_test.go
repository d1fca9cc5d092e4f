package manual

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

// mail is one from ann@shop.example, with From as given.
func mail(from string, rcpts ...string) *message.Message {
	env := message.Envelope{HasFrom: true, From: "bounce@shop.example", Rcpts: rcpts, Client: message.Client{Addr: netip.MustParseAddr("192.0.2.7")}}
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
		{"an address that is proved is allowed", "allow ann@shop.example", mail(ann, "bob@example.net"), proved, Allowed},
		{"an address that nothing proves is not", "allow ann@shop.example", mail(ann, "bob@example.net"), none, Unproved},
		{"another domain's proof does not help", "allow ann@shop.example", mail(ann, "bob@example.net"), passes("evil.example"), Unproved},
		{"a forced entry needs no proof", "allow ann@shop.example forced", mail(ann, "bob@example.net"), none, Allowed},
		{"the envelope sender counts too", "allow bounce@shop.example", mail("x@other.example", "bob@example.net"), proved, Allowed},
		{"a domain", "allow shop.example", mail(ann, "bob@example.net"), proved, Allowed},
		{"a bare top-level domain is a mistake", "block example", mail(ann), none, "error"},
		{"a parent domain", "block shop.example", mail("joe@a.b.shop.example"), none, Blocked},
		{"a domain that only ends alike", "block hop.example", mail(ann), none, ""},
		{"a network needs no proof", "allow 192.0.2.0/24", mail(ann), none, Allowed},
		{"a single address", "block 192.0.2.7", mail(ann), none, Blocked},
		{"another network", "block 192.0.3.0/24", mail(ann), none, ""},
		{"a block outranks an allow", "allow ann@shop.example\nblock shop.example", mail(ann), proved, Blocked},
		{"for one recipient", "block shop.example for bob@example.net", mail(ann, "Bob@Example.net"), none, Blocked},
		{"not for another", "block shop.example for bob@example.net", mail(ann, "joe@example.net"), none, ""},
		{"not where there are others", "block shop.example for bob@example.net", mail(ann, "bob@example.net", "joe@example.net"), none, ""},
		{"for a domain of recipients", "block shop.example for example.net", mail(ann, "bob@example.net", "joe@x.example.net"), none, Blocked},
		{"until today", "block shop.example until 2024-05-06", mail(ann), none, Blocked},
		{"until yesterday", "block shop.example until 2024-05-05", mail(ann), none, ""},
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
	if err := os.WriteFile(path, []byte("blok shop.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Second)
	r, err := f.Check(context.Background(), mail("ann@shop.example"), filters.Findings{})
	if err == nil || !strings.Contains(err.Error(), "manual.cf:1: ") || len(r.Hits) != 1 {
		t.Errorf("after a mistake: %v, %v; want the error, and the old entries in force", r, err)
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
	if got := strings.Fields(string(text)); !slices.Equal(got, strings.Fields("block b.example for x@y.example block a.example")) {
		t.Errorf("the file holds\n%s", text)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: it tells whom people know", info.Mode())
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"allow a@b.example for c.example until 2027-01-01 forced # x\nblock ::/0", "block 1.2.3.4/32\n\n#", "allow \x00.\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse([]byte(text), "f")
		if err != nil {
			return
		}
		for _, list := range l.senders {
			for _, e := range list {
				if again, err := ParseEntry(e.String()); err != nil || again != e {
					t.Errorf("%+v is written as %q and read as %+v, %v", e, e, again, err)
				}
			}
		}
		l.sender("a@b.example", func([]Entry) {})
		l.network(netip.MustParseAddr("2001:db8::1"), func([]Entry) {})
	})
}
