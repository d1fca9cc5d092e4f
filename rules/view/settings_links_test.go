package view_test

import (
	"slices"
	"testing"
	"time"

	"weir/message"
	"weir/rules/view"
)

// linksOf gives the links that rules see in a mail with a link, by some redirector_patterns.
func linksOf(t *testing.T, link string, patterns ...string) []string {
	t.Helper()
	s := view.NewSettings()
	for _, p := range patterns {
		if _, err := s.Set("redirector_pattern", p); err != nil {
			t.Fatal(err)
		}
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("Content-Type: text/html\n\n<a href=\"" + link + "\">x</a>\n"))
	return view.New(m, s, view.Facts{}, time.Time{}).URIs()
}

func TestRedirectorPatterns(t *testing.T) {
	const goes, leads = `m{^https?://go\.example/\?(.*)$}i`, `/[?&]to=([^&]*)/`
	for _, c := range []struct {
		name, link string
		patterns   []string
		want       string
	}{
		{"what the pattern caught is a link", "http://go.example/?a.example", []string{leads, goes}, "http://a.example"},
		{"the first that matches counts", "http://go.example/?to=a.example", []string{goes, leads}, "http://to=a.example"},
		{"in the order of the files", "http://go.example/?to=a.example", []string{leads, goes}, "http://a.example"},
		{"what has no dot leads nowhere, and the next is tried", "http://go.example/?x=b.example&to=a", []string{leads, goes}, "http://x=b.example&to=a"},
		{"a redirector may lead to another", "http://go.example/?http://x.example/?to=a.example", []string{goes, leads}, "http://a.example"},
		{"letters may be large", "http://GO.example/?a.example", []string{leads, goes}, "http://a.example"},
	} {
		if got := linksOf(t, c.link, c.patterns...); !slices.Contains(got, c.want) {
			t.Errorf("%s: %q lacks %s", c.name, got, c.want)
		}
	}
	if got := linksOf(t, "http://go.example/?a.example", leads); slices.Contains(got, "http://a.example") {
		t.Errorf("no pattern matches, and yet there is %q", got)
	}
}
