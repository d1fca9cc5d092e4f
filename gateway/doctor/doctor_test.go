package doctor_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/clamav"
	"weir/filters/dnsbl"
	"weir/gateway/config"
	"weir/gateway/doctor"
	"weir/gateway/relay/hoptest"
	"weir/gateway/resolver/dnstest"
	"weir/gateway/store/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// good are the records of a domain that is in order.
const good = `
	a.root-servers.net      A    192.0.2.53
	mx1.example.org         A    198.51.100.7
	7.100.51.198.in-addr.arpa PTR mx1.example.org.
	example.org             MX   10 mx1.example.org.
	example.org             TXT  "v=spf1 mx -all"
	_dmarc.example.org      TXT  "v=DMARC1; p=reject"
	2.0.0.127.bl.test       A    127.0.0.2`

var ours = netip.MustParseAddr("198.51.100.7")

// house is a config with what it names, all on loopback.
type house struct {
	t    *testing.T
	dns  *dnstest.Server
	hop  *hoptest.Server
	opts doctor.Options
}

// newHouse makes a house in good order; more is put behind the config file.
func newHouse(t *testing.T, more string) *house {
	t.Helper()
	h := &house{t: t, dns: dnstest.Start(t, good), hop: hoptest.Start(t, hoptest.Options{})}
	h.hop.On("RCPT", hoptest.Reply("550 5.1.1 unknown"))
	h.hop.On("RCPT postmaster@example.org", hoptest.Reply("250 2.1.5 ok"))
	h.config(more)
	h.opts.Env = filters.Env{Dialer: &net.Dialer{}}
	h.opts.Own = []netip.Addr{ours}
	h.opts.Clock = func() doctor.ClockState { return doctor.ClockState{Known: true, Synced: true} }
	h.opts.Timeout = 10 * time.Second
	return h
}

// noLists switches the lists off that are asked by default.
var noLists = func() (text string) {
	for _, name := range []string{"dnswl", "mailspike", "mailspike_good", "psbl", "spamcop", "spamhaus", "spamhaus_dbl"} {
		text += "[filters.dnsbl.zones." + name + "]\nenabled = false\n"
	}
	return text
}()

// config writes and loads a config; more is put at its end. There are the filter dnsbl, and others.
func (h *house) config(more string, others ...filters.Spec) {
	h.t.Helper()
	dir := h.t.TempDir()
	text := fmt.Sprintf(`
hostname = "mx1.example.org"
stock_rules = false
data_dir = %q
[smtp]
listen = ["127.0.0.1:0"]
[metrics]
listen = ""
[resolver]
servers = [%q]
timeout = "300ms"
[[next_hop]]
address = [%q]
domains = ["example.org"]
[filters.dnsbl.zones.test]
zone = "bl.test"
ask = ["client"]
codes = ["127.0.0.2 TEST 3"]
`+noLists, dir, h.dns.Addr, h.hop.Addr()) + more
	path := filepath.Join(dir, "weir.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	specs := append([]filters.Spec{dnsbl.Spec}, others...)
	cfg, err := config.Load(path, specs)
	if err != nil {
		h.t.Fatal(err)
	}
	h.opts.Config, h.opts.Filters = cfg, specs
}

// examine gives one line for each finding that is worth as much as least; some may be left out by their begin.
func (h *house) examine(least doctor.Severity) string {
	var lines []string
	for _, f := range doctor.Examine(context.Background(), h.opts) {
		if f.Severity < least || f.About == "list" && !strings.Contains(f.Subject, "test") && !strings.Contains(f.Text, "DNSBL_TEST") && !strings.Contains(f.Text, "at once") {
			continue
		}
		if f.Severity >= doctor.Warning && f.Do == "" {
			h.t.Errorf("nothing is said about what to do: %+v", f)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s", f.Severity, f.About, f.Subject, f.Text))
	}
	return strings.Join(lines, "\n")
}

func (h *house) wants(what, found string, least doctor.Severity) {
	h.t.Helper()
	if got := h.examine(least); !strings.Contains(got, found) {
		h.t.Errorf("%s: want %q among\n%s", what, found, got)
	}
}

func TestAHouseInGoodOrderHasNoFindingsToActOn(t *testing.T) {
	h := newHouse(t, "")
	if got := h.examine(doctor.Warning); got != "" {
		t.Error(got)
	}
	all := h.examine(doctor.OK)
	for _, want := range []string{
		"ok resolver 127.0.0.1:", "ok clock ", "ok name mx1.example.org has the address 198.51.100.7", "ok name 198.51.100.7 is mx1.example.org, which has this address",
		"ok listen 127.0.0.1:0 smtp.listen is free", "ok folder ", "ok store ", "ok next_hop " + h.hop.Addr(), "refuses unknown recipients at example.org",
		"ok domain example.org its mail comes to this machine", "ok domain example.org has an SPF record", "says reject", "ok list dnsbl test",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("want %q among\n%s", want, all)
		}
	}
	if n := len(h.hop.Messages()); n != 0 || h.hop.Said("DATA") != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestListsThatAreEmptyAtOnceAreOneFinding(t *testing.T) {
	h := newHouse(t, "")
	h.config("[filters.dnsbl.zones.a]\nzone = \"a.test\"\nask = [\"client\"]\ncodes = [\"127.0.0.2 TEST 3\"]\n" +
		"[filters.dnsbl.zones.b]\nzone = \"b.test\"\nask = [\"client\"]\ncodes = [\"127.0.0.2 TEST 3\"]\n")
	h.dns.Remove("2.0.0.127.bl.test")
	var found []string
	for _, f := range doctor.Examine(context.Background(), h.opts) {
		if f.About == "list" && f.Severity == doctor.Error {
			found = append(found, f.Subject)
		}
	}
	if !slices.Equal(found, []string{"all"}) {
		t.Errorf("findings about lists: %q, want one about all", found)
	}
}

func TestEveryDoorsAddressesAreTried(t *testing.T) {
	h := newHouse(t, "")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	c := h.opts.Config
	c.SMTP.Listen = nil
	c.Milter.Listen = []string{"unix:" + dir + "/milter.sock", "unix:" + dir + "/nowhere/milter.sock"}
	c.HTTP.Listen = []string{taken.Addr().String()}
	c.Spamd.Listen = []string{"203.0.113.9:783"}
	c.Metrics.Listen = "127.0.0.1:0"
	all := h.examine(doctor.OK)
	for _, want := range []string{
		"ok listen unix:" + dir + "/milter.sock milter.listen is free",
		"error listen unix:" + dir + "/nowhere/milter.sock milter.listen: no socket can be made there",
		"note listen " + taken.Addr().String() + " http.listen: a server has this address already",
		"error listen 203.0.113.9:783 spamd.listen: this machine does not have this address",
		"ok listen 127.0.0.1:0 metrics.listen is free",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("want %q among\n%s", want, all)
		}
	}
	if strings.Contains(all, " certificate ") {
		t.Errorf("the certificate of a proxy that is closed is looked at:\n%s", all)
	}
	if _, err := os.Lstat(dir + "/milter.sock"); err == nil {
		t.Error("the socket that was tried is still there")
	}
}

func TestAScannerIsNoList(t *testing.T) {
	for _, c := range []struct{ what, settings, want, do string }{
		{"no scanner at all", `sockets = []`, "warning scanner clamav antivirus", "see docs/antivirus.md"},
		{"a scanner that does not answer", `address = ["127.0.0.1:9"]`, "error scanner clamav 127.0.0.1:9", "mail is put off"},
	} {
		h := newHouse(t, "")
		h.config("[filters.clamav]\n"+c.settings+"\n", clamav.Spec)
		var seen []string
		for _, f := range doctor.Examine(context.Background(), h.opts) {
			if strings.HasPrefix(f.Subject, "clamav ") {
				seen = append(seen, fmt.Sprintf("%s %s %s -> %s", f.Severity, f.About, f.Subject, f.Do))
			}
		}
		if got := strings.Join(seen, "\n"); !strings.HasPrefix(got, c.want) || !strings.Contains(got, c.do) {
			t.Errorf("%s: got %q, want %q and what to do: %q", c.what, got, c.want, c.do)
		}
	}
}

func TestEachThingThatIsWrongIsFound(t *testing.T) {
	forget := func(names ...string) func(*house) {
		return func(h *house) {
			for _, n := range names {
				h.dns.Remove(n)
			}
		}
	}
	replace := func(name, record string) func(*house) {
		return func(h *house) {
			h.dns.Remove(name)
			h.dns.Add(h.t, record)
		}
	}
	for _, c := range []struct {
		what  string
		spoil func(*house)
		want  string
	}{
		{"a name server that is silent", func(h *house) { h.dns.Behave(".", dnstest.Fault{BlackHole: true}) }, "does not answer"},
		{"a name server that refuses us", func(h *house) { h.dns.Behave(".", dnstest.Fault{Rcode: dns.RcodeRefused}) }, "error resolver 127.0.0.1"},
		{"a name server that makes up answers", func(h *house) { h.dns.Behave("invalid", dnstest.Fault{Listed: []netip.Addr{ours}}) }, "it makes up answers"},
		{"a name server that knows nothing", forget("a.root-servers.net"), "does not know the world's names: a.root-servers.net gives no such host"},
		{"a clock that is not kept", func(h *house) { h.opts.Clock = func() doctor.ClockState { return doctor.ClockState{Known: true} } }, "warning clock"},
		{"a clock before the program", func(h *house) { h.opts.Built = time.Now().Add(time.Hour) }, "is before this program was made"},
		{"our name is nowhere", forget("mx1.example.org"), "warning name mx1.example.org has no address in the DNS"},
		{"our name can't be looked up", func(h *house) { h.dns.Behave("mx1.example.org", dnstest.Fault{Rcode: dns.RcodeServerFailure}) }, "warning name mx1.example.org could not be looked up: server failure"},
		{"no reverse DNS", forget("7.100.51.198.in-addr.arpa"), "warning name 198.51.100.7 has no reverse DNS"},
		{"reverse DNS that is not confirmed", replace("7.100.51.198.in-addr.arpa", "7.100.51.198.in-addr.arpa PTR x.example.net."), "is called x.example.net, but that name does not have this address"},
		{"reverse DNS with another name", replace("7.100.51.198.in-addr.arpa", "7.100.51.198.in-addr.arpa PTR x.example.net.\nx.example.net A 198.51.100.7"), "note name 198.51.100.7 is x.example.net, which has this address, but we say mx1.example.org"},
		{"a next hop that is down", func(h *house) { h.hop.Stop() }, "error next_hop"},
		{"a next hop that takes anybody", func(h *house) { h.hop.On("RCPT") }, "takes mail for anybody at example.org"},
		{"a next hop that puts off", func(h *house) { h.hop.On("RCPT", hoptest.Reply("451 4.7.1 greylisted")) }, "nobody can say whether it would refuse them"},
		{"a next hop that refuses bounces", func(h *house) { h.hop.On("MAIL", hoptest.Reply("550 no")) }, "refuses mail without a sender"},
		{"a next hop without a postmaster", func(h *house) { h.hop.On("RCPT postmaster@example.org", hoptest.Reply("550 no")) }, "refuses postmaster@example.org"},
		{"a next hop that is no mail server", func(h *house) { h.hop.On("CONNECT", hoptest.Reply("HTTP/1.0 200 OK")) }, "it does not speak SMTP"},
		{"no MX", func(h *house) { h.dns.Remove("example.org"); h.dns.Add(h.t, "mx1.example.org A 198.51.100.7") }, "has no MX record"},
		{"an MX that says no mail", replaceMX("example.org MX 0 ."), "takes no mail at all"},
		{"an MX elsewhere", replaceMX("example.org MX 5 mx.example.net.\nmx.example.net A 203.0.113.5"), "its mail goes to mx.example.net, not to this machine"},
		{"an MX without an address", replaceMX("example.org MX 5 mx.example.net."), "its MX host mx.example.net has no address"},
		{"no SPF", replaceMX("example.org MX 5 mx1.example.org."), "has no SPF record"},
		{"two SPF records", func(h *house) { h.dns.Add(h.t, `example.org TXT "v=spf1 -all"`) }, "has 2 SPF records"},
		{"SPF for the whole world", replaceMX(`example.org TXT "v=spf1 +all"`), "allows the whole world"},
		{"a text that only looks like SPF", replaceMX(`example.org TXT "v=spf10 -all"`), "has no SPF record"},
		{"SPF that can't be looked up", func(h *house) { h.dns.Behave("example.org", dnstest.Fault{Rcode: dns.RcodeServerFailure}) }, "the TXT records of example.org could not be looked up"},
		{"no DMARC", forget("_dmarc.example.org"), "has no DMARC record"},
		{"DMARC that asks for nothing", replace("_dmarc.example.org", `_dmarc.example.org TXT "v=DMARC1;p=none"`), "asks for nothing"},
		{"DMARC that is broken", replace("_dmarc.example.org", `_dmarc.example.org TXT "v=DMARC1; p=rejct"`), "unknown policy, p=rejct"},
		{"two DMARC records", func(h *house) { h.dns.Add(h.t, `_dmarc.example.org TXT "v=DMARC1; p=none"`) }, "has 2 DMARC records"},
		{"no DKIM key", func(h *house) { h.opts.Selectors = []string{"s1"} }, "has no DKIM key s1._domainkey.example.org"},
		{"a DKIM key that was withdrawn", key("v=DKIM1; p="), "is withdrawn"},
		{"a DKIM key of 1024 bits", key("v=DKIM1; p=" + rsaKey(1024)), "warning domain example.org its DKIM key s1._domainkey.example.org has 1024 bits"},
		{"a DKIM key that is cut off", key("v=DKIM1; p=" + rsaKey(1024)[:60]), "is no RSA key"},
		{"a DKIM key of 2048 bits", key("v=DKIM1; p=" + rsaKey(2048)), "ok domain example.org its DKIM key s1._domainkey.example.org has 2048 bits"},
		{"an Ed25519 key", key("v=DKIM1; k=ed25519; p=" + edKey()), "is an Ed25519 key"},
		{"C20_a_list_that_is_empty", forget("2.0.0.127.bl.test"), "error list dnsbl test the DNS list test (bl.test) does not list its own test entry"},
		{"C20_all_lists_are_empty", func(h *house) {
			more := ""
			for _, name := range []string{"a", "b", "c"} {
				more += "[filters.dnsbl.zones." + name + "]\nzone = \"" + name + ".test\"\nask = [\"client\"]\ncodes = [\"127.0.0.2 TEST 3\"]\n"
			}
			h.config(more)
		}, "error list all 3 lists seem to be empty at once (dnsbl a, dnsbl b, dnsbl c): a name server"},
		{"C21_a_list_that_refuses_us", func(h *house) {
			h.dns.Behave("bl.test", dnstest.Fault{Listed: []netip.Addr{netip.MustParseAddr("127.255.255.254")}})
		}, "error list dnsbl test the DNS list test (bl.test) refuses to answer us"},
		{"C19_a_list_that_lists_everything", func(h *house) {
			h.dns.Behave("bl.test", dnstest.Fault{Listed: []netip.Addr{netip.MustParseAddr("127.0.0.2")}})
		}, "error list dnsbl test the DNS list test (bl.test) lists what no list may list"},
		{"we are on a list", func(h *house) { h.dns.Add(h.t, "7.100.51.198.bl.test A 127.0.0.2") }, "error list 198.51.100.7 is listed: DNSBL_TEST"},
		{"a listener that is taken", func(h *house) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				h.t.Fatal(err)
			}
			h.t.Cleanup(func() { _ = l.Close() })
			h.opts.Config.SMTP.Listen = []string{l.Addr().String(), "203.0.113.9:25"}
		}, "a server has this address already"},
		{"a listener on an address of somebody else", func(h *house) { h.opts.Config.SMTP.Listen = []string{"203.0.113.9:2525"} }, "this machine does not have this address"},
		{"a data folder that is a file", func(h *house) {
			h.opts.Config.DataDir = filepath.Join(h.t.TempDir(), "file")
			_ = os.WriteFile(h.opts.Config.DataDir, nil, 0o600)
		}, "is no folder"},
		{"a Redis that is down", func(h *house) { h.opts.Config.Store.Redis = []string{"127.0.0.1:1"} }, "error store 127.0.0.1:1 does not answer"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "")
			c.spoil(h)
			h.wants(c.what, c.want, doctor.OK)
		})
	}
}

// replaceMX replaces the records of example.org and leaves those below it.
func replaceMX(records string) func(*house) {
	return func(h *house) {
		h.dns.Remove("example.org")
		h.dns.Add(h.t, "mx1.example.org A 198.51.100.7\n_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n"+records)
	}
}

// key adds a DKIM key with the selector s1.
func key(record string) func(*house) {
	return func(h *house) {
		h.opts.Selectors = []string{"s1"}
		half := len(record) / 2
		h.dns.Add(h.t, fmt.Sprintf("s1._domainkey.example.org TXT %q %q", record[:half], record[half:]))
	}
}

func rsaKey(bits int) string {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(&k.PublicKey)
	return base64.StdEncoding.EncodeToString(der)
}

func edKey() string {
	pub, _, _ := ed25519.GenerateKey(rand.Reader)
	return base64.StdEncoding.EncodeToString(pub)
}

// certificate makes one that is valid from now on, and gives its files.
func certificate(t *testing.T, name string, valid time.Duration) (cert, keyFile string) {
	t.Helper()
	pub, priv, _ := ed25519.GenerateKey(rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(valid)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, pub, priv)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, _ := x509.MarshalPKCS8PrivateKey(priv)
	dir := t.TempDir()
	cert, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, keyFile
}

func TestCertificatesAreLookedAt(t *testing.T) {
	file, keyFile := certificate(t, "mx1.example.org", 90*24*time.Hour)
	tls := fmt.Sprintf("[smtp.tls]\nmode = \"optional\"\ncert = %q\nkey = %q\n", file, keyFile)
	h := newHouse(t, tls)
	h.wants("ours", "ok certificate "+file+" is valid until", doctor.OK)
	h.opts.Env.Clock = func() time.Time { return time.Now().AddDate(50, 0, 0) }
	h.wants("ours in 50 years", "error certificate "+file+" expired on", doctor.OK)
	h.opts.Env.Clock = func() time.Time { return time.Now().AddDate(0, 0, 80) }
	h.wants("ours in 80 days", "warning certificate "+file+" expires on", doctor.OK)
	h.opts.Env.Clock = nil
	h.opts.Config.Hostname = "other.example.org"
	h.wants("ours with another name", "is not for other.example.org", doctor.OK)
	h.opts.Config.SMTP.TLS.Key = file
	h.wants("ours with a wrong key", "can't be used", doctor.OK)
}

func TestTLSOfTheNextHopIsLookedAt(t *testing.T) {
	h := newHouse(t, "")
	set := func(mode string, more string) {
		h.opts.Config.NextHops[0].TLS = "required"
		if mode != "required" {
			h.opts.Config.NextHops[0].TLS = "opportunistic"
		}
		h.opts.Config.NextHops[0].TLSCA = more
	}
	set("required", "")
	h.wants("no STARTTLS", "does not offer STARTTLS, and next_hop.tls is required", doctor.Error)
	h.hop.Offer("STARTTLS", "PIPELINING")
	h.wants("an unknown authority", "is not one that we trust", doctor.Error)
	set("opportunistic", "")
	h.wants("an unknown authority, where any does", "note next_hop "+h.hop.Addr()+" its certificate is not one that we trust", doctor.OK)
	ca, _ := h.hop.Certificate().Files(t)
	set("required", ca)
	h.wants("a known one that ends today", "warning next_hop "+h.hop.Addr()+" its certificate expires on", doctor.OK)
	if got := h.examine(doctor.OK); strings.Contains(got, "trust") {
		t.Errorf("a known authority is not trusted:\n%s", got)
	}
	h.wants("asked under TLS", "refuses unknown recipients at example.org", doctor.OK)
	h.hop.Set(func(o *hoptest.Options) { o.BadTLS = true })
	h.wants("no TLS behind STARTTLS", "error next_hop "+h.hop.Addr()+" TLS failed", doctor.OK)
}

func TestARealRedisIsAsked(t *testing.T) {
	s := redistest.Start(t)
	h := newHouse(t, "")
	h.opts.Config.Store.Redis = []string{s.Addr}
	h.wants("a Redis that is up", "ok store "+s.Addr+" answers", doctor.OK)
	if _, err := os.Stat(filepath.Join(h.opts.Config.DataDir, "secret")); err == nil {
		t.Error("the site's secret was made")
	}
	s.Hang()
	defer s.Resume()
	h.wants("a Redis that hangs", "error store "+s.Addr+" does not answer", doctor.OK)
}

func TestEveryAddressOfPublicResolversIsKnown(t *testing.T) {
	for _, a := range []string{"8.8.8.8:53", "[2606:4700:4700::1111]:53", "9.9.9.9"} {
		h := newHouse(t, "")
		h.opts.Config.Resolver.Servers, h.opts.Config.Resolver.Attempts = []string{a}, 1
		h.opts.Config.Resolver.Timeout = 10_000_000
		h.wants(a, "is a public resolver", doctor.Error)
	}
}

func TestFindingsArePrintedForPeopleAndPrograms(t *testing.T) {
	list := []doctor.Finding{
		{Severity: doctor.OK, About: "clock", Text: "is right"},
		{Severity: doctor.Error, About: "next_hop", Subject: "h:25", Text: "says \x1b[31mred\r\n", Do: "start it"},
	}
	var b bytes.Buffer
	doctor.Print(&b, list, false)
	if want := "error    next hop h:25: says  [31mred  \n         -> start it\n1 error, 0 warnings, 0 notes, 1 well\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	b.Reset()
	if doctor.Print(&b, list, true); !strings.Contains(b.String(), "ok       clock: is right\n") {
		t.Errorf("%q", b.String())
	}
	b.Reset()
	if err := doctor.PrintJSON(&b, list); err != nil {
		t.Fatal(err)
	}
	var back struct{ Severity, About, Do string }
	if err := json.Unmarshal([]byte(strings.Split(b.String(), "\n")[1]), &back); err != nil || back.Severity != "error" || back.About != "next_hop" || back.Do != "start it" {
		t.Errorf("%v %+v", err, back)
	}
}
