package lists

import (
	"errors"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

const mail = "Return-Path: <ann@shop.com>\nReceived: from mail.shop.com (mail.shop.com [198.51.100.7]) by mx.our.org with ESMTP; Sun, 22 Nov 2026 11:00:00 +0000\n" +
	"From: Ann <ann@shop.com>\nTo: bob@our.org\nReply-To: sales@bank.com\nSubject: Your order 7\n\nsee http://www.good.bad.com/x and http://192.0.2.9/\n"

func TestListsAreLookedUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines evaltest.Lines
		call  string
		args  []string
		want  int
	}{
		{"a welcome sender", evaltest.Lines{{"welcomelist_from", "*@shop.com"}}, "check_from_in_welcomelist", nil, 1},
		{"in the old words", evaltest.Lines{{"whitelist_from", "*@shop.com"}}, "check_from_in_whitelist", nil, 1},
		{"taken out again", evaltest.Lines{{"whitelist_from", "*@shop.com"}, {"unwelcomelist_from", "*@shop.com"}}, "check_from_in_whitelist", nil, 0},
		{"a blocked sender", evaltest.Lines{{"blacklist_from", "ann@*"}}, "check_from_in_blocklist", nil, 1},
		{"no longer blocked", evaltest.Lines{{"blocklist_from", "ann@*"}, {"unblocklist_from", "ann@*"}}, "check_from_in_blacklist", nil, 0},
		{"a blocked recipient", evaltest.Lines{{"blocklist_to", "bob@our.org"}}, "check_to_in_blocklist", nil, 1},
		{"a welcome recipient", evaltest.Lines{{"welcomelist_to", "*@our.org"}}, "check_to_in_whitelist", nil, 1},
		{"who wants more", evaltest.Lines{{"more_spam_to", "bob@*"}}, "check_to_in_more_spam", nil, 1},
		{"who wants all", evaltest.Lines{{"all_spam_to", "carl@*"}}, "check_to_in_all_spam", nil, 0},
		{"a list by name", evaltest.Lines{{"enlist_addrlist", "(SHOPS) *@shop.com *@store.com"}}, "check_from_in_list", []string{"SHOPS"}, 1},
		{"of recipients", evaltest.Lines{{"enlist_addrlist", "(OURS) *@our.org"}}, "check_to_in_list", []string{"OURS"}, 1},
		{"of who is to be answered", evaltest.Lines{{"enlist_addrlist", "(BANKS) *@bank.com"}}, "check_replyto_in_list", []string{"BANKS"}, 1},
		{"a subject", evaltest.Lines{{"whitelist_subject", "your ORDER ?"}}, "check_subject_in_welcomelist", nil, 1},
		{"another subject", evaltest.Lines{{"blocklist_subject", "your bill"}}, "check_subject_in_blocklist", nil, 0},
		{"a host", evaltest.Lines{{"enlist_uri_host", "(BAD) bad.com"}}, "check_uri_host_listed", []string{"BAD"}, 1},
		{"its nearest entry decides", evaltest.Lines{{"enlist_uri_host", "(BAD) bad.com !good.bad.com"}}, "check_uri_host_listed", []string{"BAD"}, 0},
		{"taken out of a list", evaltest.Lines{{"enlist_uri_host", "(BAD) bad.com"}, {"delist_uri_host", "(BAD) bad.com"}}, "check_uri_host_listed", []string{"BAD"}, 0},
		{"taken out of all lists", evaltest.Lines{{"enlist_uri_host", "(BAD) bad.com"}, {"delist_uri_host", "bad.com"}}, "check_uri_host_listed", []string{"BAD"}, 0},
		{"an address", evaltest.Lines{{"blocklist_uri_host", "192.0.2.9"}}, "check_uri_host_in_blacklist", nil, 1},
		{"part of an address", evaltest.Lines{{"blocklist_uri_host", "2.9"}}, "check_uri_host_in_blocklist", nil, 0},
		{"a welcome host", evaltest.Lines{{"whitelist_uri_host", "good.bad.com"}}, "check_uri_host_in_welcomelist", nil, 1},
		{"a list that nobody made", nil, "check_uri_host_listed", []string{"NONE"}, 0},
		{"through a host", evaltest.Lines{{"welcomelist_from_rcvd", "*@shop.com shop.com"}}, "check_from_in_welcomelist", nil, 1},
		{"through an address", evaltest.Lines{{"welcomelist_from_rcvd", "*@shop.com [198.51.100.7]"}}, "check_from_in_welcomelist", nil, 1},
		{"through the beginning of an address", evaltest.Lines{{"welcomelist_from_rcvd", "*@shop.com [198.51.100.]"}}, "check_from_in_welcomelist", nil, 1},
		{"through a network", evaltest.Lines{{"welcomelist_from_rcvd", "*@shop.com [198.51.100.0/24]"}}, "check_from_in_welcomelist", nil, 1},
		{"through another host", evaltest.Lines{{"welcomelist_from_rcvd", "*@shop.com othershop.com"}}, "check_from_in_welcomelist", nil, 0},
		{"that is a forgery", evaltest.Lines{{"welcomelist_from_rcvd", "*@shop.com othershop.com"}}, "check_forged_in_welcomelist", nil, 1},
		{"unless it may come any way", evaltest.Lines{{"welcomelist_from_rcvd", "*@shop.com othershop.com"}, {"welcomelist_allows_relays", "*@shop.com"}}, "check_forged_in_welcomelist", nil, 0},
		{"by default", evaltest.Lines{{"def_whitelist_from_rcvd", "*@shop.com mail.shop.com"}}, "check_from_in_default_whitelist", nil, 1},
		{"a forgery by default", evaltest.Lines{{"def_whitelist_from_rcvd", "*@shop.com othershop.com"}}, "check_forged_in_default_welcomelist", nil, 1},
		{"through a host, taken out", evaltest.Lines{{"welcomelist_from_rcvd", "*@shop.com shop.com"}, {"unwhitelist_from_rcvd", "*@shop.com"}}, "check_from_in_welcomelist", nil, 0},
		{"the envelope's sender and the host agree", nil, "check_mailfrom_matches_rcvd", nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), c.lines, mail, "header", c.call, c.args...); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			if got := evaltest.Ask(t, New(), c.lines, "Subject: x\n\nx\n", "header", c.call, c.args...); got != 0 {
				t.Errorf("got %d for a mail that names nobody", got)
			}
		})
	}
}

func TestWhatMakesNoSense(t *testing.T) {
	for _, l := range [][2]string{
		{"welcomelist_from", ""}, {"unwelcomelist_from", ""}, {"enlist_addrlist", "SHOPS *@shop.com"}, {"enlist_uri_host", "bad.com"},
		{"delist_uri_host", ""}, {"delist_uri_host", "(BAD)"}, {"welcomelist_from_rcvd", "*@shop.com"}, {"welcomelist_from_rcvd", "*@shop.com [somewhere]"},
	} {
		if known, err := New().Set(l[0], l[1]); !known || err == nil {
			t.Errorf("%v: known %v, %v", l, known, err)
		}
	}
	if known, _ := New().Set("required_score", "5"); known {
		t.Error("a line that is no list is taken")
	}
	var off *eval.Off
	if _, err := New().Bind(eval.Call{Name: "check_from_in_list", Args: []string{"NONE"}}); !errors.As(err, &off) {
		t.Errorf("a list that nobody made: %v", err)
	}
	for _, name := range []string{"check_from_in_list", "check_uri_host_listed"} {
		if _, err := New().Bind(eval.Call{Name: name}); err == nil {
			t.Errorf("%s without a list is taken", name)
		}
	}
	if _, err := New().Bind(eval.Call{Name: "other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}
