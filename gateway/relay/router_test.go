package relay

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"weir/gateway/durable"
	"weir/gateway/relay/hoptest"
)

func TestLookup(t *testing.T) {
	hop := func(addr string, domains ...string) HopConfig {
		return HopConfig{Address: []string{addr}, Domains: domains}
	}
	r, err := New(Config{[]HopConfig{
		hop("127.0.0.1:1001", "example.com", "Example.ORG", "münchen.example", "[192.0.2.1]"),
		hop("127.0.0.1:1002", "*.example.com"),
		hop("127.0.0.1:1003", ".deep.example.com"),
		{Address: []string{t.TempDir()}, Protocol: Maildir, Domains: []string{"*"}},
	}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for domain, want := range map[string]string{
		"example.com": "1001", "EXAMPLE.com.": "1001", "example.org": "1001", "xn--mnchen-3ya.example": "1001", "MÜNCHEN.example": "1001",
		"a.example.com": "1002", "a.b.example.com": "1002", "deep.example.com": "1002", "x.deep.example.com": "1003",
		"[192.0.2.1]": "1001", "": "1001", "notexample.com": "maildir", "com": "maildir", "a.example.org": "maildir",
	} {
		route, ok := r.Lookup(domain)
		if !ok || !strings.Contains(route.Hop.Name(), want) {
			t.Errorf("%q: got %v, %v; want %s", domain, route, ok, want)
		}
	}
	if _, ok := r.Lookup("a b"); ok {
		t.Error("nonsense has a route")
	}
	if len(r.Hops()) != 4 || !r.Ready() {
		t.Errorf("%d hops, ready %v", len(r.Hops()), r.Ready())
	}
}

func TestUnlistedDomainIsNotRelayed(t *testing.T) {
	r, err := New(Config{[]HopConfig{{Address: []string{"127.0.0.1:25"}, Domains: []string{"example.com"}}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, d := range []string{"example.net", "a.example.com", "com", "xexample.com", "example.com.evil.example"} {
		if _, ok := r.Lookup(d); ok {
			t.Errorf("%s is relayed", d)
		}
	}
}

func TestConfigFaultsAreNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list")
	os.WriteFile(file, []byte("x@example.com\nnot an address\n"), 0o600)
	for name, test := range map[string]struct {
		toml string
		want string
	}{
		"none":                     {``, "next_hop: none is set"},
		"no address":               {`[[next_hop]]` + "\n" + `domains = ["example.com"]`, "next_hop 1: address: none is set"},
		"no domains":               {`[[next_hop]]` + "\n" + `address = ["127.0.0.1:25"]`, "next_hop 1: domains: none is set"},
		"open relay":               {hopTOML(`domains = ["*"]`), "open relay"},
		"bad domain":               {hopTOML(`domains = ["exa mple.com"]`), `"exa mple.com" is no domain`},
		"star within":              {hopTOML(`domains = ["a.*.com"]`), "is no domain"},
		"domain twice":             {hopTOML(`domains = ["example.com"]`) + hopTOML(`domains = ["EXAMPLE.com"]`), "next_hop 2: domains: \"EXAMPLE.com\" goes to 127.0.0.1:25 already"},
		"unknown protocol":         {hopTOML(`domains = ["a.example"]`, `protocol = "smpt"`), `protocol: "smpt" is not known; it is one of smtp, lmtp, maildir`},
		"unknown tls":              {hopTOML(`domains = ["a.example"]`, `tls = "must"`), `tls: "must" is not known; it is one of none, opportunistic, required`},
		"unknown recipients":       {hopTOML(`domains = ["a.example"]`, `recipients = "all"`), `recipients: "all" is not known`},
		"file not named":           {hopTOML(`domains = ["a.example"]`, `recipients = "file"`), "recipients_file: not set"},
		"file not used":            {hopTOML(`domains = ["a.example"]`, `recipients = "live"`, `recipients_file = "`+file+`"`), "does not read it"},
		"file missing":             {hopTOML(`domains = ["a.example"]`, `recipients_file = "/nonexistent"`), "recipients_file: stat /nonexistent"},
		"file broken":              {hopTOML(`domains = ["a.example"]`, `recipients_file = "`+file+`"`), `list:2: "not an address" is no address`},
		"no certificate":           {hopTOML(`domains = ["a.example"]`, `tls_ca = "`+file+`"`), "holds no certificate"},
		"bad port":                 {`[[next_hop]]` + "\n" + `address = ["localhost:nonsense"]` + "\n" + `domains = ["a.example"]`, `"localhost:nonsense" is no host:port`},
		"IPv6 without brackets":    {`[[next_hop]]` + "\n" + `address = ["fe80::1:25:x"]` + "\n" + `domains = ["a.example"]`, "in brackets"},
		"relative socket":          {`[[next_hop]]` + "\n" + `address = ["unix:lmtp"]` + "\n" + `domains = ["a.example"]`, "must begin with /"},
		"TLS on a nameless socket": {`[[next_hop]]` + "\n" + `address = ["unix:/run/lmtp"]` + "\n" + `tls = "required"` + "\n" + `domains = ["a.example"]`, "tls_name: not set"},
		"two maildirs":             {`[[next_hop]]` + "\n" + `address = ["a", "b"]` + "\n" + `protocol = "maildir"` + "\n" + `domains = ["*"]`, "a maildir is one folder"},
		"below zero":               {hopTOML(`domains = ["a.example"]`, `messages = -1`), "messages: -1 is below zero"},
		"breaker's pauses swapped": {hopTOML(`domains = ["a.example"]`, `breaker_wait = "2m"`), "breaker_wait: 2m0s is longer than breaker_longest, 1m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			var cfg Config
			if err := toml.Unmarshal([]byte(test.toml), &cfg); err != nil {
				t.Fatal(err)
			}
			r, err := New(cfg, Options{})
			if err == nil {
				r.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func hopTOML(lines ...string) string {
	return "[[next_hop]]\naddress = [\"127.0.0.1:25\"]\n" + strings.Join(lines, "\n") + "\n"
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:2525": "tcp 127.0.0.1:2525", "mail.example.com": "tcp mail.example.com:24", "[::1]:25": "tcp [::1]:25", "::1": "tcp [::1]:24",
		"[::1]": "tcp [::1]:24", "unix:/run/lmtp.sock": "unix /run/lmtp.sock", "localhost:smtp": "tcp localhost:smtp",
	} {
		got, err := parseAddress(in, LMTP)
		if err != nil || got.network+" "+got.addr != want {
			t.Errorf("%s: got %+v, %v; want %s", in, got, err, want)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	t.Chdir(t.TempDir())
	r, err := New(DefaultConfig(), Options{Hostname: "weir.example.net"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	route, ok := r.Lookup("anything.example")
	if !ok || route.Recipients.Mode() != RecipientsNone {
		t.Fatal("the default serves no domain")
	}
	_, sent := mail(t, route.Hop, content, a, b)
	want(t, "dot", "250 250", sent)
	files, _ := filepath.Glob("weir-data/Maildir/new/*")
	if len(files) != 1 {
		t.Fatalf("new has %q", files)
	}
	text, _ := os.ReadFile(files[0])
	if diff := cmp.Diff("Return-Path: <a@example.org>\r\nDelivered-To: "+a+"\r\nDelivered-To: "+b+"\r\n"+content, string(text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMaildirThatFailsDefers(t *testing.T) {
	hop := open(t, short(Maildir, t.TempDir()), Hooks{})
	hop.(*local).box.Dir().On(func(fs durable.FS) durable.FS {
		return &durable.Faulty{FS: fs, OnSyncDir: func(string) error { return errors.New("disk gone") }}
	})
	_, sent := mail(t, hop, content, a)
	want(t, "dot", "451", sent)
	d, _ := hop.Begin(t.Context(), envelope(""), MailParams{})
	want(t, "client gone", "451", d.Send(t.Context(), []string{a}, nil, func() error { return errors.New("gone") }))
}

func TestRecipients(t *testing.T) {
	for name, test := range map[string]struct {
		says  string
		rcpt  string
		twice int // how often the hop is asked by two tries
	}{
		"an absent mailbox is remembered":           {"550 5.1.1 no such user", "x@example.com", 1},
		"also in another case of the domain":        {"550 5.1.1 no such user", "x@EXAMPLE.com", 1},
		"a policy refusal is not":                   {"550 5.7.1 not from you", "x@example.com", 2},
		"a refusal without enhanced code is not":    {"550 no", "x@example.com", 2},
		"a temporary refusal is not":                {"450 4.1.1 later", "x@example.com", 2},
		"an accepted one is asked again":            {"250 2.1.5 ok", "x@example.com", 2},
		"postmaster is always asked":                {"550 5.1.1 no such user", "Postmaster@example.com", 2},
		"a hop that is down is not an absent one's": {"\x00", "x@example.com", 2},
	} {
		t.Run(name, func(t *testing.T) {
			srv := hoptest.Start(t, hoptest.Options{})
			srv.On("RCPT", hoptest.Reply(test.says))
			r, err := New(Config{[]HopConfig{short(SMTP, srv.Addr())}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			route, _ := r.Lookup("example.com")
			var replies []Reply
			for _, to := range []string{test.rcpt, key(test.rcpt)} {
				d, _ := route.Hop.Begin(t.Context(), envelope(""), MailParams{})
				replies = append(replies, route.Recipients.Ask(t.Context(), d, to, RcptParams{}))
				d.Abort()
			}
			if srv.Said("RCPT") != test.twice {
				t.Errorf("asked %d times, want %d: %+v", srv.Said("RCPT"), test.twice, replies)
			}
			if replies[0].Code != replies[1].Code || replies[0].Text != replies[1].Text && test.twice == 1 {
				t.Errorf("two different answers: %+v", replies)
			}
		})
	}
}

func TestRememberedRecipientsExpireAndAreBounded(t *testing.T) {
	cfg := DefaultHop()
	cfg.RememberMax = 100
	r, _ := newRecipients(cfg)
	no := Reply{Code: 550, Enhanced: "5.1.1"}
	for i := range 1000 {
		r.Answered(strings.Repeat("x", i)+"@example.com", no)
	}
	if n := len(r.young) + len(r.old); n > 100 {
		t.Errorf("%d are remembered", n)
	}
	r.bad = time.Nanosecond
	r.Answered(a, no)
	time.Sleep(time.Millisecond)
	if rep, known := r.Known(a); known {
		t.Errorf("still known: %+v", rep)
	}
	r.bad = time.Hour
	r.Answered(a, no)
	r.Answered(a, Reply{Code: 450, Enhanced: "4.2.1"})
	if rep, known := r.Known(a); known {
		t.Errorf("a temporary answer leaves the old one in force: %+v", rep)
	}
}

func TestRecipientsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# who is here\n\nAlice@Example.com\r\n@whole.example\n bob@münchen.example\n")
	cfg := HopConfig{RecipientsFile: file}.WithDefaults()
	r, err := newRecipients(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]bool{
		"alice@example.com": true, "ALICE@EXAMPLE.COM": true, "bob@example.com": false, "anyone@whole.example": true, "x@sub.whole.example": false,
		"bob@xn--mnchen-3ya.example": true, "postmaster@example.com": true, "abuse@example.com": true, "example.com": false, "@whole.example": true,
	} {
		if rep := r.Check(t.Context(), to); rep.OK() != want || !want && rep.Enhanced != "5.1.1" {
			t.Errorf("%s: got %+v", to, rep)
		}
	}
	old := r.list.checked
	write("bob@example.com\n")
	r.list.checked = old.Add(-time.Hour)
	if !r.Check(t.Context(), "bob@example.com").OK() || r.Check(t.Context(), "alice@example.com").OK() {
		t.Error("the changed file is not in force")
	}
	write("broken line\n")
	r.list.checked = old.Add(-time.Hour)
	told := ""
	r.list.fault = func(err error) { told += err.Error() }
	for range 3 {
		if !r.Check(t.Context(), "bob@example.com").OK() {
			t.Error("a broken file has taken the old list away")
		}
	}
	if strings.Count(told, "broken line") != 1 {
		t.Errorf("told once what is wrong: %q", told)
	}
}

func FuzzRecipientsFile(f *testing.F) {
	f.Add([]byte("a@example.com\n@example.org\n# x\n"))
	f.Add([]byte("\"a b\"@example.com\n@\n@@\n"))
	f.Add([]byte("@example..com\n@example.org..\n@example.net\u3002\u3002\n")) // empty labels
	f.Add([]byte("x@\u034f\n"))                                                // a domain of which IDNA leaves nothing
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := parseList(text)
		if err != nil {
			return
		}
		l := &listFile{entries: entries, checked: time.Now().Add(time.Hour)}
		for e := range entries {
			if e == "" || e == "@" || strings.ContainsAny(e, " \r\n") {
				t.Errorf("entry %q from %q", e, text)
			}
			if !strings.Contains(e, "@") {
				e = "x@" + e
			}
			if !l.has(e) {
				t.Errorf("%q is listed but not found", e)
			}
		}
	})
}
