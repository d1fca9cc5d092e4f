package dkim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message/signature"
)

func at(d time.Duration) string { return fmt.Sprint(filtertest.Now.Add(d).Unix()) }

// TestSignatures signs a letter in one way or another and looks at what becomes of it.
func TestSignatures(t *testing.T) {
	tag := func(list ...string) signing {
		s := signing{tags: map[string]string{}}
		for i := 0; i < len(list); i += 2 {
			s.tags[list[i]] = list[i+1]
		}
		return s
	}
	keyed := func(s signing, key int) signing {
		s.key = rsaKey()
		if key == 1024 {
			s.key, s.tags["s"] = shortKey(), "short"
		}
		if key == 256 {
			s.key, s.tags["s"] = ed25519Key(), "ed"
		}
		return s
	}
	for _, c := range []struct {
		name, want, hits string
		how              signing
	}{
		{"a proper signature", "pass", "DKIM_PASS DKIM_AUTHOR", signing{}},
		{"Ed25519", "pass", "DKIM_PASS DKIM_AUTHOR", keyed(tag(), 256)},
		{"simple canonicalization", "pass", "DKIM_PASS DKIM_AUTHOR", tag("c", "simple/simple")},
		{"no c= is simple", "pass", "DKIM_PASS DKIM_AUTHOR", tag("c", "-")},
		{"an identity below the domain", "pass", "DKIM_PASS DKIM_AUTHOR", tag("i", "jo@mail.example.org")},
		{"a third party", "pass", "DKIM_PASS", tag("d", "list.example")},
		{"more fields than there are", "pass", "DKIM_PASS DKIM_AUTHOR", tag("h", "From:From:Subject:X-No:To:Date")},
		{"unknown tags are ignored", "pass", "DKIM_PASS DKIM_AUTHOR", tag("z", "From:jo")},
		{"an identity elsewhere", "permerror (tag i= is not in the domain of d=)", "DKIM_PERMERROR", tag("i", "jo@example.com")},
		{"an identity that ends alike", "permerror (tag i= is not in the domain of d=)", "DKIM_PERMERROR", tag("i", "jo@badexample.org")},
		{"another version", "permerror (a signature of another version)", "DKIM_PERMERROR", tag("v", "2")},
		{"no selector", "permerror (tag s= is missing)", "DKIM_PERMERROR", tag("s", "-")},
		{"no key in the DNS", "permerror (there is no key)", "DKIM_PERMERROR", tag("s", "other")},
		{"an unknown canonicalization", "permerror (tag c= names a canonicalization that nobody knows)", "DKIM_PERMERROR", tag("c", "nowsp")},
		{"a key to be fetched elsewhere", "permerror (the key is to be fetched in a way that nobody knows)", "DKIM_PERMERROR", tag("q", "ldap")},
		{"a top-level domain", "permerror (tag d= is no domain)", "DKIM_PERMERROR", tag("d", "org")},
		{"a forged value", "fail (the signature does not fit the header)", "DKIM_FAIL", tag("b", "AAAA")},
		{"a value that is none", "permerror (tag b= is not base64)", "DKIM_PERMERROR", tag("b", "%%%")},
		{"another body", "fail (the body was changed)", "DKIM_FAIL", signing{body: "Shall we meet at one?\r\n"}},

		{"E01_all_of_the_body", "pass", "DKIM_PASS DKIM_AUTHOR", tag("l", "24")},
		{"E01_nothing_of_the_body", "policy (the end of the body is not signed)", "DKIM_POLICY DKIM_PARTIAL", tag("l", "0")},
		{"E01_a_part_of_the_body", "policy (the end of the body is not signed)", "DKIM_POLICY DKIM_PARTIAL", tag("l", "5")},
		{"E01_more_than_the_body", "permerror (tag l= is longer than the body)", "DKIM_PERMERROR", tag("l", "25")},
		{"E01_no_number", "permerror (tag l= is no number)", "DKIM_PERMERROR", tag("l", "-1")},

		{"E03_1024_bits", "pass", "DKIM_PASS DKIM_SHORT_KEY DKIM_AUTHOR", keyed(tag(), 1024)},

		{"E04_rsa_sha1", "permerror (SHA-1 is not safe)", "DKIM_PERMERROR", tag("a", "rsa-sha1")},
		{"E04_an_unknown_algorithm", "permerror (an algorithm that nobody knows)", "DKIM_PERMERROR", tag("a", "dsa-sha256")},
		{"E04_an_unknown_hash", "permerror (a hash that nobody knows)", "DKIM_PERMERROR", tag("a", "rsa-md5")},
		{"E04_a_key_of_another_type", "permerror (the key is of another type than the signature)", "DKIM_PERMERROR", tag("a", "ed25519-sha256")},
		{"E04_expired", "policy (expired on 2024-05-06)", "DKIM_POLICY", tag("x", at(-time.Second))},
		{"E04_not_yet_expired", "pass", "DKIM_PASS DKIM_AUTHOR", tag("x", at(time.Second))},
		{"E04_from_the_future", "policy (signed in the future)", "DKIM_POLICY", tag("t", at(2*time.Hour))},
		{"E04_a_clock_that_is_fast", "pass", "DKIM_PASS DKIM_AUTHOR", tag("t", at(30*time.Minute))},
		{"E04_expired_before_it_was_signed", "permerror (expired before it was signed)", "DKIM_PERMERROR", tag("t", at(0), "x", at(-time.Hour))},
		{"E04_a_time_beyond_all_bounds", "pass", "DKIM_PASS DKIM_AUTHOR", tag("x", strings.Repeat("9", 70))},
		{"E04_a_time_that_is_none", "permerror (tag t= is no number)", "DKIM_PERMERROR", tag("t", "soon")},
		{"E04_a_short_body_hash", "permerror (tag bh= is no SHA-256)", "DKIM_PERMERROR", tag("bh", "AAAA")},
		{"E04_a_long_body_hash", "permerror (tag bh= is too long)", "DKIM_PERMERROR", tag("bh", strings.Repeat("A", 1<<16))},
		{"E04_a_body_hash_of_64_bytes", "permerror (tag bh= is no SHA-256)", "DKIM_PERMERROR", tag("bh", strings.Repeat("A", 86)+"==")},

		{"E05_From_is_not_signed", "permerror (From is not signed)", "DKIM_PERMERROR", tag("h", "To:Subject")},
		{"E05_ten_thousand_names", "permerror (h= lists 10001 fields, more than 512)", "DKIM_PERMERROR", tag("h", "From"+strings.Repeat(":To", 10000))},
		{"E05_five_hundred_names", "pass", "DKIM_PASS DKIM_AUTHOR", tag("h", "From"+strings.Repeat(":To", 500))},
		{"E05_no_names", "permerror (tag h= is missing)", "DKIM_PERMERROR", tag("h", "")},

		{"E07_NUL_in_the_domain", "permerror (control characters in tag d=)", "DKIM_PERMERROR", tag("d", "example.org\x00.evil.example")},
		{"E07_a_quote_in_the_domain", "permerror (tag d= is no name)", "DKIM_PERMERROR", tag("d", `example.org" header.d="bank.example`)},
		{"E07_a_parenthesis_in_the_domain", "permerror (tag d= is no name)", "DKIM_PERMERROR", tag("d", "example.org(.evil.example")},
		{"E07_line_ends_in_the_domain", "permerror (tag d= is no name)", "DKIM_PERMERROR", tag("d", "example.org\r\n\t,dmarc=pass")},
		{"E07_NUL_in_the_selector", "permerror (control characters in tag s=)", "DKIM_PERMERROR", tag("s", "sel\x00.x")},
		{"E07_a_quote_in_the_selector", "permerror (tag s= is no name)", "DKIM_PERMERROR", tag("s", `sel"`)},
		{"E07_a_name_too_long_for_the_DNS", "permerror (d= and s= make a name that is too long for the DNS)", "DKIM_PERMERROR", tag("s", strings.Repeat("abcdefg.", 29)+"x")},
		{"E07_an_identity_with_a_quote", "pass", "DKIM_PASS DKIM_AUTHOR", tag("i", `"jo x"@example.org`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			dns := zone()
			r := run(t, sign(t, letter, c.how), dns)
			if got := results(r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := names(r); got != c.hits {
				t.Errorf("symbols %s, want %s", got, c.hits)
			}
			checkClean(t, r)
		})
	}
}

// checkClean fails if anything of the sender's got into a result that does not belong there (E07).
func checkClean(t *testing.T, r filters.Result) {
	t.Helper()
	for _, a := range r.Auth {
		for _, text := range append([]filters.AuthProp{{Value: a.Domain}, {Value: a.Reason}}, a.Props...) {
			if strings.ContainsAny(text.Value, "\x00\r\n\"\\()") {
				t.Errorf("unclean: %s.%s=%q", text.Type, text.Name, text.Value)
			}
		}
	}
	for _, h := range r.Hits {
		if strings.ContainsAny(h.Detail, "\x00\r\n") {
			t.Errorf("unclean: %s %q", h.Name, h.Detail)
		}
	}
}

// TestResultsTellWhoSigned looks at one result whole.
func TestResultsTellWhoSigned(t *testing.T) {
	r := run(t, sign(t, letter, signing{tags: map[string]string{"i": "jo@mail.example.org"}}), zone())
	a := r.Auth[0]
	if a.Method != "dkim" || a.Domain != "example.org" || a.Reason != "2048-bit rsa key" {
		t.Errorf("%+v", a)
	}
	var props []string
	for _, p := range a.Props {
		props = append(props, p.Type+"."+p.Name+"="+p.Value)
	}
	got := strings.Join(props, " ")
	if !strings.HasPrefix(got, "header.d=example.org header.i=jo@mail.example.org header.s=sel header.a=rsa-sha256 header.b=") || len(a.Props[4].Value) != 8 {
		t.Errorf("properties %s", got)
	}
	if d := r.Hits[0].Detail; d != "example.org (sel), 2048-bit rsa key" {
		t.Errorf("detail %q", d)
	}
}

// TestChangedOnTheWay changes a signed letter.
func TestChangedOnTheWay(t *testing.T) {
	signed := sign(t, letter, signing{})
	oversigned := sign(t, letter, signing{tags: map[string]string{"h": "From:From:Subject:Subject:To:To:Date"}})
	partly := sign(t, letter, signing{tags: map[string]string{"l": "24"}})
	for _, c := range []struct{ name, raw, want, hits string }{
		{"as it was", signed, "pass", "DKIM_PASS DKIM_AUTHOR"},
		{"a changed subject", strings.Replace(signed, "lunch", "dinner", 1), "fail (the signature does not fit the header)", "DKIM_FAIL"},
		{"a changed body", strings.Replace(signed, "noon", "one", 1), "fail (the body was changed)", "DKIM_FAIL"},
		{"white space", strings.Replace(signed, "Subject: lunch", "subject:  \tlunch ", 1) + "\r\n\r\n", "pass", "DKIM_PASS DKIM_AUTHOR"},
		{"fields on top that nobody signs", "Received: by mx.example.net\r\nX-Note: a\r\n" + signed, "pass", "DKIM_PASS DKIM_AUTHOR"},
		{"E01_a_page_behind_a_partly_signed_body", partly + "<html><h1>You have won</h1></html>\r\n", "policy (the end of the body is not signed)", "DKIM_POLICY DKIM_PARTIAL"},
		{"E01_empty_lines_behind_it", partly + "\r\n\r\n", "pass", "DKIM_PASS DKIM_AUTHOR"},
		{"E02_another_From_on_top", "From: ceo@bank.example\r\n" + signed, "policy (there are several From fields)", "DKIM_POLICY"},
		{"E02_another_From_with_a_space_before_the_colon", "From : ceo@bank.example\r\n" + signed, "policy (there are several From fields)", "DKIM_POLICY"},
		{"E02_another_From_below", strings.Replace(signed, "\r\nSubject:", "\r\nFrom: ceo@bank.example\r\nSubject:", 1), "fail (the signature does not fit the header)", "DKIM_FAIL"},
		{"E02_another_From_though_oversigned", "From: ceo@bank.example\r\n" + oversigned, "fail (the signature does not fit the header)", "DKIM_FAIL"},
		{"E02_another_Subject_on_top", "Subject: your account\r\n" + signed, "pass", "DKIM_PASS DKIM_AUTHOR DKIM_ADDED"},
		{"E02_another_Subject_though_oversigned", "Subject: your account\r\n" + oversigned, "fail (the signature does not fit the header)", "DKIM_FAIL"},
		{"E02_another_To_on_top", "To: you@example.net\r\n" + signed, "pass", "DKIM_PASS DKIM_AUTHOR DKIM_ADDED"},
		{"E02_a_line_that_is_no_field", strings.Replace(signed, "\r\nSubject:", "\r\nClick http://evil.example/ now\r\nSubject:", 1), "policy (a line in the header is no field: programs disagree where the header ends)", "DKIM_POLICY"},
		{"E02_text_between_header_and_body", strings.Replace(signed, "\r\n\r\nShall", "\r\nClick http://evil.example/ now\r\n\r\nShall", 1), "policy (no empty line ends the header: programs disagree where it does)", "DKIM_POLICY"},
		{"E02_white_space_in_the_line_that_ends_the_header", strings.Replace(signed, "\r\n\r\nShall", "\r\n \t\r\nShall", 1), "policy (no empty line ends the header: programs disagree where it does)", "DKIM_POLICY"},
		{"E02_another_From_behind_what_is_read_of_the_header", strings.Replace(signed, "\r\n\r\n", strings.Repeat("\r\nX-Filler: "+strings.Repeat("x", 990), 1100)+"\r\nFrom: ceo@bank.example\r\n\r\n", 1), "policy (the header is longer than is read)", "DKIM_POLICY"},
		{"two signatures, one broken", sign(t, signed, signing{tags: map[string]string{"d": "list.example", "bh": "AAAA"}}), "permerror (tag bh= is no SHA-256), pass", "DKIM_PASS DKIM_AUTHOR"},
		{"two good signatures", sign(t, signed, signing{tags: map[string]string{"d": "list.example", "h": "From:DKIM-Signature"}}), "pass, pass", "DKIM_PASS DKIM_AUTHOR"},
		{"an mbox line in front", "From jo@example.org Mon May  6 07:00:00 2024\r\n" + signed, "pass", "DKIM_PASS DKIM_AUTHOR"},
		{"a header and nothing else, without line end", sign(t, letter[:strings.Index(letter, "\r\n\r\n")], signing{}), "pass", "DKIM_PASS DKIM_AUTHOR"},
		{"no signature", letter, "none (the message is not signed)", "DKIM_NONE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, c.raw, zone())
			if got := results(r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := names(r); got != c.hits {
				t.Errorf("symbols %s, want %s", got, c.hits)
			}
		})
	}
}

// TestContentTypeAddedAfterSigning turns a signed text into HTML.
func TestContentTypeAddedAfterSigning(t *testing.T) {
	t.Run("E02_another_Content_Type_on_top", func(t *testing.T) {
		signed := sign(t, "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n"+letter, signing{tags: map[string]string{"h": "From:Content-Type:MIME-Version"}})
		r := run(t, "Content-Type: text/html\r\n"+signed, zone())
		for _, h := range r.Hits {
			if h.Name == "DKIM_ADDED" && h.Detail == "Content-Type" {
				return
			}
		}
		t.Errorf("%+v", r.Hits)
	})
}

// modulus makes a key record with a number of so many bits, which nobody can sign with.
func modulus(bits int, exponent int) string {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits-1)))
	n.SetBit(n, bits-1, 1)
	n.SetBit(n, 0, 1)
	return "v=DKIM1; p=" + base64.StdEncoding.EncodeToString(must(x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n, E: exponent})))
}

// TestKeys fetches keys of all kinds.
func TestKeys(t *testing.T) {
	good := must(signature.Record(rsaKey()))
	p := good[strings.Index(good, "p=")+2:]
	signed, below := sign(t, letter, signing{}), sign(t, letter, signing{tags: map[string]string{"i": "@mail.example.org"}})
	block := &pem.Block{Type: "PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(rsaKey().Public().(*rsa.PublicKey))}
	for _, c := range []struct {
		name, raw, want string
		records         []string
	}{
		{"a key in pieces of white space", signed, "pass", []string{"v=DKIM1; p=" + p[:50] + " \t" + p[50:]}},
		{"a key without version and type", signed, "pass", []string{"p=" + p}},
		{"an RSAPublicKey", signed, "pass", []string{"p=" + base64.StdEncoding.EncodeToString(block.Bytes)}},
		{"another record beside it", signed, "pass", []string{"some note", good}},
		{"a key that is not for mail", signed, "permerror (the key is not for mail)", []string{good + "; s=web"}},
		{"a key that is for mail, too", signed, "pass", []string{good + "; s=web:email"}},
		{"a key for another hash", signed, "permerror (the key is not for this hash)", []string{good + "; h=sha1"}},
		{"a key of another version", signed, "permerror (the key record is of another version)", []string{"v=DKIM2; p=" + p}},
		{"no key record", signed, "permerror (the key record is no tag list)", []string{"some note"}},
		{"a key that is none", signed, "permerror (the key is no RSA key)", []string{"v=DKIM1; p=AAAA"}},
		{"another key", signed, "fail (the signature does not fit the header)", []string{must(signature.Record(shortKey()))}},
		{"a key for trying", signed, "pass", []string{good + "; t=y"}},

		{"E03_512_bits", signed, "permerror (an RSA key of 512 bits: 1024 to 8192 are taken)", []string{modulus(512, 65537)}},
		{"E03_768_bits", signed, "permerror (an RSA key of 768 bits: 1024 to 8192 are taken)", []string{modulus(768, 65537)}},
		{"E03_1023_bits", signed, "permerror (an RSA key of 1023 bits: 1024 to 8192 are taken)", []string{modulus(1023, 65537)}},
		{"E03_16384_bits", signed, "permerror (an RSA key of 16384 bits: 1024 to 8192 are taken)", []string{modulus(16384, 65537)}},
		{"E03_a_huge_exponent", signed, "permerror (an RSA key with an exponent that is none)", []string{modulus(2048, 1<<40+1)}},
		{"E03_an_exponent_of_one", signed, "permerror (an RSA key with an exponent that is none)", []string{modulus(2048, 1)}},
		{"E03_an_even_exponent", signed, "permerror (an RSA key with an exponent that is none)", []string{modulus(2048, 65536)}},
		{"E03_a_record_of_64_kB", signed, "permerror (the key record is too long)", []string{"v=DKIM1; p=" + strings.Repeat("A", 64000)}},

		{"E04_an_empty_key", signed, "permerror (the key was revoked)", []string{"v=DKIM1; p="}},
		{"E04_a_wrong_type", signed, "permerror (the key is of a type that nobody knows)", []string{"v=DKIM1; k=dsa; p=" + p}},
		{"E04_an_RSA_key_said_to_be_Ed25519", signed, "permerror (the key is no Ed25519 key)", []string{"v=DKIM1; k=ed25519; p=" + p}},
		{"E04_strict_and_the_domain_itself", signed, "pass", []string{good + "; t=s"}},
		{"E04_strict_and_an_identity_below", below, "permerror (the key is not for domains below d=)", []string{good + "; t=y:s"}},
		{"E04_an_identity_below", below, "pass", []string{good}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dns := &filtertest.DNS{TXT: map[string][]string{"sel._domainkey.example.org": c.records}}
			r := run(t, c.raw, dns)
			if got := results(r); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if strings.Contains(c.name, "trying") != strings.Contains(names(r), "DKIM_TESTING") {
				if !strings.Contains(c.records[0], "t=y") {
					t.Errorf("symbols %s", names(r))
				}
			}
		})
	}
}

// TestTheDNSDoesNotAnswer is C16 for DKIM.
func TestTheDNSDoesNotAnswer(t *testing.T) {
	for name, kind := range map[string]string{"C16_time_out": "timeout", "C16_servfail": "servfail"} {
		t.Run(name, func(t *testing.T) {
			dns := zone()
			dns.Fail["sel._domainkey.example.org"] = kind
			r := run(t, sign(t, letter, signing{}), dns)
			if got := results(r); got != "temperror (the DNS does not give the key)" {
				t.Errorf("got %s", got)
			}
			if names(r) != "DKIM_TEMPERROR" || score("DKIM_TEMPERROR") != 0 {
				t.Errorf("symbols %s, score %v", names(r), score("DKIM_TEMPERROR"))
			}
		})
	}
}

func score(name string) float64 {
	for _, s := range Spec.Symbols {
		if s.Name == name {
			return s.Score
		}
	}
	return -1
}

// TestManySignatures counts what a message full of signatures makes us do.
func TestManySignatures(t *testing.T) {
	t.Run("E05_five_hundred_signatures", func(t *testing.T) {
		raw := letter
		one := sign(t, letter, signing{})
		field := one[:len(one)-len(letter)]
		raw = strings.Repeat(strings.Replace(field, "b=", "b=AAAA", 1), 500) + raw
		dns := zone()
		r := run(t, raw, dns)
		if len(r.Auth) != 9 || r.Auth[8].Value != filters.PermError || r.Auth[8].Reason != "492 more signatures were not looked at" {
			t.Errorf("%d results, the last %+v", len(r.Auth), r.Auth[len(r.Auth)-1])
		}
		if !strings.Contains(names(r), "DKIM_MANY") {
			t.Errorf("symbols %s", names(r))
		}
		if n := dns.Queries(); n > 8 {
			t.Errorf("%d questions to the DNS", n)
		}
	})
	t.Run("E05_nothing_is_asked_for_what_is_malformed", func(t *testing.T) {
		dns := zone()
		for _, tags := range []map[string]string{{"h": "From" + strings.Repeat(":a", 10000)}, {"h": "To"}, {"a": "rsa-sha1"}, {"bh": "AAAA"}, {"x": at(-time.Hour)}, {"l": "3"}} {
			run(t, sign(t, letter, signing{tags: tags}), dns)
		}
		if n := dns.Queries(); n != 0 {
			t.Errorf("%d questions to the DNS", n)
		}
	})
	t.Run("E05_half_a_million_fields", func(t *testing.T) {
		raw := sign(t, letter, signing{tags: map[string]string{"h": "From:To:Subject:Date" + strings.Repeat(":a", 500)}})
		began := time.Now()
		run(t, strings.Repeat("a:\r\n", 200_000)+raw, zone())
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v", took) // a hang, or quadratic
		}
	})
}

func TestOfflineAndWithoutMail(t *testing.T) {
	f := filtertest.New(t, Spec, "", filters.Env{Offline: true, Resolver: zone(), Clock: filtertest.Clock(filtertest.Now)})
	r, err := f.Check(t.Context(), load(sign(t, letter, signing{})), filters.Findings{})
	if err != nil || len(r.Hits)+len(r.Auth) != 0 {
		t.Errorf("offline: %+v %v", r, err)
	}
}

func TestPrefetchAsksForAllKeysOnce(t *testing.T) {
	f := filtertest.New(t, Spec, "", filters.Env{Clock: filtertest.Clock(filtertest.Now)}).(*filter)
	raw := sign(t, sign(t, letter, signing{}), signing{tags: map[string]string{"d": "list.example"}})
	raw = sign(t, raw, signing{tags: map[string]string{"a": "rsa-sha1", "d": "old.example"}})
	var got []string
	for _, q := range f.Prefetch(filters.Header, load(raw)) {
		got = append(got, q.Name)
	}
	if strings.Join(got, " ") != "sel._domainkey.list.example sel._domainkey.example.org" {
		t.Errorf("asks for %q", got)
	}
	if q := f.Prefetch(filters.Sender, load(raw)); q != nil {
		t.Errorf("at MAIL: %v", q)
	}
}
