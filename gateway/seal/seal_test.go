package seal

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters/setting"
	"weir/gateway/realtest"
	"weir/message/authres"
	"weir/message/chain"
	"weir/message/header"
	"weir/message/signature"
)

const keyFile = "../../message/chain/testdata/key.pem"

const letter = "From: Ann <ann@example.org>\r\nTo: list@lists.example\r\nSubject: Lunch\r\nDate: Mon, 6 May 2024 11:00:00 +0000\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nAt noon?  \r\n\r\n\r\n"

// site is a station as its config says.
func site(domain string) Config {
	c := DefaultConfig()
	c.Domain, c.KeyFile = domain, keyFile
	return c
}

// python is the interpreter that Debian's python3-* packages are for.
const python = "/usr/bin/python3"

// zone has the records of sites.
func zone(t *testing.T, sites ...Config) map[string]string {
	t.Helper()
	z := map[string]string{}
	for _, c := range sites {
		name, text, err := c.Record()
		if err != nil {
			t.Fatal(err)
		}
		z[name] = text
	}
	return z
}

// verify is what we think of a mail's chain.
func verify(mail string, z map[string]string) chain.Verdict {
	h, body := header.Parse([]byte(mail), 0, nil)
	return chain.Read(h.Fields).Verify(context.Background(), signature.NewBody([]byte(mail)[body:]), func(_ context.Context, name string) ([]string, error) {
		if r, ok := z[name]; ok {
			return []string{r}, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}, time.Now())
}

// sealed puts a site's set on a mail.
func sealed(t *testing.T, c Config, mail string, z map[string]string) string {
	t.Helper()
	signer, err := c.Signer()
	if err != nil {
		t.Fatal(err)
	}
	h, body := header.Parse([]byte(mail), 0, nil)
	list, err := signer.Seal(h.Fields, signature.NewBody([]byte(mail)[body:]), verify(mail, z).Status,
		c.Domain+";\n\tdkim=pass header.d=example.org;\n\tdmarc=pass header.from=example.org", time.Now())
	if err != nil || len(list) != 3 {
		t.Fatalf("%d fields, %v", len(list), err)
	}
	var b strings.Builder
	for _, f := range chain.Header(list) {
		b.Write(f.Raw)
	}
	return b.String() + mail
}

// second is dkimpy, with a DNS, and the authres that it reads results with.
type second struct {
	path string // of their modules
	dir  string
}

func newSecond(t *testing.T, z map[string]string) *second {
	t.Helper()
	if _, err := os.Stat(python); err != nil {
		realtest.Skip(t, err)
	}
	var path []string
	for _, name := range []string{"python3-dkim", "python3-authres"} {
		path = append(path, realtest.Need(t, name).Path("usr/lib/python3/dist-packages"))
	}
	s := &second{strings.Join(path, ":"), t.TempDir()}
	text, err := json.Marshal(z)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "dns.json", text)
	return s
}

func (s *second) write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *second) dns() string { return filepath.Join(s.dir, "dns.json") }

func (s *second) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(python, append([]string{"testdata/second.py"}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+s.path, "PYTHONDONTWRITEBYTECODE=1")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("dkimpy: %v\n%s", err, problems.Bytes())
	}
	return string(out)
}

func footer(mail string) string { return mail + "-- \r\nA list.\r\n" }

// TestOthersBelieveOurSeals lets dkimpy verify what we sealed.
func TestOthersBelieveOurSeals(t *testing.T) {
	a, b, c := site("a.example"), site("b.example"), site("c.example")
	z := zone(t, a, b, c)
	py := newSecond(t, z)
	one := sealed(t, a, letter, z)
	two := sealed(t, b, one, z)
	three := sealed(t, c, two, z)
	for _, v := range []struct{ name, mail, want string }{
		{"one set", one, "pass"},
		{"two sets", two, "pass"},
		{"three sets", three, "pass"},
		{"a mail without a body", sealed(t, a, strings.SplitAfter(letter, "\r\n\r\n")[0], z), "pass"},
		{"two authors", sealed(t, a, "From: bob@example.org\r\n"+letter, z), "pass"},
		{"a body that was changed", footer(three), "fail"},
		{"an author who was added", "From: eve@evil.example\r\n" + one, "fail"},
	} {
		t.Run(v.name, func(t *testing.T) {
			if got := py.run(t, "verify", py.dns(), py.write(t, "mail", []byte(v.mail))); !strings.HasPrefix(got, v.want) {
				t.Errorf("dkimpy says %s, want %s\n%s", got, v.want, v.mail)
			}
			if got := verify(v.mail, z); string(got.Status) != v.want {
				t.Errorf("we say %+v, want %s", got, v.want)
			}
		})
	}
	t.Run("a chain that we sealed as failed", func(t *testing.T) {
		mail := sealed(t, b, footer(one), z)
		if got := py.run(t, "verify", py.dns(), py.write(t, "mail", []byte(mail))); !strings.Contains(got, "ARC-Seal[2] reported failure") {
			t.Errorf("dkimpy says %s", got)
		}
		if got := verify(mail, z); got.Status != chain.Fail {
			t.Errorf("we say %+v", got)
		}
	})
}

// TestWeBelieveTheSealsOfOthers verifies what dkimpy sealed, and seals on top of it, and the other way round.
func TestWeBelieveTheSealsOfOthers(t *testing.T) {
	a, b, c := site("a.example"), site("b.example"), site("c.example")
	z := zone(t, a, b, c)
	py := newSecond(t, z)
	theirs := func(c Config, mail string) string {
		mail = "Authentication-Results: " + c.Domain + "; arc=" + string(verify(mail, z).Status) + "; dmarc=pass header.from=example.org\r\n" + mail
		return py.run(t, "seal", py.dns(), keyFile, c.Domain, c.Selector, c.Domain, py.write(t, "mail", []byte(mail)))
	}
	mail := letter
	for n, step := range []func() string{
		func() string { return theirs(a, mail) },
		func() string { return sealed(t, b, mail, z) },
		func() string { return theirs(c, mail) },
	} {
		mail = step()
		if v := verify(mail, z); v.Status != chain.Pass || v.Oldest != 0 {
			t.Fatalf("after %d stations: %+v\n%s", n+1, v, mail)
		}
		if got := py.run(t, "verify", py.dns(), py.write(t, "mail", []byte(mail))); !strings.HasPrefix(got, "pass") {
			t.Fatalf("after %d stations dkimpy says %s\n%s", n+1, got, mail)
		}
	}
}

// TestOthersReadOurResults lets python3-authres, which knows the whole grammar of RFC 8601, read fields that we write.
func TestOthersReadOurResults(t *testing.T) {
	py := newSecond(t, nil)
	var lines strings.Builder
	var want [][]string
	for _, value := range []string{
		"example.org", "joe@example.org", "prvs=1=joe@example.org", "2001:db8::1", "", "a/b+c==", "o'hara@example.org",
		"E07 x\"; dmarc=pass", "E07 x\\", "E07 x(", "E07 x)", "E07 x\r\nDKIM-Signature: a", "E07 x\x00y", "E07 x\xff",
	} {
		f := authres.Field{Serv: "mx.example.net", Results: []authres.Result{
			{Method: "spf", Value: "softfail", Reason: value, Props: []authres.Prop{{Type: "smtp", Name: "mailfrom", Value: value}}},
			{Method: "dkim", Value: "fail", Props: []authres.Prop{{Type: "header", Name: "d", Value: "example.org"}, {Type: "header", Name: "b", Value: value}}},
			{Method: "iprev", Value: "pass", Props: []authres.Prop{{Type: "policy", Name: "iprev", Value: value}}},
			{Method: "dmarc", Value: "fail"},
		}}
		lines.WriteString(strings.ReplaceAll(f.Format(), "\n", " ") + "\n")
		row := []string{f.Serv}
		for _, r := range f.Sane().Results {
			row = append(row, r.Method+"="+r.Value)
			for _, p := range r.Props {
				row = append(row, p.Type+"."+p.Name+"="+p.Value)
			}
		}
		want = append(want, row)
	}
	var got [][]string
	for d := json.NewDecoder(strings.NewReader(py.run(t, "results", py.write(t, "fields", []byte(lines.String()))))); d.More(); {
		var row []string
		if err := d.Decode(&row); err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-written +read:\n%s", d)
	}
}

func TestKeys(t *testing.T) {
	pem, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string // in the error; "" none
	}{
		{"in a file", func(*Config) {}, ""},
		{"in the config itself", func(c *Config) { c.KeyFile, c.Key = "", setting.Secret(pem) }, ""},
		{"with fields of its own", func(c *Config) { c.Fields = []string{"From", "Subject"} }, ""},
		{"that is not there", func(c *Config) { c.KeyFile = "testdata/none.pem" }, "seal.key_file can't be read"},
		{"that is none", func(c *Config) { c.KeyFile = "testdata/second.py" }, "it is not in PEM"},
		{"of Ed25519", func(c *Config) { c.KeyFile, c.Key = "", ed25519 }, "openssl genrsa"},
		{"with fields that lack From", func(c *Config) { c.Fields = []string{"To"} }, "From must be among"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := site("example.org")
			c.change(&config)
			if err := config.Check(); err != nil {
				t.Fatal(err)
			}
			signer, err := config.Signer()
			if c.want == "" && (err != nil || signer == nil) {
				t.Errorf("error %v", err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "PRIVATE KEY") && strings.Contains(err.Error(), "MC4C") {
				t.Errorf("G12: the error shows the key: %v", err)
			}
		})
	}
}

// ed25519 is a key of a kind that ARC does not know, made for this test.
const ed25519 setting.Secret = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		config Config
		want   string
	}{
		{"nothing is sealed by default", DefaultConfig(), ""},
		{"a key without a domain", Config{KeyFile: "x"}, "seal.domain"},
		{"no key", Config{Domain: "example.org", Selector: "k"}, "seal.key_file"},
		{"two keys", Config{Domain: "example.org", Selector: "k", KeyFile: "x", Key: "y"}, "seal.key_file"},
		{"an odd domain", Config{Domain: "example org", Selector: "k", KeyFile: "x"}, "seal.domain"},
		{"an odd selector", Config{Domain: "example.org", Selector: "k;", KeyFile: "x"}, "seal.selector"},
		{"no selector", Config{Domain: "example.org", KeyFile: "x"}, "seal.selector"},
		{"an odd file", Config{Domain: "example.org", Selector: "k", KeyFile: "x\x00"}, "seal.key_file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.config.Check()
			if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error %v, want one that begins %q", err, c.want)
			}
		})
	}
}
