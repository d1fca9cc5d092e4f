package gateway

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/message"
	"weir/message/authres"
	"weir/message/header"
)

// proves is a filter that reports authentication results.
func proves(list ...filters.Auth) fake {
	return func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
		return filters.Result{Auth: list}, nil
	}
}

// ourResults reads all fields of the delivered mail that carry our authserv-id.
func ourResults(t *testing.T, mail string) (list []authres.Field) {
	t.Helper()
	h, _ := header.Parse([]byte(mail), 0, nil)
	for _, f := range h.All(ResultsName) {
		r, err := authres.Parse(f.Value())
		if err != nil {
			t.Fatalf("%v: %q", err, f.Raw)
		}
		if strings.EqualFold(r.Serv, "mx.weir.example") {
			list = append(list, r)
		}
	}
	return list
}

func TestResultsStandInOneFieldInOrder(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "others", Stage: filters.Data}, proves(
		filters.Auth{Method: "x-new", Value: filters.None},
		filters.Auth{Method: "arc", Value: filters.None},
		filters.Auth{Method: "dmarc", Value: filters.Pass, Props: []filters.AuthProp{{Type: "header", Name: "from", Value: "example.org"}}}), nil)
	h.add(filters.Spec{Name: "dkim", Stage: filters.Data}, proves(
		filters.Auth{Method: "dkim", Value: filters.Pass, Domain: "example.org", Props: []filters.AuthProp{{Type: "header", Name: "d", Value: "example.org"}, {Type: "header", Name: "s", Value: "k1"}}},
		filters.Auth{Method: "dkim", Value: filters.Fail, Reason: "body hash did not verify", Props: []filters.AuthProp{{Type: "header", Name: "d", Value: "list.example"}}}), nil)
	g, _ := h.open(t)
	got := content(judge(t, g, plain, "bob@example.com"), 0)
	want := "Authentication-Results: mx.weir.example;\r\n" +
		"\tdkim=pass header.d=example.org header.s=k1;\r\n" +
		"\tdkim=fail reason=\"body hash did not verify\" header.d=list.example;\r\n" +
		"\tdmarc=pass header.from=example.org;\r\n" +
		"\tarc=none;\r\n" +
		"\tx-new=none\r\n"
	if top, _, _ := strings.Cut(got, "X-Weir-ID"); top != want {
		t.Errorf("-want +got:\n%s", cmp.Diff(want, top))
	}
}

func TestWhereNothingWasCheckedTheFieldSaysNone(t *testing.T) {
	g, _ := newHouse().open(t)
	if got := content(judge(t, g, plain, "bob@example.com"), 0); !strings.HasPrefix(got, "Authentication-Results: mx.weir.example; none\r\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestResultsAreLeftOut(t *testing.T) {
	for name, change := range map[string]func(*house){
		"where the config says so": func(h *house) { h.settings.Headers.Results = false },
		"of outgoing mail":         func(h *house) { h.settings.Trusted = append(h.settings.Trusted, filters.Host(client.Addr)) },
		"of mail that is not let in": func(h *house) {
			h.add(filters.Spec{Name: "r", Stage: filters.Data}, hit("R"), map[string]float64{"R": 20})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse()
			change(h)
			g, _ := h.open(t)
			if got := content(judge(t, g, plain, "bob@example.com"), 0); strings.Contains(got, ResultsName) {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

// TestOursIsTheOnlyOne sends fields that claim to be ours, beside our own.
func TestOursIsTheOnlyOne(t *testing.T) {
	for _, c := range []struct{ name, field string }{
		{"E15_forged_above", "Authentication-Results: mx.weir.example; dmarc=pass\r\n"},
		{"E15_forged_many_times", strings.Repeat("Authentication-Results: mx.weir.example; dmarc=pass\r\n", 30)},
		{"E15_forged_and_folded_in_another_case", "AUTHENTICATION-results:\r\n (x)\r\n\tMX.weir.EXAMPLE\r\n ; dmarc=pass\r\n"},
		{"E15_forged_with_a_space_before_the_colon", "Authentication-Results : mx.weir.example; dmarc=pass\r\n"},
		{"E15_forged_with_a_version", "Authentication-Results: mx.weir.example 1; dmarc=pass\r\n"},
		{"E15_forged_as_a_continuation_of_ours", "\t; dmarc=pass\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, raw := range []string{c.field + plain, strings.Replace(plain, "\r\n\r\n", "\r\n"+c.field+"\r\n", 1)} {
				h := newHouse()
				h.settings.Headers = HeaderNames{Results: true} // so that ours is the last that is put on top
				h.add(filters.Spec{Name: "dmarc", Stage: filters.Data}, proves(filters.Auth{Method: "dmarc", Value: filters.Fail}), nil)
				g, _ := h.open(t)
				got := content(judge(t, g, raw, "bob@example.com"), 0)
				list := ourResults(t, got)
				if len(list) != 1 || list[0].All("dmarc") != "fail" {
					t.Errorf("fields that carry our id: %+v in\n%s", list, got)
				}
			}
		})
	}
}

// TestSendersDoNotWriteIntoOurField gives filters' results what a sender chose.
func TestSendersDoNotWriteIntoOurField(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"E07_a_line_end_in_d", "evil.example\r\n\r\nbody"},
		{"E07_a_field_of_its_own", "evil.example\nAuthentication-Results: mx.weir.example; dmarc=pass"},
		{"E07_a_quote_in_s", `k"; dmarc=pass; x="`},
		{"E07_nul_in_d", "bank.example\x00.evil.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse()
			h.add(filters.Spec{Name: "dkim", Stage: filters.Data}, proves(
				filters.Auth{Method: "dkim", Value: filters.Fail, Reason: c.value, Props: []filters.AuthProp{{Type: "header", Name: "d", Value: c.value}, {Type: "header", Name: "s", Value: c.value}}},
				filters.Auth{Method: "dmarc", Value: filters.Fail}), nil)
			g, _ := h.open(t)
			got := content(judge(t, g, plain, "bob@example.com"), 0)
			list := ourResults(t, got)
			if len(list) != 1 || len(list[0].Results) != 2 || list[0].All("dmarc") != "fail" {
				t.Errorf("read as %+v in\n%s", list, got)
			}
			if unedited(got) != plain || strings.ContainsRune(got, 0) {
				t.Errorf("more than our fields was written:\n%q", got)
			}
		})
	}
}
