package dmarc

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/dkim"
	"weir/filters/filtertest"
	"weir/filters/spf"
	"weir/message"
	"weir/message/signature"
)

// The attacks here are kinds that Chen, Paxson and Jiang describe in "Composition Kills: A Case Study of Email Sender
// Authentication" (USENIX Security 2020), written anew. In each, one component checks the attacker's domain, evil.example,
// and another, or the reader, sees bank.example. They go through the real filters spf, dkim and dmarc.

// post is one mail of the attacker, or of the bank.
type post struct {
	ip, helo string
	from     string // MAIL FROM
	head     string // the header, but the signature
	sign     string // domain of the signature; "" none
	selector string
	tags     string // more tags of the signature
}

// keys are those of the two domains.
var keys = map[string]ed25519.PrivateKey{
	"evil.example": ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)),
	"bank.example": ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize)),
}

func keyRecord(domain string) string {
	return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(keys[domain].Public().(ed25519.PublicKey))
}

// world is the DNS: what the bank and the attacker publish.
func world(t *testing.T) *filtertest.DNS {
	d := dns(t,
		"bank.example TXT v=spf1 ip4:192.0.2.25 -all", "mail.bank.example TXT v=spf1 ip4:192.0.2.25 -all", "_dmarc.bank.example TXT v=DMARC1; p=reject",
		"evil.example TXT v=spf1 ip4:198.51.100.7 -all", "mx.evil.example TXT v=spf1 ip4:198.51.100.7 -all", "_dmarc.evil.example TXT v=DMARC1; p=none",
	)
	for domain := range keys {
		d.TXT["k._domainkey."+domain] = []string{keyRecord(domain)}
	}
	for _, name := range []string{"evil.example", "k._domainkey.bank.example.evil.example", "k._domainkey.bank.example(.evil.example", "k._domainkey.bank.example'.evil.example"} {
		d.TXT[name] = append(d.TXT[name], keyRecord("evil.example"))
	}
	for _, name := range []string{"bank.example.evil.example", "bank.example(.evil.example", "bank.example'.evil.example"} {
		d.TXT[name] = []string{"v=spf1 ip4:198.51.100.7 -all"}
	}
	return d
}

const letter = "Please pay.\r\n"

// signed gives the mail with a signature in front of it, of the first From field.
func (p post) signed(t *testing.T) []byte {
	if p.sign == "" {
		return []byte(p.head + "\r\n" + letter)
	}
	key := keys["evil.example"]
	if p.ip == bankAddress {
		key = keys["bank.example"]
	}
	body := sha256.Sum256([]byte(letter))
	field := fmt.Sprintf("DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=%s; s=%s; %sh=From:Subject; bh=%s; b=", p.sign, or(p.selector, "k"), p.tags, base64.StdEncoding.EncodeToString(body[:]))
	sum := sha256.Sum256([]byte(p.lastField("From") + p.lastField("Subject") + field))
	b, err := signature.Sign(crypto.Signer(key), sum)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(field + base64.StdEncoding.EncodeToString(b) + "\r\n" + p.head + "\r\n" + letter)
}

func or(s, without string) string {
	if s == "" {
		return without
	}
	return s
}

// lastField gives the last field of a name as simple canonicalization has it: DKIM takes fields from the bottom up.
func (p post) lastField(name string) (last string) {
	for _, line := range strings.SplitAfter(p.head, "\r\n") {
		if got, _, _ := strings.Cut(line, ":"); strings.EqualFold(strings.TrimSpace(got), name) {
			last = line
		}
	}
	return last
}

const (
	bankAddress = "192.0.2.25"
	evilAddress = "198.51.100.7"
)

// judge runs the filters in their order.
func (p post) judge(t *testing.T) (filters.Result, []filters.Auth) {
	t.Helper()
	m := message.New(message.Envelope{ID: "x", Time: filtertest.Now, Client: message.Client{Addr: netip.MustParseAddr(p.ip)}, Helo: p.helo, HasFrom: true, From: p.from, Rcpts: []string{"ann@example.net"}}, message.Options{})
	m.Load(p.signed(t))
	env := filters.Env{Resolver: world(t), Clock: filtertest.Clock(filtertest.Now), Hostname: "mx.example.net"}
	var auth []filters.Auth
	for _, spec := range []filters.Spec{spf.Spec, dkim.Spec} {
		r, err := filtertest.New(t, spec, "", env).Check(context.Background(), m, filters.Findings{})
		if err != nil {
			t.Fatal(err)
		}
		auth = append(auth, r.Auth...)
	}
	r, err := filtertest.New(t, Spec, "", env).Check(context.Background(), m, filters.NewFindings(nil, auth, nil))
	if err != nil {
		t.Fatal(err)
	}
	return r, auth
}

func fields(lines ...string) string {
	return strings.Join(append(lines, "Subject: Invoice"), "\r\n") + "\r\n"
}

// TestComposedAttacksNeverPass: whatever the attacker composes, DMARC never passes for the bank, and where the bank may
// be taken for the author it does not pass at all.
func TestComposedAttacksNeverPass(t *testing.T) {
	evil := func(p post) post {
		p.ip = evilAddress
		p.helo = or(p.helo, "mx.evil.example")
		if p.from == "" {
			p.from = "jo@evil.example"
		}
		if p.from == "<>" {
			p.from = ""
		}
		p.head = or(p.head, fields("From: Bank <ann@bank.example>"))
		return p
	}
	bank, own := "From: Bank <ann@bank.example>", "From: <jo@evil.example>"
	for name, p := range map[string]post{
		"E13_proved_for_himself_only":                         {sign: "evil.example"},
		"E12_helo_of_his_own_with_an_empty_sender":            {from: "<>", helo: "evil.example"},
		"E12_helo_of_the_bank":                                {from: "<>", helo: "bank.example"},
		"E12_helo_passes_and_the_sender_does_not_exist":       {from: "any@no-such-name.bank.example", helo: "evil.example"},
		"E12_a_sender_that_one_parser_finds_empty":            {from: "(ann@bank.example", helo: "evil.example"},
		"E12_a_sender_with_two_domains":                       {from: "jo@bank.example@evil.example"},
		"E12_a_sender_with_two_domains_the_other_way":         {from: "jo@evil.example@bank.example"},
		"E12_a_route_as_sender":                               {from: "@bank.example,@evil.example:jo@evil.example"},
		"E12_a_comment_in_the_senders_domain":                 {from: "jo@bank.example(.evil.example"},
		"E12_a_quote_in_the_senders_domain":                   {from: "jo@bank.example'.evil.example"},
		"E12_a_quoted_sender":                                 {from: `"ann@bank.example"@evil.example`},
		"E12_a_sender_below_his_own_domain":                   {from: "jo@bank.example.evil.example"},
		"E07_a_nul_in_the_selector":                           {sign: "bank.example", selector: "evil.example\x00.k"},
		"E07_a_nul_in_the_domain":                             {sign: "bank.example\x00.evil.example"},
		"E07_a_comment_in_the_domain":                         {sign: "bank.example(.evil.example"},
		"E07_a_quote_in_the_domain":                           {sign: "bank.example'.evil.example"},
		"E07_the_bank_below_his_domain":                       {sign: "bank.example.evil.example"},
		"E07_an_identity_of_the_bank":                         {sign: "evil.example", tags: "i=@bank.example; "},
		"E02_his_own_From_above_the_signed_one":               {sign: "evil.example", head: fields(bank, own)},
		"E02_his_own_From_below":                              {sign: "evil.example", head: fields(own, bank)},
		"E13_From_with_a_space_before_the_colon":              {sign: "evil.example", head: fields("From : <ann@bank.example>", own)},
		"E13_From_folded_at_once":                             {sign: "evil.example", head: fields("From:\r\n <ann@bank.example>", own)},
		"E13_From_in_capitals":                                {sign: "evil.example", head: fields("FROM: <ann@bank.example>", own)},
		"E13_only_a_Sender_of_his_own":                        {sign: "evil.example", head: fields(bank, "Sender: <jo@evil.example>")},
		"E13_no_From_but_a_Sender":                            {head: fields("Sender: <ann@bank.example>")},
		"E13_two_addresses":                                   {sign: "evil.example", head: fields("From: <jo@evil.example>, <ann@bank.example>")},
		"E13_two_addresses_the_other_way":                     {sign: "evil.example", head: fields("From: <ann@bank.example>, <jo@evil.example>")},
		"E13_two_addresses_without_a_comma":                   {sign: "evil.example", head: fields("From: <ann@bank.example><jo@evil.example>")},
		"E13_an_encoded_address":                              {sign: "evil.example", head: fields("From: =?utf-8?B?PGFubkBiYW5rLmV4YW1wbGU+?=, <jo@evil.example>")},
		"E13_an_encoded_address_alone":                        {sign: "evil.example", head: fields("From: =?utf-8?Q?=3Cann=40bank.example=3E=2C?=<jo@evil.example>, x")},
		"E13_a_name_that_begins_like_an_address":              {sign: "evil.example", head: fields(`From: "<ann@bank.example>" <jo@evil.example>`)},
		"E13_a_name_that_hides_an_address_in_an_encoded_word": {sign: "evil.example", head: fields("From: Bank =?utf-8?Q?=3Cann=40bank.example=3E?= <jo@evil.example>")},
		"E13_a_quoted_encoded_word":                           {sign: "evil.example", head: fields(`From: "Bank =?utf-8?B?PGFubkBiYW5rLmV4YW1wbGU+?=" <jo@evil.example>`)},
		"E13_a_route":                                         {sign: "evil.example", head: fields("From: <@evil.example,@any.example:ann@bank.example>")},
		"E13_a_route_of_the_bank":                             {sign: "evil.example", head: fields("From: <@bank.example:jo@evil.example>")},
		"E13_a_quoted_pair_for_a_comma":                       {sign: "evil.example", head: fields(`From: <ann@bank.example>\,<jo@evil.example>`)},
		"E13_a_quoted_pair_at_the_at_sign":                    {sign: "evil.example", head: fields(`From: <ann\@bank.example>@evil.example`)},
		"E13_the_bank_in_a_quoted_local_part":                 {sign: "evil.example", head: fields(`From: "ann@bank.example"@evil.example`)},
		"E13_an_address_behind_the_brackets":                  {sign: "evil.example", head: fields("From: <jo@evil.example>ann@bank.example")},
		"E13_an_address_before_the_brackets_unquoted":         {sign: "evil.example", head: fields("From: ann@bank.example, <jo@evil.example")},
		"E13_a_group":                                         {sign: "evil.example", head: fields("From: ann@bank.example:<jo@evil.example>;")},
		"E13_a_comment_within_the_domain":                     {sign: "evil.example", head: fields("From: <ann@bank.example(.evil.example)>")},
		"E13_a_nul_within_the_domain":                         {sign: "evil.example", head: fields("From: <ann@bank.example\x00.evil.example>")},
		"E13_a_carriage_return_within_the_field":              {sign: "evil.example", head: fields("From: <jo@evil.example>\rFrom: <ann@bank.example>")},
		"E13_a_header_that_ends_early":                        {sign: "evil.example", head: "Subject: Invoice\r\n" + own + "\r\nno colon here\r\n" + bank + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r, auth := evil(p).judge(t)
			if len(r.Auth) != 1 {
				t.Fatalf("%d results: %+v", len(r.Auth), r.Auth)
			}
			if a := r.Auth[0]; a.Value == filters.Pass {
				t.Errorf("dmarc=pass for %s\nhits %+v\nspf and dkim %+v", a.Domain, r.Hits, auth)
			}
			if proved := filters.NewFindings(nil, append(auth, r.Auth...), nil).Proves("bank.example"); proved {
				t.Errorf("bank.example is proved: %+v", auth)
			}
		})
	}
}

// TestTheAttacksAreReal shows that the attacker's own mail does pass, and the bank's: else the test above could not fail.
func TestTheAttacksAreReal(t *testing.T) {
	for name, p := range map[string]post{
		"the attacker by signature": {ip: evilAddress, helo: "mx.evil.example", from: "x@other.example", sign: "evil.example", head: fields("From: <jo@evil.example>")},
		"the attacker by SPF":       {ip: evilAddress, helo: "mx.evil.example", from: "jo@evil.example", head: fields("From: <jo@evil.example>")},
		"the bank by signature":     {ip: bankAddress, helo: "mail.bank.example", from: "x@other.example", sign: "bank.example", head: fields("From: <ann@bank.example>")},
		"the bank by SPF":           {ip: bankAddress, helo: "mail.bank.example", from: "x@mail.bank.example", head: fields("From: <ann@bank.example>")},
		"E13_the_bank_in_the_name":  {ip: evilAddress, helo: "mx.evil.example", from: "jo@evil.example", head: fields(`From: "ann@bank.example" <jo@evil.example>`)},
	} {
		t.Run(name, func(t *testing.T) {
			r, auth := p.judge(t)
			want := p.head[strings.LastIndexByte(p.head, '@')+1 : strings.LastIndexByte(p.head, '>')]
			if a := r.Auth[0]; a.Value != filters.Pass || a.Domain != want {
				t.Errorf("dmarc=%s for %s, want a pass for %s: %+v", a.Value, a.Domain, want, auth)
			}
			if !filters.NewFindings(nil, append(auth, r.Auth...), nil).Proves(want) {
				t.Errorf("%s is not proved, so that its reputation would never grow", want)
			}
			if named := slices.ContainsFunc(strings.Fields(names(r)), func(s string) bool { return s == NameForged }); named != strings.HasPrefix(name, "E13") {
				t.Errorf("hits %s", names(r))
			}
		})
	}
}
