package short

import (
	"errors"
	"testing"
	"time"

	"weir/message"
	"weir/rules/eval"
	"weir/rules/view"
)

func TestLinksOfServicesThatShorten(t *testing.T) {
	room := New()
	for _, value := range []string{"sho.de go.example.com", ".page.link", "gone.com"} {
		if known, err := room.Set("url_shortener", value); !known || err != nil {
			t.Fatalf("%s: %v, %v", value, known, err)
		}
	}
	if known, err := room.Set("clear_url_shortener", "gone.com"); !known || err != nil {
		t.Fatal(known, err)
	}
	check, err := room.Bind(eval.Call{Name: "short_url"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"a name with a path", "http://sho.de/abc", 1},
		{"a name without a path", "http://sho.de/", 0},
		{"a name with a query only", "http://sho.de/?abc", 0},
		{"upper case and a port", "https://SHO.de:443/abc", 1},
		{"www in front", "http://www.sho.de/abc", 1},
		{"another name in front", "http://a.sho.de/abc", 0},
		{"three labels need no path", "http://go.example.com", 1},
		{"a customer's name below a service", "http://me.page.link/abc", 1},
		{"the service itself", "http://page.link/abc", 0},
		{"taken off the list", "http://gone.com/abc", 0},
		{"another place", "http://example.com/sho.de/abc", 0},
		{"another scheme", "ftp://sho.de/abc", 0},
	} {
		m := message.New(message.Envelope{}, message.Options{})
		m.Load([]byte("Subject: x\n\n" + c.text + " \n"))
		if got := check(view.New(m, view.NewSettings(), view.Facts{}, time.Unix(0, 0))); got != c.want {
			t.Errorf("%s: %s: %d, want %d", c.name, c.text, got, c.want)
		}
	}
}

func TestNothingIsEverFetched(t *testing.T) {
	for name := range asked {
		var off *eval.Off
		if _, err := New().Bind(eval.Call{Name: name}); !errors.As(err, &off) {
			t.Errorf("%s: %v, want that it is off", name, err)
		}
	}
}

func TestLinesOfShorteners(t *testing.T) {
	for _, c := range []struct {
		key, value string
		known, ok  bool
	}{
		{"url_shortener", "", true, false},
		{"url_shortener", "http://sho.de/", true, false},
		{"url_shortener_get", "sho.de", true, true},
		{"url_shortener_cache_type", "none", true, true},
		{"clear_url_shortener", "", true, true},
		{"trusted_networks", "10/8", false, true},
	} {
		if known, err := New().Set(c.key, c.value); known != c.known || (err == nil) != c.ok {
			t.Errorf("%s %q: known %v, %v", c.key, c.value, known, err)
		}
	}
}
