package smtp

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// v2 builds a PROXY header of version 2.
func v2(command, family byte, body string) string {
	b := []byte(proxyV2)
	b = append(b, 0x20|command, family)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	return string(b) + body
}

const (
	v4Body = "\xc0\x00\x02\x01\xc0\x00\x02\x02\x04\x01\x00\x19" // 192.0.2.1:1025 → 192.0.2.2:25
	v6Body = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02" + "\x04\x01\x00\x19"
)

func TestParseProxy(t *testing.T) {
	for _, row := range []struct {
		name, in string
		src      string // "" none
		own      bool
		n        int
		err      error
	}{
		{"v1", "PROXY TCP4 192.0.2.1 192.0.2.2 1025 25\r\nEHLO", "192.0.2.1:1025", false, 40, nil},
		{"v1 IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 1025 25\r\n", "[2001:db8::1]:1025", false, 44, nil},
		{"v1 unknown", "PROXY UNKNOWN\r\n", "", true, 15, nil},
		{"v1 unknown with anything", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "", true, 35, nil},
		{"v1 so far", "PROXY TCP4 192.0.2.1", "", false, 0, errMore},
		{"nothing so far", "", "", false, 0, errMore},
		{"v1 without end", "PROXY TCP4 " + strings.Repeat("1", 100), "", false, 0, errProxy},
		{"v1 with a bare LF", "PROXY TCP4 192.0.2.1 192.0.2.2 1025 25\n" + strings.Repeat("x", 80), "", false, 0, errProxy},
		{"v1 with a wrong family", "PROXY TCP4 2001:db8::1 192.0.2.2 1025 25\r\n", "", false, 0, errProxy},
		{"v1 with a port too large", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 25\r\n", "", false, 0, errProxy},
		{"v1 with a zone", "PROXY TCP6 fe80::1%eth0 2001:db8::2 1025 25\r\n", "", false, 0, errProxy},
		{"v1 with two spaces", "PROXY TCP4  192.0.2.1 192.0.2.2 1025 25\r\n", "", false, 0, errProxy},
		{"v2", v2(1, 0x11, v4Body) + "EHLO", "192.0.2.1:1025", false, 28, nil},
		{"v2 IPv6", v2(1, 0x21, v6Body), "[2001:db8::1]:1025", false, 52, nil},
		{"v2 with additions", v2(1, 0x11, v4Body+"\x04\x00\x02ab"), "192.0.2.1:1025", false, 33, nil},
		{"v2 local", v2(0, 0, ""), "", true, 16, nil},
		{"v2 local with an address", v2(0, 0x11, v4Body), "", true, 28, nil},
		{"v2 without family", v2(1, 0, ""), "", true, 16, nil},
		{"v2 so far", v2(1, 0x11, v4Body)[:20], "", false, 0, errMore},
		{"v2 with too short an address", v2(1, 0x11, v4Body[:11]), "", false, 0, errProxy},
		{"v2 with 64 kB", v2(1, 0x11, v4Body+strings.Repeat("x", 65000)), "", false, 0, errProxy},
		{"v2 over UDP", v2(1, 0x12, v4Body), "", false, 0, errProxy},
		{"v2 of version 1", strings.Replace(v2(1, 0x11, v4Body), "\x21\x11", "\x11\x11", 1), "", false, 0, errProxy},
		{"v2 with an unknown command", v2(2, 0x11, v4Body), "", false, 0, errProxy},
		{"no header", "EHLO a\r\n", "", false, 0, errProxy},
	} {
		t.Run(row.name, func(t *testing.T) {
			src, own, n, err := parseProxy([]byte(row.in))
			want := netip.AddrPort{}
			if row.src != "" {
				want = netip.MustParseAddrPort(row.src)
			}
			if err != row.err || err == nil && (src != want || own != row.own || n != row.n) {
				t.Errorf("got %v, own %v, %d bytes, %v", src, own, n, err)
			}
		})
	}
}

func TestPROXY(t *testing.T) {
	trusting := with(func(c *Config) { c.ProxyProtocol = loopback; c.Timeouts.Proxy = ms(300) })
	for _, row := range []struct{ name, header, ip string }{
		{"A19_v1", "PROXY TCP4 192.0.2.1 192.0.2.2 1025 25\r\n", "192.0.2.1"},
		{"A19_v2", v2(1, 0x11, v4Body), "192.0.2.1"},
		{"A19_v2_ipv6", v2(1, 0x21, v6Body), "2001:db8::1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := start(t, trusting)
			c := d.dial()
			c.write(row.header)
			c.want("220")
			c.cmd("EHLO client.example.org", "250")
			c.mail(hello, "bob@example.com")
			if j := d.court.messages(); len(j) != 1 || j[0].env.Client.Addr.String() != row.ip || j[0].env.Client.Port != 1025 {
				t.Errorf("judged %+v", j)
			}
		})
	}
	for _, row := range []struct{ name, header string }{
		{"A19_truncated_v1", "PROXY TCP4 192.0."},
		{"A19_truncated_v2", v2(1, 0x11, v4Body)[:20]},
		{"A19_64kB_additions", v2(1, 0x11, v4Body+strings.Repeat("x", 65000))},
		{"A19_no_header", "EHLO a\r\n"},
		{"A19_silence", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := start(t, trusting)
			c := d.dial()
			c.write(row.header)
			c.closed()
			eventually(t, "it is counted", func() bool { return d.watched.count(BadProxy) == 1 })
		})
	}
	for _, header := range []string{v2(0, 0, ""), "PROXY UNKNOWN\r\n"} {
		t.Run("A19_local_is_greeted_but_brings_no_mail", func(t *testing.T) {
			d := start(t, trusting)
			c := d.dial()
			c.write(header)
			c.want("220")
			c.cmd("EHLO check", "250")
			c.cmd("MAIL FROM:<a@example.org>", "550 5.7.1")
		})
	}
	for _, header := range []string{"PROXY TCP4 192.0.2.1 192.0.2.2 1025 25\r\n", v2(1, 0x11, v4Body) + "\r\n", v2(0, 0, "") + "\r\n"} {
		t.Run("A19_from_an_untrusted_address", func(t *testing.T) {
			d := start(t)
			c := d.dial()
			c.want("220")
			c.write(header)
			c.want("500")
			c.write("QUIT\r\n")
			for c.reply() != "" {
			}
			c = d.hello()
			c.write(header)
			c.want("500")
			c.write("RSET\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n")
			for r := c.reply(); r != ""; r = c.reply() {
				if strings.HasPrefix(r, "354") {
					c.write(hello + ".\r\nQUIT\r\n")
				}
			}
			for _, j := range d.court.messages() {
				if !j.env.Client.Addr.IsLoopback() {
					t.Errorf("the header was believed: %v", j.env.Client.Addr)
				}
			}
		})
	}
}

func TestProxiedClientsAreCounted(t *testing.T) {
	d := start(t, with(func(c *Config) {
		c.ProxyProtocol, c.MaxConnectionsPerClient, c.MaxRatePerClient = loopback, 1, 0
	}))
	open := func(ip string) *client {
		c := d.dial()
		c.write("PROXY TCP4 " + ip + " 192.0.2.2 1025 25\r\n")
		return c
	}
	open("192.0.2.1").want("220")
	open("192.0.2.1").want("421 4.7.0")
	open("192.0.2.9").want("220")
}

func TestXCLIENT(t *testing.T) {
	d := start(t, with(func(c *Config) { c.XClient = loopback; c.MaxErrors = 100 }))
	t.Run("A19_xclient_from_a_listed_address", func(t *testing.T) {
		c := d.hello()
		c.t = t
		c.cmd("XCLIENT NAME=real.example.org ADDR=IPV6:2001:db8::7 PORT=4711 PROTO=ESMTP HELO=said.example.org LOGIN=joe+40example.org", "220 weir.example.net")
		c.cmd("MAIL FROM:<a@example.org>", "503")
		c.cmd("EHLO proxy.example.org", "250")
		c.mail(hello, "bob@example.com")
		got := d.court.messages()[0].env
		if got.Client.Addr.String() != "2001:db8::7" || got.Client.Port != 4711 || got.Client.Name != "real.example.org" ||
			got.Helo != "said.example.org" || got.Client.Auth != "joe@example.org" {
			t.Errorf("judged %+v", got)
		}
		c.mail(hello, "bob@example.com")
		if again := d.court.messages()[1].env; again.Client != got.Client || again.Helo != got.Helo {
			t.Errorf("the second mail: %+v", again)
		}
	})
	for _, bad := range []string{"", "NAME", "ADDR=300.1.1.1", "ADDR=IPV6:zz", "PORT=99999", "HELO=a+0D+0Ab", "HELO=a+2", "NAME=a+00b", "FOO=1", "SOURCE=LOCAL",
		"PROTO=A+20B", "NAME=" + strings.Repeat("x", 300), "LOGIN=a+0Ab", "ADDR=fe80::1%eth0+20"} {
		t.Run("A19_bad_xclient", func(t *testing.T) {
			c := d.hello()
			c.t = t
			c.cmd("XCLIENT "+bad, "501 5.5.4")
		})
	}
	t.Run("A19_xclient_within_a_transaction", func(t *testing.T) {
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("XCLIENT ADDR=192.0.2.1", "503")
	})
	t.Run("A19_xclient_and_xforward_from_an_untrusted_address", func(t *testing.T) {
		d := start(t)
		c := d.hello()
		c.cmd("XCLIENT ADDR=192.0.2.1", "550 5.7.0")
		c.cmd("XFORWARD ADDR=192.0.2.1", "550 5.7.0")
		c.mail(hello, "bob@example.com")
		if got := d.court.messages()[0].env; !got.Client.Addr.IsLoopback() {
			t.Errorf("believed: %+v", got)
		}
	})
}

func TestXFORWARD(t *testing.T) {
	d := start(t, with(func(c *Config) { c.XForward = loopback }))
	t.Run("A19_xforward_from_a_listed_address", func(t *testing.T) {
		c := d.hello()
		c.cmd("XFORWARD NAME=spike.example.org ADDR=192.0.2.42 PORT=1234", "250")
		c.cmd("XFORWARD PROTO=SMTP HELO=spike IDENT=4Ab SOURCE=REMOTE", "250")
		c.mail(hello, "bob@example.com")
		c.cmd("XFORWARD NAME=[UNAVAILABLE] ADDR=192.0.2.43", "250")
		c.mail(hello, "bob@example.com")
		c.mail(hello, "bob@example.com")
		var got []string
		for _, j := range d.court.messages() {
			got = append(got, j.env.Client.Addr.String()+" "+j.env.Client.Name+" "+j.env.Helo)
		}
		want := []string{"192.0.2.42 spike.example.org spike", "192.0.2.43  client.example.org", "127.0.0.1  client.example.org"}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("judged\n%q, want\n%q", got, want)
		}
		if m := d.hop.Messages(); !strings.Contains(string(m[0].Content), "from spike (spike.example.org [192.0.2.42])") ||
			!strings.Contains(string(m[0].Content), "with SMTP id") {
			t.Errorf("trace %q", m[0].Content)
		}
	})
	t.Run("A19_the_proxy_itself_is_not_judged", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.XForward = loopback }))
		c := d.hello()
		c.cmd("XFORWARD ADDR=192.0.2.42 HELO=spike", "250")
		c.envelope("bob@example.com")
		if told := d.court.told; len(told) != 1 || told[0] != "spike" {
			t.Errorf("the gateway was told HELO %q", told)
		}
	})
	t.Run("A19_reset_forgets", func(t *testing.T) {
		c := d.hello()
		c.cmd("XFORWARD ADDR=192.0.2.42 HELO=spike", "250")
		c.cmd("RSET", "250")
		c.mail(hello, "bob@example.com")
		j := d.court.messages()
		if got := j[len(j)-1].env; !got.Client.Addr.IsLoopback() {
			t.Errorf("judged %+v", got)
		}
	})
}

// The shipped time for the PROXY header is 5 s; this one is real.
func TestTrustedSourceWithoutHeader(t *testing.T) {
	t.Run("A19_dropped_in_five_seconds", func(t *testing.T) {
		t.Parallel()
		d := start(t, with(func(c *Config) { c.ProxyProtocol = loopback }))
		began := time.Now()
		c := d.dial()
		c.closed()
		if took := time.Since(began); took < 4*time.Second {
			t.Errorf("dropped after %v already", took)
		}
	})
}

func TestPaths(t *testing.T) {
	for _, row := range []struct {
		name, in, addr, domain, rest string
		ok                           bool
	}{
		{"plain", "<a@b.example>", "a@b.example", "b.example", "", true},
		{"parameters", "<a@b.example> SIZE=1 BODY=7BIT", "a@b.example", "b.example", "SIZE=1 BODY=7BIT", true},
		{"null sender", "<>", "", "", "", true},
		{"source route", "<@x.example,@y.example:a@b.example>", "a@b.example", "b.example", "", true},
		{"quoted local part", `<"a b"@c.example>`, `"a b"@c.example`, "c.example", "", true},
		{"quoted >", `<"a>b"@c.example>`, `"a>b"@c.example`, "c.example", "", true},
		{"quoted pair", `<"a\"b"@c.example>`, `"a\"b"@c.example`, "c.example", "", true},
		{"literal", "<a@[192.0.2.1]>", "a@[192.0.2.1]", "[192.0.2.1]", "", true},
		{"IPv6 literal", "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", "[ipv6:2001:db8::1]", "", true},
		{"capital domain", "<A@B.Example.>", "A@B.Example.", "b.example", "", true},
		{"UTF-8", "<jörg@müller.example>", "jörg@müller.example", "müller.example", "", true},
		{"VERP", "<bounces+" + strings.Repeat("x", 100) + "=y.example@b.example>", "bounces+" + strings.Repeat("x", 100) + "=y.example@b.example", "b.example", "", true},
		{"A20_greater_in_local", "<a>b@c.example>", "", "", "", false},
		{"A20_two_paths", "<a@b.example><c@d.example>", "", "", "", false},
		{"A20_less_within", "<<a@b.example>>", "", "", "", false},
		{"A20_space_in_local", "<a b@c.example>", "", "", "", false},
		{"A20_params_inside", "<a@b.example SIZE=1>", "", "", "", false},
		{"A20_open_quote", `<"a@b.example>`, "", "", "", false},
		{"A20_quote_in_the_middle", `<a"b@c.example>`, "", "", "", false},
		{"A20_backslash_at_the_end", `<"a\"@b.example>`, "", "", "", false},
		{"A20_control", "<a\x01b@c.example>", "", "", "", false},
		{"A20_cr_lf", "<a\r\nRCPT TO:<b@c.example>", "", "", "", false},
		{"A20_cr_lf_quoted", "<\"a\r\nb\"@c.example>", "", "", "", false},
		{"A20_nul", "<a\x00@c.example>", "", "", "", false},
		{"A20_no_end", "<a@b.example", "", "", "", false},
		{"A20_param_glued", "<a@b.example>SIZE=1", "", "", "", false},
		{"A20_empty_domain", "<a@>", "", "", "", false},
		{"A20_empty_local", "<@b.example>", "", "", "", false},
		{"A20_two_ats", "<a@b@c.example>", "", "", "", false},
		{"A20_long_local", "<" + strings.Repeat("x", 300) + "@b.example>", "", "", "", false},
		{"A20_literal_injection", "<a@[1.2.3.4]>x]>", "", "", "", false},
		{"A20_bare_with_bracket", "a@b.example>", "", "", "", false},
		{"A20_double_dot", "<a@b..example>", "", "", "", false},
		{"A20_invalid_utf8", "<a\xff@b.example>", "", "", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, rest, ok := cutPath(row.in)
			if ok != row.ok || ok && (p.addr != row.addr || p.domain != row.domain || rest != row.rest) {
				t.Errorf("got %+v, rest %q, %v", p, rest, ok)
			}
		})
	}
}

func TestInjection(t *testing.T) {
	d := start(t, with(func(c *Config) { c.MaxErrors = 100 }))
	for _, row := range []struct{ name, line string }{
		{"A20_bare_lf", "MAIL FROM:<a\nRCPT TO:<evil@example.com>@b.example>"},
		{"A20_bare_cr", "MAIL FROM:<a\rRCPT TO:<evil@example.com>@b.example>"},
		{"A20_closing_bracket", "MAIL FROM:<a@b.example>\tRCPT TO:<evil@example.com>"},
		{"A20_quoted", "MAIL FROM:<\"a\nRCPT TO:<evil@example.com>\"@b.example>"},
		{"A20_envid", "MAIL FROM:<a@b.example> ENVID=a>b\rRSET"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := d.hello()
			c.t = t
			c.write(row.line + "\r\nRSET\r\nMAIL FROM:<good@example.org>\r\nRCPT TO:<bob@example.com>\r\nRSET\r\nQUIT\r\n")
			for c.reply() != "" {
			}
			for _, sent := range d.hop.Commands() {
				if strings.Contains(sent, "evil") || strings.Contains(sent, "<a") {
					t.Errorf("the next hop was told %q", sent)
				}
			}
			noBareEnds(t, d.hop.Bytes())
		})
	}
}
