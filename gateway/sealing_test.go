package gateway

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/authres"
	"weir/message/chain"
	"weir/message/header"
	"weir/message/signature"
)

// sealer is a station, and the DNS with its key.
type sealer struct {
	signer *chain.Signer
	record string
}

func newSealer(t *testing.T, domain string) *sealer {
	t.Helper()
	text, err := os.ReadFile("../message/chain/testdata/key.pem")
	if err != nil {
		t.Fatal(err)
	}
	key, err := signature.ParsePrivate(text)
	if err != nil {
		t.Fatal(err)
	}
	s := &sealer{}
	if s.record, err = signature.Record(key); err != nil {
		t.Fatal(err)
	}
	if s.signer, err = chain.NewSigner(key, domain, "k1", nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sealer) lookup(_ context.Context, name string) ([]string, error) {
	if strings.HasPrefix(name, "k1._domainkey.") {
		return []string{s.record}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// verify verifies a mail's chain as those behind us do.
func (s *sealer) verify(mail string) chain.Verdict {
	h, body := header.Parse([]byte(mail), 0, nil)
	return chain.Read(h.Fields).Verify(context.Background(), signature.NewBody([]byte(mail)[body:]), s.lookup, time.Now())
}

// filter is the filter arc.
func (s *sealer) filter(_ context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	v := chain.Read(m.Header.Fields).Verify(context.Background(), signature.NewBody(m.Root.Raw), s.lookup, time.Now())
	return filters.Result{Auth: []filters.Auth{{Method: "arc", Value: filters.AuthValue(v.Status)}}}, nil
}

// sealingHouse is a gateway that seals and tags.
func sealingHouse(s *sealer) *house {
	h := newHouse()
	h.settings.Sealing = Sealing{Signer: s.signer, Always: true}
	h.settings.Headers.SubjectPrefix = "[SPAM]"
	h.add(filters.Spec{Name: "arc", Stage: filters.Data}, fake(s.filter), nil)
	h.add(filters.Spec{Name: "dmarc", Stage: filters.Data}, proves(filters.Auth{Method: "dmarc", Value: filters.Pass,
		Props: []filters.AuthProp{{Type: "header", Name: "from", Value: "example.org"}}}), nil)
	return h
}

func through(t *testing.T, h *house, mail string) string {
	t.Helper()
	g, _ := h.open(t)
	return content(judge(t, g, mail, "bob@example.com"), 0)
}

func TestWhatIsSentOnIsSealed(t *testing.T) {
	s := newSealer(t, "weir.example")
	for name, mail := range map[string]string{
		"a plain mail":                plain,
		"with forged fields":          "X-Spam-Flag: NO\r\nAuthentication-Results: mx.weir.example; dmarc=pass\r\n" + plain,
		"with LF alone":               strings.ReplaceAll(plain, "\r\n", "\n"),
		"that begins with a space":    " odd\r\n" + plain,
		"with two subjects":           strings.Replace(plain, "To:", "Subject: again\r\nTo:", 1),
		"without a subject":           strings.Replace(plain, "Subject: Lunch\r\n", "", 1),
		"without a body":              strings.Replace(plain, "At noon?\r\n", "", 1),
		"without an end":              strings.TrimSuffix(plain, "\r\n"),
		"with a folded, spaced field": strings.Replace(plain, "Subject: Lunch", "Subject :  Lunch \t\r\n \t  today", 1),
	} {
		t.Run(name, func(t *testing.T) {
			h := sealingHouse(s)
			h.add(filters.Spec{Name: "rule", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 6}) // tags the subject
			got := through(t, h, mail)
			if v := s.verify(got); v.Status != chain.Pass {
				t.Fatalf("%+v\n%s", v, got)
			}
			if !strings.Contains(got, "[SPAM]") || !strings.HasPrefix(got, "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=weir.example;") {
				t.Errorf("got\n%s", got)
			}
			fields, _ := header.Parse([]byte(got), 0, nil)
			results := chain.Read(fields.Fields).Newest().Payload()
			if f, err := authres.Parse(results); err != nil || f.Serv != "mx.weir.example" || f.All("dmarc") != "pass" || f.All("arc") != "none" {
				t.Errorf("results %q: %v", results, err)
			}
		})
	}
}

func TestTheSealIsOverWhatIsSentOn(t *testing.T) {
	s := newSealer(t, "weir.example")
	h := sealingHouse(s)
	h.add(filters.Spec{Name: "rule", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 6})
	got := through(t, h, plain)
	if v := s.verify(strings.Replace(got, "Subject: [SPAM] Lunch", "Subject: Lunch", 1)); v.Status != chain.Fail {
		t.Errorf("the subject as it came still fits the seal: %+v", v)
	}
}

// TestThroughSeveralGateways lets a mail pass three, of which the last finds a chain that somebody broke.
func TestThroughSeveralGateways(t *testing.T) {
	s := newSealer(t, "weir.example")
	once := through(t, sealingHouse(s), plain)
	twice := through(t, sealingHouse(s), once)
	if v := s.verify(twice); v.Status != chain.Pass || v.Oldest != 0 || !strings.HasPrefix(twice, "ARC-Seal: i=2; a=rsa-sha256; cv=pass;") {
		t.Fatalf("%+v\n%s", v, twice)
	}
	broken := through(t, sealingHouse(s), twice+"a footer\r\n")
	if v := s.verify(broken); v.Status != chain.Fail || !strings.HasPrefix(broken, "ARC-Seal: i=3; a=rsa-sha256; cv=fail;") {
		t.Fatalf("%+v\n%s", v, broken)
	}
	t.Run("E17_a_failed_chain_is_sealed_once", func(t *testing.T) {
		if again := through(t, sealingHouse(s), broken); strings.Contains(again, "i=4;") || strings.Count(again, "ARC-Seal:") != 3 {
			t.Errorf("got\n%s", again)
		}
	})
}

func TestNothingIsSealed(t *testing.T) {
	s := newSealer(t, "weir.example")
	for name, change := range map[string]func(*house){
		"without a key":               func(h *house) { h.settings.Sealing.Signer = nil },
		"of our own users":            func(h *house) { h.settings.Trusted = append(h.settings.Trusted, filters.Host(client.Addr)) },
		"where the filter arc is off": func(h *house) { h.running = h.running[1:] },
		"where the filter arc failed": func(h *house) {
			h.running[0].Filter = fake(func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
				return filters.Result{}, context.DeadlineExceeded
			})
		},
		"where the chain could not be checked": func(h *house) {
			h.running[0].Filter = proves(filters.Auth{Method: "arc", Value: filters.TempError})
		},
		"that is not let in": func(h *house) {
			h.add(filters.Spec{Name: "r", Stage: filters.Data}, hit("R"), map[string]float64{"R": 20})
		},
		"that is not changed, where only that is": func(h *house) { h.settings.Sealing.Always = false },
	} {
		t.Run(name, func(t *testing.T) {
			h := sealingHouse(s)
			change(h)
			if got := through(t, h, plain); strings.Contains(got, "ARC-") {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

func TestOnlyWhatIsChangedIsSealed(t *testing.T) {
	s := newSealer(t, "weir.example")
	for name, c := range map[string]struct {
		mail string
		tag  bool
	}{
		"a subject that is tagged":  {plain, true},
		"a field that is taken out": {"X-Spam-Flag: NO\r\n" + plain, false},
		"a mail that has a chain":   {through(t, sealingHouse(s), plain), false},
	} {
		t.Run(name, func(t *testing.T) {
			h := sealingHouse(s)
			h.settings.Sealing.Always = false
			if c.tag {
				h.add(filters.Spec{Name: "rule", Stage: filters.Data}, hit("RULE"), map[string]float64{"RULE": 6})
			}
			got := through(t, h, c.mail)
			if v := s.verify(got); v.Status != chain.Pass || strings.Count(got, "ARC-Seal:") != 1+strings.Count(c.mail, "ARC-Seal:") {
				t.Errorf("%+v\n%s", v, got)
			}
		})
	}
}
