package gateway

import (
	"context"
	"strings"
	"testing"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// given judges as doors do whose clients send a mail in one piece.
func given(t *testing.T, g *Gateway, env *message.Envelope, raw string, use func(*Outcome)) *Refusal {
	t.Helper()
	return g.Judge(context.Background(), env, []byte(raw), use)
}

func TestMailThatIsDeliveredAnywayIsMarked(t *testing.T) {
	for score, want := range map[float64]string{20: "X-Spam-Flag: YES\r\n", 6: "X-Spam-Flag: YES\r\n", 1: ""} {
		h := newHouse()
		h.add(filters.Spec{Name: "r", Stage: filters.Data}, hit("R"), map[string]float64{"R": score})
		g, _ := h.open(t)
		given(t, g, &message.Envelope{Client: client}, "X-Spam-Flag: NO\r\n"+plain, func(o *Outcome) {
			before := o.Groups[0].Decision.Action
			got := join(o.Chunks(o.Tagged(&o.Groups[0])))
			if strings.Contains(got, "X-Spam-Flag: NO") || strings.Contains(got, "X-Spam-Flag: YES") != (want != "") || !strings.Contains(got, want) {
				t.Errorf("score %v: got\n%s", score, got)
			}
			if o.Groups[0].Decision.Action != before || (score == 20) != (before == scoring.Reject) {
				t.Errorf("score %v: the decision is %s", score, o.Groups[0].Decision.Action)
			}
		})
	}
}

func TestMailThatWasRefusedEarlyIsMarkedToo(t *testing.T) {
	h := newHouse()
	h.add(filters.Spec{Name: "r", Stage: filters.Connect}, hit("R"), map[string]float64{"R": 3})
	h.settings.RefuseOn = []string{"R"}
	g, _ := h.open(t)
	refusal := given(t, g, &message.Envelope{Client: client}, plain, func(*Outcome) { t.Error("it was judged") })
	if refusal == nil {
		t.Fatal("not refused")
	}
	got := join(g.TagRefused([]byte("X-Spam-Status: No\r\n"+plain), refusal))
	if !strings.Contains(got, "X-Spam-Flag: YES\r\n") || !strings.Contains(got, "X-Spam-Status: Yes, score=3.0") ||
		strings.Contains(got, "X-Spam-Status: No") || !strings.HasSuffix(got, plain) {
		t.Errorf("got\n%s", got)
	}
}

func join(chunks [][]byte) string {
	var b strings.Builder
	for _, c := range chunks {
		b.Write(c)
	}
	return b.String()
}
