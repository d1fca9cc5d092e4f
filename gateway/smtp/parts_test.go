package smtp

import (
	"strings"
	"testing"

	"weir/gateway"
	"weir/message"
	"weir/scoring"
)

// withoutBody takes the body of hello out for everybody.
func withoutBody(env *message.Envelope) []gateway.Group {
	g := group(scoring.Accept, env.Rcpts...)
	from := strings.Index(hello, "body")
	g.Cuts = []gateway.Cut{{From: from, To: from + len("body"), With: []byte("gone")}}
	return []gateway.Group{g}
}

func TestAPartIsTakenOutOnlyWhenTheOriginalIsKept(t *testing.T) {
	for _, c := range []struct {
		name   string
		cellar *cellar
		want   string
	}{
		{"kept", &cellar{}, "250"}, {"full", &cellar{full: true}, "451"}, {"none", nil, "451"},
	} {
		t.Run(c.name, func(t *testing.T) {
			setups := []setup{deciding(withoutBody)}
			if c.cellar != nil {
				setups = append(setups, keeping(c.cellar))
			}
			d := start(t, setups...)
			if got := d.hello().mail(hello, "bob@example.com"); !strings.HasPrefix(got, c.want) {
				t.Errorf("told %q, want %s", got, c.want)
			}
			sent := d.hop.Messages()
			if c.want != "250" {
				if len(sent) != 0 {
					t.Errorf("sent on: %+v", sent)
				}
				return
			}
			if len(sent) != 1 || !strings.HasSuffix(string(sent[0].Content), "\r\n\r\ngone\r\n") {
				t.Errorf("sent on: %+v", sent)
			}
			if len(c.cellar.texts) != 1 || c.cellar.texts[0] != hello {
				t.Errorf("kept: %q", c.cellar.texts)
			}
		})
	}
}
