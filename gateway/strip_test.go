package gateway

import (
	"bytes"
	"strings"
	"testing"

	"weir/message"
)

// TestOurNameInOtherClothes: whoever reads the name of a results field too kindly must not find ours.
func TestOurNameInOtherClothes(t *testing.T) {
	s := newStripper(nil, "mx.b.example")
	for value, want := range map[string]bool{
		"mx.b.example; dmarc=pass":           true,
		"mx . b . example; dmarc=pass":       true,
		"mx(x).b.example; dmarc=pass":        true,
		"mx.(a(b)c)b.example; dmarc=pass":    true,
		`"mx".b.example; dmarc=pass`:         true,
		`mx\.b.example; dmarc=pass`:          true,
		"mx.\x00b.example; dmarc=pass":       true,
		"\u00a0mx.b.exa\u200bmple; spf=pass": true,
		"mx.b.example":                       true,
		"mx.b.example.evil.test; spf=pass":   false,
		"evil.test (mx.b.example); spf=pass": false,
		"evil.test; mx.b.example":            false,
		"mx.c.example; dmarc=pass":           false,
		"(mx.b.example":                      false,
		"":                                   false,
	} {
		if got := s.ours(value); got != want {
			t.Errorf("E15_%q: %v", value, got)
		}
	}
}

// TestForgedFieldsBehindTheLimit puts forged fields where no filter reads any more; they go all the same, and nothing else.
func TestForgedFieldsBehindTheLimit(t *testing.T) {
	const forged = "authentication-results: mx.b.example; dmarc=pass\r\n"
	const limit = 100
	snap := &Snapshot{Settings: Settings{Headers: HeaderNames{}}, strip: newStripper([]string{"x-spam-*"}, "mx.b.example")}
	for _, c := range []struct{ name, head, want string }{
		{"E15_a_forged_field_far_behind", strings.Repeat("X: y\r\n", 100) + forged + "Y: z\r\n", strings.Repeat("X: y\r\n", 100) + "Y: z\r\n"},
		{"E15_before_and_behind", forged + strings.Repeat("X: y\r\n", 100) + forged + forged, strings.Repeat("X: y\r\n", 100)},
		{"E15_behind_one_long_field", "X: " + strings.Repeat("y\r\n ", 100) + "\r\n" + forged, "X: " + strings.Repeat("y\r\n ", 100) + "\r\n"},
		{"E15_across_the_limit", "X: " + strings.Repeat("y", limit-40) + "\r\n" + forged + "Y: z\r\n", "X: " + strings.Repeat("y", limit-40) + "\r\nY: z\r\n"},
		{"E15_across_the_limit_with_its_name_before", "X: " + strings.Repeat("y", limit-60) + "\r\n" + forged + "Y: z\r\n", "X: " + strings.Repeat("y", limit-60) + "\r\nY: z\r\n"},
		{"E15_across_the_limit_in_its_name", "X: " + strings.Repeat("y", limit-15) + "\r\n" + forged + "Y: z\r\n", "X: " + strings.Repeat("y", limit-15) + "\r\nY: z\r\n"},
		{"E16_a_forged_verdict", strings.Repeat("X: y\r\n", 100) + "X-Spam-Status: No\r\n", strings.Repeat("X: y\r\n", 100)},
		{"E15_results_of_others_stay", strings.Repeat("X: y\r\n", 100) + "Authentication-Results: c.example; spf=pass\r\n", strings.Repeat("X: y\r\n", 100) + "Authentication-Results: c.example; spf=pass\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := message.Options{Strip: snap.strip.forged}
			opts.Limits.HeaderBytes = limit
			m := message.New(message.Envelope{}, opts)
			m.Load([]byte(c.head + "\r\n" + forged))
			g := Group{Edits: append(removals(m), snap.strip.beyond(m)...)}
			out := &Outcome{Message: m}
			if got := string(bytes.Join(out.Chunks(&g), nil)); got != c.want+"\r\n"+forged {
				t.Errorf("got\n%q, want\n%q", got, c.want+"\r\n"+forged)
			}
		})
	}
}

// TestForgedFieldsWhereverTheLimitFalls has the limit fall at every byte of a header.
func TestForgedFieldsWhereverTheLimitFalls(t *testing.T) {
	const head = "Subject: x\r\nAuthentication-Results: mx.b.example;\r\n dmarc=pass\r\nX-Spam-Flag : NO\r\nTo: b\r\nX-Spam-Flag: NO\r\n"
	strip := newStripper([]string{"x-spam-*"}, "mx.b.example")
	for limit := 1; limit <= len(head)+10; limit++ {
		opts := message.Options{Strip: strip.forged}
		opts.Limits.HeaderBytes = limit
		m := message.New(message.Envelope{}, opts)
		m.Load([]byte(head + "\r\nbody\r\n"))
		out := &Outcome{Message: m}
		g := Group{Edits: append(removals(m), strip.beyond(m)...)}
		if got := string(bytes.Join(out.Chunks(&g), nil)); got != "Subject: x\r\nTo: b\r\n\r\nbody\r\n" {
			t.Errorf("E15_limit_%d: %q", limit, got)
		}
	}
}
