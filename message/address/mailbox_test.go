package address

import "testing"

func TestOneMailboxHasOneForm(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"as it is", "ann@example.com", "ann@example.com"},
		{"letters of either case", "Ann@Example.COM", "ann@example.com"},
		{"quotes that need not be", `"ann"@example.com`, "ann@example.com"},
		{"quoted pairs", `"a\nn"@example.com`, "ann@example.com"},
		{"a final dot", "ann@example.com.", "ann@example.com"},
		{"letters beyond ASCII in the domain", "ann@B\u00dcCHER.example", "ann@xn--bcher-kva.example"},
		{"letters beyond ASCII in the local part are the receiver's own", "\u00c4nn@example.com", "\u00c4nn@example.com"},
		{"no domain", `"Postmaster"`, "postmaster"},
		{"an open quote is part of the name", `"ann@example.com`, `"ann@example.com`},
		{"two signs", `"a@b"@example.com`, "a@b@example.com"},
		{"bytes that are no letters stay apart", "Ann@\xff.example", "ann@\xff.example"},
		{"nothing", "", ""},
	} {
		if got := Mailbox(c.in); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.name, c.in, got, c.want)
		}
		if got := Mailbox(Mailbox(c.in)); c.name != "two signs" && got != c.want {
			t.Errorf("%s: twice it is %q", c.name, got)
		}
	}
}
