package spoof

import (
	"errors"
	"testing"
	"time"

	"weir/message"
	"weir/rules/eval"
	"weir/rules/view"
)

func hits(t *testing.T, r *Room, mail, name string, args ...string) int {
	t.Helper()
	check, err := r.Bind(eval.Call{Name: name, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(mail))
	return check(view.New(m, view.NewSettings(), view.Facts{}, time.Unix(1e9, 0)))
}

func TestAddressesInTheDisplayName(t *testing.T) {
	const spoofed = "From: \"boss@ourbank.com\" <x7@cheap.net>\nTo: ann@shop.org\n\n"
	for _, c := range []struct {
		name, mail, call string
		args             []string
		want             int
	}{
		{"another's address", spoofed, "check_fromname_spoof", nil, 1},
		{"it differs", spoofed, "check_fromname_different", nil, 1},
		{"its domain differs", spoofed, "check_fromname_domain_differ", nil, 1},
		{"its owner differs", spoofed, "check_fromname_owners_differ", nil, 1},
		{"there is one", spoofed, "check_fromname_contains_email", nil, 1},
		{"it is not the recipient's", spoofed, "check_fromname_equals_to", nil, 0},
		{"the recipient's own", "From: \"ann@shop.org\" <x7@cheap.net>\nTo: ann@shop.org\n\n", "check_fromname_equals_to", nil, 1},
		{"the one to answer", "From: \"boss@ourbank.com\" <x7@cheap.net>\nReply-To: boss@ourbank.com\n\n", "check_fromname_equals_replyto", nil, 1},
		{"the same address", "From: \"x7@cheap.net\" <x7@cheap.net>\n\n", "check_fromname_spoof", []string{"0"}, 0},
		{"another address of the same domain", "From: \"y8@mail.cheap.net\" <x7@cheap.net>\n\n", "check_fromname_spoof", []string{"2"}, 0},
		{"another address of the same domain, strictly", "From: \"y8@mail.cheap.net\" <x7@cheap.net>\n\n", "check_fromname_spoof", []string{"0"}, 1},
		{"no address", "From: \"The boss\" <x7@cheap.net>\n\n", "check_fromname_contains_email", nil, 0},
		{"no domain", "From: \"boss@ourbank.nosuchtld\" <x7@cheap.net>\n\n", "check_fromname_contains_email", nil, 0},
		{"much beside it", "From: \"boss@ourbank.com would be glad if you came to the meeting of the board tomorrow\" <x7@cheap.net>\n\n", "check_fromname_spoof", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := hits(t, New(), c.mail, c.call, c.args...); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestOwnersAndExceptionsAreNamedByFiles(t *testing.T) {
	const mail = "From: \"boss@ourbank.com\" <x7@cheap.net>\nX-List: yes\n\n"
	for _, c := range []struct {
		name  string
		lines [][2]string
		want  int
	}{
		{"one owner", [][2]string{{"fns_add_addrlist", "(OURS) *@ourbank.com *@cheap.net"}}, 0},
		{"no more one owner", [][2]string{{"fns_add_addrlist", "(OURS) *@ourbank.com *@cheap.net"}, {"fns_remove_addrlist", "(ours) *@cheap.net"}}, 1},
		{"a field that excepts", [][2]string{{"fns_ignore_headers", "X-List"}}, 0},
		{"no extra bytes", [][2]string{{"fns_extrachars", "0"}}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := New()
			for _, l := range c.lines {
				if known, err := r.Set(l[0], l[1]); !known || err != nil {
					t.Fatal(known, err)
				}
			}
			if got := hits(t, r, mail, "check_fromname_spoof"); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestLinesThatMakeNoSense(t *testing.T) {
	for _, l := range [][2]string{{"fns_add_addrlist", "*@x.org"}, {"fns_check", "3"}, {"fns_extrachars", "many"}, {"fns_ignore_dkim", ""}} {
		if known, err := New().Set(l[0], l[1]); !known || err == nil {
			t.Errorf("%v: known %v, %v", l, known, err)
		}
	}
	if known, _ := New().Set("fns_other", "1"); known {
		t.Error("a directive that is none is taken")
	}
	if _, err := New().Bind(eval.Call{Name: "other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}
