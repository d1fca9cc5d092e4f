package chain

import (
	"context"
	rand2 "crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/message/header"
	"weir/message/signature"
)

func TestAChainHolds(t *testing.T) {
	z := zone{}
	a, b, c := station(t, "a.example", z), station(t, "b.example", z), station(t, "C.example", z)
	if v := verify(letter, z.lookup); v.Status != None {
		t.Errorf("without a chain: %+v", v)
	}
	mail := letter
	for n, step := range []struct {
		by     *Signer
		change func(string) string
		oldest int
	}{{a, nil, 0}, {b, nil, 0}, {c, footer, 3}, {a, nil, 3}, {b, tag, 5}} {
		mail = step.by.pass(t, mail, z, step.change)
		want := Verdict{Status: Pass, Oldest: step.oldest}
		if got := verify(mail, z.lookup); got != want {
			t.Fatalf("after %d stations: %+v, want %+v\n%s", n+1, got, want, mail)
		}
	}
	h, _ := header.Parse([]byte(mail), 0, nil)
	if got := strings.TrimSpace(Read(h.Fields).Newest().Payload()); !strings.HasPrefix(got, "b.example;") {
		t.Errorf("payload %q", got)
	}
}

// TestChangesBreakTheChain changes a mail of two stations in each way that a sender might try.
func TestChangesBreakTheChain(t *testing.T) {
	z := zone{}
	a, b := station(t, "a.example", z), station(t, "b.example", z)
	mail := b.pass(t, a.pass(t, letter, z, nil), z, footer)
	replace := func(old, new string, n int) string {
		out := mail
		for i, at := 0, 0; i < n; i++ { // the n-th
			j := strings.Index(out[at:], old)
			if j < 0 {
				t.Fatalf("there is no %q", old)
			}
			if at += j; i == n-1 {
				out = out[:at] + new + out[at+len(old):]
			}
			at += len(old)
		}
		return out
	}
	h, _ := header.Parse([]byte(mail), 0, nil)
	field := func(i int) string { return string(h.Fields[i].Raw) }
	if v := verify(mail, z.lookup); v.Status != Pass {
		t.Fatalf("unchanged: %+v", v)
	}
	for name, c := range map[string]struct{ mail, why string }{
		"another author":                   {replace("Ann <ann@", "Bob <bob@", 1), "set 2: arc-message-signature"},
		"a second author":                  {"From: bob@bank.example\r\n" + mail, "set 2: arc-message-signature"},
		"another body":                     {replace("noon", "ten", 1), "set 2: arc-message-signature: the body"},
		"other results of the newest":      {replace("dmarc=pass", "dmarc=fail", 1), "set 2: arc-seal"},
		"other results of the oldest":      {replace("header.from=example.org", "header.from=bank.example", 2), "set 2: arc-seal"},
		"E17_the_newest_set_is_missing":    {strings.Join([]string{field(3), field(4), field(5), mail[len(field(0)+field(1)+field(2)+field(3)+field(4)+field(5)):]}, ""), "set 1: arc-message-signature: the body"},
		"E17_a_gap":                        {strings.NewReplacer(field(3), "", field(4), "", field(5), "").Replace(mail), "set 1 is not complete"},
		"E17_two_instances":                {field(0) + mail, "set 2 has two seals"},
		"E17_two_instances_of_the_results": {field(5) + mail, "set 1 has two results"},
		"E17_two_instances_of_the_message": {field(1) + mail, "set 2 has two message signatures"},
		"E17_two_whole_sets":               {field(3) + field(4) + field(5) + mail, "set 1 has two seals"},
		"E17_cv_none_then_none":            {replace("cv=pass", "cv=none", 1), "set 2: the seal does not say"},
		"E17_cv_pass_from_the_first_on":    {replace("cv=none", "cv=pass", 1), "set 1: the seal does not say"},
		"E17_cv_fail_then_pass":            {replace("cv=none", "cv=fail", 1), "set 1: the chain was sealed as failed"},
		"E17_i_51":                         {replace("i=2;", "i=51;", 1), "a field without a number"},
		"E17_i_0":                          {replace("i=2;", "i=0;", 1), "a field without a number"},
		"E17_i_of_many_digits":             {replace("i=2;", "i="+strings.Repeat("0", 90)+"2;", 1), "a field without a number"},
		"results without a number":         {replace("i=2; b.example", "b.example; i=2", 1), "a set of results without a number"},
		"a seal that lists fields":         {replace("cv=pass;", "cv=pass; h=from;", 1), "set 2: the seal lists fields"},
		"a signature without From":         {replace("from:from:", "", 1), "set 2: the message signature does not sign From"},
		"a signature of a seal":            {replace("from:from:", "from:arc-seal:", 1), "set 2: the message signature signs a seal"},
		"E07_a_quote_in_d":                 {replace("d=b.example", "d=b\".example", 1), "arc-seal: tag d= is no name"},
		"E07_nul_in_s":                     {replace("s=k1", "s=k\x001", 1), "arc-seal: control characters"},
	} {
		t.Run(name, func(t *testing.T) {
			if v := verify(c.mail, z.lookup); v.Status != Fail || !strings.HasPrefix(v.Why, c.why) {
				t.Errorf("%+v, want fail: %s\n%s", v, c.why, c.mail)
			}
		})
	}
}

// TestTooLongAChain: fifty sets are read, no more.
func TestTooLongAChain(t *testing.T) {
	z := zone{}
	s := station(t, "a.example", z)
	mail := letter
	for range MaxSets {
		mail = s.pass(t, mail, z, nil)
	}
	t.Run("fifty sets hold", func(t *testing.T) {
		if v := verify(mail, z.lookup); v.Status != Pass || v.Oldest != MaxSets-maxOlder {
			t.Errorf("%+v", v)
		}
	})
	t.Run("E17_nobody_adds_a_51st", func(t *testing.T) {
		if set := s.sealed(t, mail, Pass); set != "" {
			t.Errorf("sealed:\n%s", set)
		}
	})
	t.Run("E17_i_51_spoils_the_chain", func(t *testing.T) {
		for _, i := range []string{"51", "051", "99", "4294967297"} {
			more := strings.ReplaceAll(mail[:strings.Index(mail, "i=49;")], "i=50;", "i="+i+";") + mail
			if v := verify(more, z.lookup); v.Status != Fail {
				t.Errorf("i=%s: %+v", i, v)
			}
		}
	})
	t.Run("more fields than fifty sets have are not read", func(t *testing.T) {
		h, _ := header.Parse([]byte(strings.Repeat("ARC-Seal: i=1\r\n", 100_000)+mail), 0, nil)
		if c := Read(h.Fields); c.Broken != "more than 50 sets" || len(c.Sets) != 0 {
			t.Errorf("%q, %d sets", c.Broken, len(c.Sets))
		}
	})
	t.Run("nor are huge ones", func(t *testing.T) {
		h, _ := header.Parse([]byte("ARC-Authentication-Results: i=1; "+strings.Repeat("x", maxSize)+"\r\n"+letter), 0, nil)
		if c := Read(h.Fields); !strings.HasPrefix(c.Broken, "its fields are larger") || len(c.Sets) != 0 {
			t.Errorf("%q, %d sets", c.Broken, len(c.Sets))
		}
	})
}

func TestSealingAFailedChain(t *testing.T) {
	z := zone{}
	a, b := station(t, "a.example", z), station(t, "b.example", z)
	broken := footer(a.pass(t, letter, z, nil))
	once := b.pass(t, broken, z, nil)
	if !strings.Contains(once, "i=2; a=rsa-sha256; cv=fail;") {
		t.Errorf("no cv=fail in\n%s", once)
	}
	if v := verify(once, z.lookup); v.Status != Fail || v.Why != "set 2: the chain was sealed as failed" {
		t.Errorf("%+v", v)
	}
	if set := a.sealed(t, once, Fail); set != "" {
		t.Errorf("E17: sealed again:\n%s", set)
	}
	h, _ := header.Parse([]byte(once), 0, nil)
	own := Read(h.Fields).Newest()
	key, _ := signature.ParseKey(z["k1._domainkey.b.example"])
	if err := key.Verify(sealed(nil, own.Results.Raw, own.Message.Raw, own.Seal), own.Seal.Value); err != nil {
		t.Errorf("the seal is not over its own set alone (RFC 8617 section 5.1.2): %v", err)
	}
}

func TestNoSealWhereItWouldSaySomethingElse(t *testing.T) {
	z := zone{}
	a := station(t, "a.example", z)
	once := a.pass(t, letter, z, nil)
	for name, c := range map[string]struct {
		mail   string
		status Status
	}{
		"nobody knows whether it holds":   {once, Unknown},
		"a chain appeared":                {once, None},
		"the chain is gone":               {letter, Pass},
		"the chain that passed is broken": {strings.Replace(once, "ARC-Seal", "X-Seal", 1), Pass},
	} {
		t.Run(name, func(t *testing.T) {
			if set := a.sealed(t, c.mail, c.status); set != "" {
				t.Errorf("sealed:\n%s", set)
			}
		})
	}
}

func TestKeysThatCanNotBeHad(t *testing.T) {
	z := zone{}
	a, b := station(t, "a.example", z), station(t, "b.example", z)
	mail := b.pass(t, a.pass(t, letter, z, nil), z, nil)
	down := func(name string) LookupTXT {
		return func(ctx context.Context, asked string) ([]string, error) {
			if asked == name {
				return nil, &net.DNSError{Err: "server misbehaving", Name: asked, IsTemporary: true}
			}
			return z.lookup(ctx, asked)
		}
	}
	for name, c := range map[string]struct {
		mail   string
		lookup LookupTXT
		want   Verdict
	}{
		"C16_a_seal_is_not_known_to_be_bad": {mail, down("k1._domainkey.a.example"), Verdict{Status: Unknown, Why: "set 1: arc-seal: the key can't be had now"}},
		"C16_nor_is_the_newest":             {mail, down("k1._domainkey.b.example"), Verdict{Status: Unknown, Why: "set 2: arc-message-signature: the key can't be had now"}},
		"C16_what_is_bad_stays_bad":         {footer(mail), down("k1._domainkey.a.example"), Verdict{Status: Fail, Why: "set 2: arc-message-signature: the body was changed"}},
		"a key that is not there":           {mail, zone{"k1._domainkey.b.example": z["k1._domainkey.b.example"]}.lookup, Verdict{Status: Fail, Why: "set 1: arc-seal: there is no key record"}},
	} {
		t.Run(name, func(t *testing.T) {
			if v := verify(c.mail, c.lookup); v != c.want {
				t.Errorf("%+v, want %+v", v, c.want)
			}
		})
	}
}

// TestKeysAreAskedForOnceAndAtOnce: however many sets, each name is one question, and slow ones do not add up.
func TestKeysAreAskedForOnceAndAtOnce(t *testing.T) {
	z := zone{}
	mail := letter
	for n := range 12 {
		mail = station(t, fmt.Sprintf("s%d.example", n%6), z).pass(t, mail, z, nil)
	}
	var asked, now, most atomic.Int32
	v := verify(mail, func(ctx context.Context, name string) ([]string, error) {
		asked.Add(1)
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
		return z.lookup(ctx, name)
	})
	if v.Status != Pass || asked.Load() != 6 || most.Load() < 2 {
		t.Errorf("%+v; %d questions, at most %d at once", v, asked.Load(), most.Load())
	}
}

func TestALookupThatPanicsDoesSoWhereItCanBeCaught(t *testing.T) {
	z := zone{}
	mail := station(t, "b.example", z).pass(t, station(t, "a.example", z).pass(t, letter, z, nil), z, nil)
	defer func() {
		if p := recover(); p != "no DNS" {
			t.Errorf("recovered %v", p)
		}
	}()
	verify(mail, func(context.Context, string) ([]string, error) { panic("no DNS") })
}

func TestSignersThatAreNone(t *testing.T) {
	for name, c := range map[string]struct{ domain, selector, field string }{
		"no domain":        {"", "k1", "From"},
		"an odd domain":    {"a b.example", "k1", "From"},
		"an odd selector":  {"a.example", "k;1", "From"},
		"From is missing":  {"a.example", "k1", "To"},
		"a seal is signed": {"a.example", "k1", "ARC-Seal"},
		"an odd field":     {"a.example", "k1", "From:To"},
	} {
		if _, err := NewSigner(keyOnce(), c.domain, c.selector, []string{c.field}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	z := zone{}
	s := station(f, "a.example", z)
	once := s.pass(f, letter, z, nil)
	f.Add([]byte(once))
	f.Add([]byte(s.pass(f, once, z, footer)))
	f.Add([]byte("ARC-Seal: i=1\r\nARC-Authentication-Results: i = 1;\r\narc-message-signature: i=2;;\r\n\r\n"))
	f.Fuzz(func(t *testing.T, mail []byte) {
		h, body := header.Parse(mail, 0, nil)
		c := Read(h.Fields)
		if len(c.Sets) > MaxSets || c.Last > MaxSets {
			t.Errorf("%d sets, the last is %d", len(c.Sets), c.Last)
		}
		v := c.Verify(context.Background(), signature.NewBody(mail[body:]), z.lookup, noon)
		if v.Status == Pass && (c.Newest().Seal.Domain != "a.example" || c.Ended) || (v.Status == None) != c.Empty() {
			t.Errorf("%+v of %+v", v, c)
		}
	})
}

// TestWhatIsSealedHolds changes a byte here and there, and seals what comes out: only a chain that failed fails.
func TestWhatIsSealedHolds(t *testing.T) {
	z := zone{}
	s := station(t, "a.example", z)
	mail := s.pass(t, letter, z, nil)
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[Status]int{}
	for range 300 {
		changed := []byte(mail)
		changed[random.IntN(len(changed))] = "\r\n:;= aA1\x00"[random.IntN(10)]
		status := verify(string(changed), z.lookup).Status
		set := s.sealed(t, string(changed), status)
		if set == "" {
			continue
		}
		seen[status]++
		want := Pass
		if status == Fail {
			want = Fail
		}
		if v := verify(set+string(changed), z.lookup); v.Status != want {
			t.Errorf("a chain that was %s gives %+v\n%q", status, v, set+string(changed))
		}
	}
	if seen[Pass] < 5 || seen[Fail] < 50 {
		t.Errorf("chains that were sealed: %v", seen)
	}
}

// The benchmarks use RSA keys of 2048 bits, and a mail of 6 kB.
func bench(b *testing.B, sets int) (s *Signer, z zone, mail string) {
	b.Helper()
	key, err := rsa.GenerateKey(rand2.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	z = zone{}
	mail = letter + strings.Repeat("The quick brown fox jumps over the lazy dog.\r\n", 120)
	s = stationWith(b, key, "a.example", z)
	for range sets {
		mail = s.pass(b, mail, z, nil)
	}
	return s, z, mail
}

func BenchmarkVerify(b *testing.B) {
	for _, sets := range []int{0, 1, 3} {
		_, z, mail := bench(b, sets)
		h, body := header.Parse([]byte(mail), 0, nil)
		b.Run(fmt.Sprintf("sets=%d", sets), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if v := Read(h.Fields).Verify(b.Context(), signature.NewBody([]byte(mail)[body:]), z.lookup, noon); v.Status == Fail {
					b.Fatal(v)
				}
			}
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	s, _, mail := bench(b, 0)
	h, body := header.Parse([]byte(mail), 0, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Seal(h.Fields, signature.NewBody([]byte(mail)[body:]), None, "a.example; none", noon); err != nil {
			b.Fatal(err)
		}
	}
}
