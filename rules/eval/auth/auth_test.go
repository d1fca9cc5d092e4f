package auth

import (
	"errors"
	"testing"
	"time"

	"weir/message"
	"weir/rules/eval"
	"weir/rules/view"
)

// checked is a mail from ann@shop.example that news.example and shop.example signed, the latter in vain.
func checked(results []view.Auth, symbols ...string) *view.Mail {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("Return-Path: <bounce@shop.example>\nFrom: Ann <ann@shop.example>\n\nx\n"))
	facts := view.Facts{
		Symbol: func(name string) (n int) {
			for _, s := range symbols {
				if s == name {
					n++
				}
			}
			return n
		},
		Auth: func() []view.Auth { return results },
	}
	return view.New(m, view.NewSettings(), facts, time.Unix(1e9, 0))
}

// unchecked is the same mail where no filter ran.
func unchecked() *view.Mail {
	m := checked(nil)
	m.Facts = view.Facts{}
	return m
}

var signatures = []view.Auth{
	{Method: "dkim", Value: "pass", Domain: "news.example", Signer: "@mail.news.example"},
	{Method: "dkim", Value: "fail", Domain: "shop.example"},
	{Method: "dmarc", Value: "fail", Domain: "shop.example"},
}

func call(t *testing.T, lines [][2]string, m *view.Mail, name string, args ...string) int {
	t.Helper()
	r := New()
	for _, l := range lines {
		if known, err := r.Set(l[0], l[1]); !known || err != nil {
			t.Fatalf("%v: known %v, %v", l, known, err)
		}
	}
	check, err := r.Bind(eval.Call{Name: name, Args: args})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return check(m)
}

func TestFunctionsSayWhatTheFiltersFound(t *testing.T) {
	m := checked(signatures, "SPF_PASS", "SPF_HELO_FAIL", "DMARC_FAIL_QUARANTINE", "DKIM_TESTING")
	for _, c := range []struct {
		name string
		args []string
		want int
	}{
		{"check_for_spf_pass", nil, 1},
		{"check_for_spf_fail", nil, 0},
		{"check_for_spf_helo_fail", nil, 1},
		{"check_for_spf_helo_pass", nil, 0},
		{"check_spf_skipped_noenvfrom", nil, 0},
		{"check_dmarc_quarantine", nil, 1},
		{"check_dmarc_pass", nil, 0},
		{"check_dkim_signed", nil, 1},
		{"check_dkim_signed", []string{"shop.example"}, 1},
		{"check_dkim_valid", nil, 1},
		{"check_dkim_valid", []string{"shop.example"}, 0},
		{"check_dkim_valid", []string{"other.example", "*.news.example"}, 1},
		{"check_dkim_valid", []string{"news.example"}, 0},
		{"check_dkim_valid_author_sig", nil, 0},
		{"check_dkim_valid_envelopefrom", nil, 0},
		{"check_dkim_dependable", nil, 1},
		{"check_dkim_testing", nil, 1},
		{"check_arc_signed", nil, 0},
		{"check_authres_result", []string{"dkim", "pass"}, 1},
		{"check_authres_result", []string{"dkim", "fail"}, 0},
		{"check_authres_result", []string{"dmarc", "FAIL"}, 1},
		{"check_authres_result", []string{"spf", "missing"}, 1},
	} {
		if got := call(t, nil, m, c.name, c.args...); got != c.want {
			t.Errorf("%s(%v): got %d, want %d", c.name, c.args, got, c.want)
		}
		if got := call(t, nil, unchecked(), c.name, c.args...); got != 0 {
			t.Errorf("%s(%v): got %d where nothing was checked", c.name, c.args, got)
		}
	}
}

func TestTheAuthorsOwnSignature(t *testing.T) {
	own := []view.Auth{{Method: "dkim", Value: "pass", Domain: "Shop.example"}}
	if call(t, nil, checked(own), "check_dkim_valid_author_sig") != 1 || call(t, nil, checked(own), "check_dkim_valid_envelopefrom") != 1 {
		t.Error("it is not found")
	}
}

func TestWelcomeIsForThoseWhoAreProved(t *testing.T) {
	own := []view.Auth{{Method: "dkim", Value: "pass", Domain: "shop.example"}}
	for _, c := range []struct {
		name  string
		lines [][2]string
		mail  *view.Mail
		call  string
		want  int
	}{
		{"SPF passes for the envelope's sender", [][2]string{{"whitelist_from_spf", "*@shop.example"}}, checked(nil, "SPF_PASS"), "check_for_spf_whitelist_from", 1},
		{"SPF does not pass", [][2]string{{"welcomelist_from_spf", "*@shop.example"}}, checked(nil, "SPF_NONE"), "check_for_spf_welcomelist_from", 0},
		{"SPF passes for HELO only", [][2]string{{"welcomelist_from_spf", "*@shop.example"}}, checked(nil, "SPF_HELO_PASS"), "check_for_spf_welcomelist_from", 0},
		{"taken out again", [][2]string{{"welcomelist_from_spf", "*@shop.example"}, {"unwelcomelist_from_spf", "*@shop.example"}}, checked(nil, "SPF_PASS"), "check_for_spf_welcomelist_from", 0},
		{"welcome however proved", [][2]string{{"welcomelist_auth", "*@shop.example"}}, checked(nil, "SPF_PASS"), "check_for_spf_welcomelist_from", 1},
		{"another list", [][2]string{{"def_welcomelist_auth", "*@shop.example"}}, checked(nil, "SPF_PASS"), "check_for_spf_welcomelist_from", 0},
		{"by default", [][2]string{{"def_welcomelist_auth", "*@shop.example"}}, checked(nil, "SPF_PASS"), "check_for_def_spf_welcomelist_from", 1},
		{"the author's own signature", [][2]string{{"welcomelist_from_dkim", "*@shop.example"}}, checked(own), "check_for_dkim_welcomelist_from", 1},
		{"the author's signature fails", [][2]string{{"welcomelist_from_dkim", "*@shop.example"}}, checked(signatures), "check_for_dkim_welcomelist_from", 0},
		{"another's signature", [][2]string{{"welcomelist_from_dkim", "*@shop.example mail.news.example"}}, checked(signatures), "check_for_dkim_welcomelist_from", 1},
		{"another's signature, from below", [][2]string{{"welcomelist_from_dkim", "*@shop.example *.news.example"}}, checked(signatures), "check_for_dkim_welcomelist_from", 1},
		{"another's signature is taken out", [][2]string{{"def_welcomelist_from_dkim", "*@shop.example mail.news.example"}, {"unwelcomelist_from_dkim", "*@shop.example mail.news.example"}}, checked(signatures), "check_for_def_dkim_welcomelist_from", 0},
		{"the author's signature, however proved", [][2]string{{"def_whitelist_auth", "ann@shop.example"}}, checked(own), "check_for_def_dkim_whitelist_from", 1},
		{"nothing was checked", [][2]string{{"welcomelist_from_dkim", "*@shop.example"}}, unchecked(), "check_for_dkim_welcomelist_from", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := call(t, c.lines, c.mail, c.call); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestWhatIsNotTaken(t *testing.T) {
	r := New()
	for _, l := range [][2]string{{"welcomelist_from_spf", ""}, {"welcomelist_from_dkim", ""}, {"welcomelist_from_dkim", "a b c"}} {
		if known, err := r.Set(l[0], l[1]); !known || err == nil {
			t.Errorf("%v: known %v, %v", l, known, err)
		}
	}
	if known, _ := r.Set("welcomelist_from", "x"); known {
		t.Error("another room's line is taken")
	}
	var off *eval.Off
	if _, err := r.Bind(eval.Call{Name: "check_dkim_adsp", Args: []string{"A"}}); !errors.As(err, &off) {
		t.Errorf("got %v", err)
	}
	for _, name := range []string{"check_for_spf_magic", "check_dmarc_magic", "other"} {
		if _, err := r.Bind(eval.Call{Name: name}); !errors.Is(err, eval.ErrUnknown) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := r.Bind(eval.Call{Name: "check_authres_result", Args: []string{"dkim"}}); err == nil {
		t.Error("a call without a result is taken")
	}
}
