package milter

import (
	"strings"
	"testing"

	"github.com/emersion/go-message/textproto"
	"github.com/emersion/go-milter"
)

// TestWithTheClientOfGoMilter sends a mail with another implementation of the protocol.
func TestWithTheClientOfGoMilter(t *testing.T) {
	for _, on := range []setup{func(*door) {}, onUnix} {
		d := start(t, on)
		c, err := milter.NewDefaultClient(d.network, d.addr).Session()
		if err != nil {
			t.Fatal(err)
		}
		acts := []func() (*milter.Action, error){
			func() (*milter.Action, error) {
				return c.Conn("client.example", milter.FamilyInet, 1234, "203.0.113.7")
			},
			func() (*milter.Action, error) { return c.Helo("client.example") },
			func() (*milter.Action, error) { return c.Mail("ann@shop.example", []string{"SIZE=100"}) },
			func() (*milter.Action, error) { return c.Rcpt("bob@house.example", nil) },
			func() (*milter.Action, error) {
				var h textproto.Header
				h.Add("Subject", " TAG_WORD")
				h.Add("From", " ann@shop.example")
				return c.Header(h)
			},
		}
		for i, act := range acts {
			if a, err := act(); err != nil || a.Code != milter.ActContinue {
				t.Fatalf("step %d: %v %v", i, a, err)
			}
		}
		mods, act, err := c.BodyReadFrom(strings.NewReader("Hello\r\n"))
		if err != nil || act.Code != milter.ActContinue {
			t.Fatalf("%v %v", act, err)
		}
		if len(mods) == 0 || mods[len(mods)-1].HeaderName == "" {
			t.Errorf("no field was added: %+v", mods)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		r := d.last(1)
		if r.IP != "203.0.113.7" || r.Helo != "client.example" || *r.From != "ann@shop.example" || r.Rcpt[0] != "bob@house.example" || r.Action.String() != "tag" {
			t.Errorf("%+v", r)
		}
	}
}

func TestAMailGoesThrough(t *testing.T) {
	d := start(t)
	m := d.dial().greet()
	for _, a := range m.mail(plain) {
		t.Log(a)
	}
	t.Log(d.last(1).Reply, d.last(1).Size)
}
