package smtp

import "testing"

// TestRoutesAreNotRelayed: a next hop that trusts our address would carry these anywhere.
func TestRoutesAreNotRelayed(t *testing.T) {
	d := start(t, with(func(c *Config) { c.MaxErrors = 100 }))
	for _, row := range []struct{ name, to, want string }{
		{"percent", "<user%other.example@example.com>", "550 5.7.1"},
		{"bang path", "<other.example!user@example.com>", "550 5.7.1"},
		{"at sign in quotes", `<"user@other.example"@example.com>`, "550 5.7.1"},
		{"percent in quotes behind a backslash", `<"user\%other.example"@example.com>`, "550 5.7.1"},
		{"percent behind a source route", "<@a.example:user%other.example@example.com>", "550 5.7.1"},
		{"percent, domain with a dot at its end", "<user%other.example@EXAMPLE.com.>", "550 5.7.1"},
		{"a source route alone is ignored", "<@a.example:user@example.com>", "250"},
		{"a plus and an equals sign are no route", "<user+other=other.example@example.com>", "250"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := d.watched.count(NotRelayed)
			c := d.hello()
			c.t = t
			c.cmd("MAIL FROM:<a@example.org>", "250")
			c.cmd("RCPT TO:"+row.to, row.want)
			if refused := d.watched.count(NotRelayed) > before; refused != (row.want != "250") {
				t.Errorf("counted as not relayed: %v", refused)
			}
		})
	}
}
