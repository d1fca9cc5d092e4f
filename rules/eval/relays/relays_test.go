package relays

import (
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

func hop(helo, name, address, by string) string {
	return "Received: from " + helo + " (" + name + " [" + address + "]) by " + by + " (Postfix) with SMTP id abc\n"
}

func TestWhatRelaysGiveAway(t *testing.T) {
	for _, c := range []struct {
		name, mail, function string
		args                 []string
		want                 int
	}{
		{"an address for a name", hop("192.0.2.9", "r.example.com", "198.51.100.1", "mx"), "check_for_numeric_helo", nil, 1},
		{"a private address for a name", hop("10.0.0.9", "r.example.com", "198.51.100.1", "mx"), "check_for_numeric_helo", nil, 0},
		{"another network's address for a name", hop("192.0.2.9", "r.example.com", "198.51.100.1", "mx"), "helo_ip_mismatch", nil, 1},
		{"a neighbour's address for a name", hop("198.51.100.9", "r.example.com", "198.51.100.1", "mx"), "helo_ip_mismatch", nil, 0},
		{"trusted relays only", hop("h", "unknown", "10.0.0.1", "mx"), "check_all_trusted", nil, 1},
		{"an untrusted relay", hop("h", "unknown", "192.0.2.1", "mx"), "check_all_trusted", nil, 0},
		{"no relay", "Subject: x\n", "check_no_relays", nil, 1},
		{"a relay", hop("h", "unknown", "192.0.2.1", "mx"), "check_no_relays", nil, 0},
		{"a line that nobody can read", "Received: from strange things happen\n", "check_relays_unparseable", nil, 1},
		{"a line that somebody can read", hop("h", "unknown", "192.0.2.1", "mx"), "check_relays_unparseable", nil, 0},
		{"a first relay with a name", hop("h", "r.example.com", "192.0.2.1", "mx"), "check_for_sender_no_reverse", nil, 1},
		{"a first relay without one", hop("h", "unknown", "192.0.2.1", "mx"), "check_for_sender_no_reverse", nil, 0},
		{"a big name without one in the DNS", hop("mx1.hotmail.com", "unknown", "192.0.2.1", "mx"), "check_for_no_rdns_dotcom_helo", nil, 1},
		{"a big name with one in the DNS", hop("mx1.hotmail.com", "r.example.com", "192.0.2.1", "mx"), "check_for_no_rdns_dotcom_helo", nil, 0},
		{"a trail with two breaks", hop("a", "r.first.com", "192.0.2.1", "mx.home.com") + hop("b", "r.second.com", "192.0.2.2", "mx.other.com") + hop("c", "r.third.com", "192.0.2.3", "mx.more.com"), "check_for_forged_received_trail", nil, 1},
		{"a trail that fits", hop("a", "r.first.com", "192.0.2.1", "mx.home.com") + hop("b", "r.second.com", "192.0.2.2", "mx.first.com") + hop("c", "r.third.com", "192.0.2.3", "mx.second.com"), "check_for_forged_received_trail", nil, 0},
		{"a name of quite another network", hop("192.0.2.9", "r.example.com", "198.51.100.1", "mx.home.com"), "check_for_forged_received_ip_helo", nil, 1},
		{"a name of nearly the same network", hop("198.51.7.9", "r.example.com", "198.51.100.1", "mx.home.com"), "check_for_forged_received_ip_helo", nil, 0},
		{"an author's domain that the trail has", hop("h", "a.big.com", "192.0.2.1", "b.big.com") + "From: x@big.com\n", "check_for_from_domain_in_received_headers", []string{"big.com", "true"}, 1},
		{"an author's domain that the trail lacks", hop("h", "a.small.com", "192.0.2.1", "b.big.com") + "From: x@big.com\n", "check_for_from_domain_in_received_headers", []string{"big.com", "false"}, 1},
		{"another author's domain", hop("h", "a.big.com", "192.0.2.1", "b.big.com") + "From: x@small.com\n", "check_for_from_domain_in_received_headers", []string{"big.com", "false"}, 0},
	} {
		if got := evaltest.Ask(t, New(), nil, c.mail+"\n", "header", c.function, c.args...); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestADomainMustBeNamed(t *testing.T) {
	if _, err := New().Bind(eval.Call{Name: "check_for_from_domain_in_received_headers"}); err == nil {
		t.Error("a call without a domain is bound")
	}
}
