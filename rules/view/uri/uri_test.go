package uri

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/rules/view/domain"
)

// reader knows a few registries, as rules files with whole lists make it.
func reader(t testing.TB) *Reader {
	t.Helper()
	var known domain.Registries
	for key, value := range map[string]string{"util_rb_tld": "com org net uk de", "util_rb_2tld": "co.uk"} {
		if _, err := known.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	return &Reader{Domains: &known}
}

func TestLinksInText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a link with a scheme", "see http://example.com/a now", []string{"http://example.com/a"}},
		{"a name that begins with www", "see www.example.com now", []string{"http://www.example.com"}},
		{"www with digits", "see www12.example.com now", []string{"http://www12.example.com"}},
		{"a file server", "ftp.example.com", []string{"ftp://ftp.example.com"}},
		{"a bare host", "go to example.com today", []string{"http://example.com"}},
		{"a bare host with port and path", "go to example.com:8080/a?b=c today", []string{"http://example.com:8080/a?b=c"}},
		{"a bare host with a slash only is none", "go to example.com/ today", nil},
		{"a bare host at the end of a sentence", "Go to example.com.", []string{"http://example.com"}},
		{"a bare host in brackets", "(example.com)", nil},
		{"words that look like hosts", "end.Then readme.txt v1.2 e.g. this", nil},
		{"a link without a known registry", "see http://example.local/a", nil},
		{"an address", "write to a.b@example.com please", []string{"mailto:a.b@example.com"}},
		{"an address in brackets", "A B <a@example.com>, C", []string{"mailto:a@example.com"}},
		{"a word in front of an address", "e-mail:a@example.com", []string{"mailto:a@example.com"}},
		{"an address with a scheme and escapes", "mailto:a%40example.com.", nil},
		{"an address with a scheme and a query", "mailto:a@example.com?subject=x", []string{"mailto:a@example.com?subject=x", "mailto:a@example.com"}},
		{"what is no address", "vi@gra and user@localhost", nil},
		{"a picture's name", "[cid:image001.png@01d0.example.com]", nil},
		{"punctuation at the end", "http://example.com/a!?), more", []string{"http://example.com/a"}},
		{"brackets within", "http://example.com/a_(b) more", []string{"http://example.com/a_(b"}},
		{"a bracket that was not opened", "(http://example.com/a) more", []string{"http://example.com/a"}},
		{"quotes end it", `<a href="http://example.com/a">`, []string{"http://example.com/a"}},
		{"a no-break space ends it", "http://example.com/a\u00a0b", []string{"http://example.com/a\xc2"}},
		{"Japanese escapes before it", "\x1b(Bhttp://example.com/a\x1b$B", []string{"http://example.com/a"}},
		{"a scheme alone", "http:// nothing", nil},
		{"a registry's name in upper case", "EXAMPLE.COM", []string{"http://EXAMPLE.COM"}},
		{"the same twice", "example.com example.com", []string{"http://example.com"}},
		{"an address in a link is a link", "http://user@example.com/", []string{"http://user@example.com/"}},
		{"a host in an address with a path", "a.example.com/b@c.de", []string{"http://a.example.com/b@c.de"}},
	} {
		l := reader(t).New()
		l.Text(c.text)
		if diff := cmp.Diff(c.want, l.All()); diff != "" {
			t.Errorf("%s: %q (-want +got)\n%s", c.name, c.text, diff)
		}
	}
}

func TestLinksThatAreTooLongInText(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want int
	}{
		{"the longest path", "http://" + strings.Repeat("a", 60) + ".com/" + strings.Repeat("x", maxPath-65), 1},
		{"a longer one", "https://example.com/" + strings.Repeat("x", maxPath+1), 0},
		{"a long address", strings.Repeat("a", maxAddress) + "@example.com", 1},
	} {
		l := reader(t).New()
		l.Text(c.text)
		if got := len(l.All()); got != c.want {
			t.Errorf("%s: %d links, want %d", c.name, got, c.want)
		}
	}
}

func TestWhatIsKnownOfALinkInText(t *testing.T) {
	l := reader(t).New()
	l.Text("see example.co.uk and www.example.com and https://a.example.org/ and a@example.de")
	var got []string
	for i := range l.Links() {
		link := &l.Links()[i]
		line := link.Raw + " " + strings.Join(link.Types.Names(), ",")
		for _, h := range l.r.Hosts(link) {
			line += " " + h.Name + "=" + h.Domain
		}
		got = append(got, line)
	}
	want := []string{
		"http://example.co.uk parsed,schemeless,unlinked example.co.uk=example.co.uk",
		"http://www.example.com parsed,schemeless www.example.com=example.com",
		"https://a.example.org/ parsed a.example.org=example.org",
		"mailto:a@example.de parsed,schemeless example.de=example.de",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWithoutListsALinkWithASchemeCountsInAnyCase(t *testing.T) {
	r := &Reader{Domains: &domain.Registries{}}
	l := r.New()
	l.Text("http://example.brandnewtld/a but not example.brandnewtld")
	if diff := cmp.Diff([]string{"http://example.brandnewtld/a"}, l.All()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// table is a redirector for tests: it leads on what has to= in it.
type table struct{}

func (table) Target(link string) (string, bool) {
	_, target, ok := strings.Cut(link, "to=")
	return target, ok
}

func TestDressesOfALink(t *testing.T) {
	for _, c := range []struct {
		name, link string
		want       []string // beside the link itself
	}{
		{"a plain link has none", "http://www.example.com/a", nil},
		{"escapes undone", "http://www.example%2ecom/%61", []string{"http://www.example.com/a"}},
		{"an escape that stays", "http://www.example.com/%20%e4a", nil},
		{"slashes the other way round", `http:\\example.com\a`, []string{"http://example.com/a"}},
		{"a scheme without slashes", "http:example.com", []string{"http://example.com"}},
		{"no scheme", "www.example.com/a", []string{"http://www.example.com/a"}},
		{"no scheme, two slashes", "//example.com/a", []string{"http:////example.com/a"}},
		{"a query behind the host", "http://example.com?a", []string{"http://example.com/?a"}},
		{"a user's name stays", "http://bank.com@example.com/", nil},
		{"two at signs", "http://a@b@example.com/", []string{"http://example.com/"}},
		{"a default port", "http://example.com:80/a", []string{"http://example.com/a"}},
		{"a secure default port", "https://example.com:443", []string{"https://example.com"}},
		{"another port", "http://example.com:8080/a", nil},
		{"character references", "http://a.com/&#65;&#x2e;&#12290;&#1;", []string{"http://a.com/A..&#1;"}},
		{"letters beyond ASCII", "http://bücher.de/", []string{"http://xn--bcher-kva.de/"}},
		{"a hexadecimal address", "http://0xc0.0x00.0x02.0x01/", []string{"http://192..2.1/"}},
		{"octal numbers", "http://0300.0250.02.01/", []string{"http://192.168.2.1/"}},
		{"one number", "http://3221225985/", []string{"http://192.0.2.1/"}},
		{"one hexadecimal number", "http://0xc0000201/", []string{"http://192.0.2.1/"}},
		{"a word", "http://example/a", []string{"http://www.example.com/a"}},
		{"a host with punctuation behind it", "http://example.com./a", []string{"http://example.com/a"}},
		{"a link within", "http://a.com/r?u=http://b.org/x&y", []string{"http://b.org/x"}},
		{"links within links", "http://a.com/http://b.org/http://c.net/", []string{"http://b.org/http://c.net/", "http://c.net/"}},
		{"what a redirector leads to", "http://a.com/?to=b.org", []string{"b.org", "http://b.org"}},
		{"line ends", "http://exam\nple.com/\r\na", []string{}},
		{"a fragment", "#top", nil},
		{"a path", "/index.html", nil},
		{"an address with a subject", "mailto:a@example.com?subject=x", []string{"mailto:a@example.com"}},
		{"an address with more behind &", "mailto:a@example.com&b.com", []string{"mailto:a@example.com"}},
		{"an address with blanks", "mailto:%20a@example.com%20", []string{"mailto:a@example.com"}},
		{"an address with a name", `mailto:"A%20B"%20<a@example.com>`, []string{"mailto:a@example.com"}},
		{"an empty link", "", nil},
	} {
		r := reader(t)
		r.Redirectors = []Redirector{table{}}
		got := r.clean(c.link, false)
		want := append([]string{oneLine(c.link)}, c.want...)
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %q (-want +got)\n%s", c.name, c.link, diff)
		}
	}
}

func TestLinksOfTags(t *testing.T) {
	for _, c := range []struct{ name, base, link, want string }{
		{"a whole link", "", "https://example.com/a", "https://example.com/a"},
		{"white space around it", "", " \n https://example.com/a\u00a0", "https://example.com/a"},
		{"relative without a base", "", "a/b.html", "a/b.html"},
		{"dots without a base", "", "a/../b", "/b"},
		{"relative to a folder", "http://example.com/x/", "a.html", "http://example.com/x/a.html"},
		{"relative to a file", "http://example.com/x/index.html", "a.html", "http://example.com/x/a.html"},
		{"from the root", "http://example.com/x/", "/a", "http://example.com/a"},
		{"one folder up", "http://example.com/x/y/", "../a", "http://example.com/x/a"},
		{"a query alone", "http://example.com/x/", "?q", "http://example.com/x/?q"},
		{"the host alone", "https://example.com/x/", "//example.org/a", "https://example.org/a"},
		{"the host alone without a base", "", "//www.example.org/a", "http://www.example.org/a"},
		{"the base's scheme", "http://example.com/x/", "http:a", "http://example.com/x/a"},
		{"mail stays as it is", "http://example.com/", "mailto:a@b", "mailto:a@b"},
		{"a base that is no link", "x/y", "a", "a"},
		{"a fragment", "http://example.com/", "a#b\nc", "http://example.com/a#b"},
	} {
		var col Collector
		col.Base(c.base)
		col.Tag("a", c.link)
		var got []string
		for _, l := range col.Links() {
			got = append(got, l.Raw+" "+strings.Join(l.Types.Names(), ","))
		}
		if diff := cmp.Diff([]string{c.want + " a"}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestAnchorsAndTheirTexts(t *testing.T) {
	var c Collector
	c.Tag("a", "http://example.com/")
	c.Anchor("http://example.com/", true)
	c.Text("click ")
	c.Text("here")
	c.Tag("img", "http://example.com/")
	c.Anchor("", false)
	c.Text("a name")
	c.Anchor("http://example.com/", true)
	l := reader(t).New()
	l.HTML(c.Links(), false)
	if diff := cmp.Diff([]string{"click here", "a name", ""}, c.Anchors()); diff != "" {
		t.Errorf("anchors (-want +got)\n%s", diff)
	}
	first := l.Links()[0]
	if first.Types.Has("form") || !first.Types.Has("a") || !first.Types.Has("img") || first.Types.Has("parsed") {
		t.Errorf("types %v", first.Types.Names())
	}
	if diff := cmp.Diff([]string{"click here", ""}, first.Texts); diff != "" {
		t.Errorf("texts (-want +got)\n%s", diff)
	}
	if l.Links()[1].Raw != "" || l.Links()[1].Texts[0] != "a name" {
		t.Errorf("an anchor without href: %+v", l.Links()[1])
	}
}

func TestALinkOfTextAndTagIsOne(t *testing.T) {
	l := reader(t).New()
	l.Text("http://example.com/")
	l.HTML([]Link{{Raw: "http://example.com/", Types: Tag("a"), Texts: []string{"x", "x"}}}, false)
	if n := len(l.Links()); n != 1 {
		t.Fatalf("%d links", n)
	}
	if link := l.Links()[0]; !link.Types.Has("a") || !link.Types.Has("parsed") || len(link.Texts) != 1 {
		t.Errorf("%+v", link)
	}
}

func TestDomainsOfSignaturesAreHostsOnly(t *testing.T) {
	l := reader(t).New()
	l.Signature("mail.example.com")
	if len(l.All()) != 0 || len(l.Links()) != 1 || l.r.Hosts(&l.Links()[0])[0].Domain != "example.com" {
		t.Errorf("%v %+v", l.All(), l.Links())
	}
}

func TestTooMuchIsCutAndTold(t *testing.T) {
	l := reader(t).New()
	l.HTML([]Link{{Raw: "http://example.com/" + strings.Repeat("a", MaxLength)}}, false)
	if len(l.All()[0]) != MaxLength || !l.Truncated() {
		t.Errorf("%d bytes, truncated %v", len(l.All()[0]), l.Truncated())
	}
	many := reader(t).New()
	var links []Link
	for i := range MaxLinks + 5 {
		links = append(links, Link{Raw: "http://example.com/" + strings.Repeat("a", i%90) + string(rune('a'+i%26)) + strings.Repeat("b", i/90)})
	}
	many.HTML(links, false)
	if len(many.Links()) > MaxLinks || !many.Truncated() {
		t.Errorf("%d links, truncated %v", len(many.Links()), many.Truncated())
	}
	deep := reader(t).New()
	deep.Text("http://a.com/" + strings.Repeat("http://b.com/", 150))
	if n := len(deep.All()); n > 4*maxTargets {
		t.Errorf("links within links: %d", n)
	}
}

// TestHostileTextTakesNoTime guards against work that grows faster than the text; the guard is generous.
func TestHostileTextTakesNoTime(t *testing.T) {
	r := reader(t)
	for _, unit := range []string{"a.", "a@", "@a.com", "www.", "http://", "(", "'a.com", ",a.com:", "mailto:", "\x1b(B", "a.com/"} {
		l := r.New()
		l.Text(strings.Repeat(unit, (1<<20)/len(unit)))
	}
	for _, unit := range []string{"<", "&#", "%", "@", "http:", "//", "../", "<a@"} {
		l := r.New()
		var c Collector
		long := strings.Repeat(unit, MaxLength/len(unit))
		c.Base("http://example.com/")
		c.Tag("a", long)
		c.Tag("a", "mailto:"+long)
		c.Tag("a", "http://example.com/"+long)
		l.HTML(c.Links(), false)
	}
}

func FuzzLinks(f *testing.F) {
	f.Add("see http://a@example.com:80/?x=%41 www.example.org mailto:a@b.de (example.com)", "../a?b#c", "http://example.com/x.html")
	f.Add("\x1b(Bftp.example.com \xa0http://0x7f.1/", "//www.a.com", "ftp:a")
	r := reader(f)
	r.Redirectors = []Redirector{table{}}
	f.Fuzz(func(t *testing.T, text, link, base string) {
		l := r.New()
		l.Text(text)
		var c Collector
		c.Base(base)
		c.Tag("a", link)
		c.Anchor(link, true)
		c.Text(text)
		l.HTML(c.Links(), c.Truncated())
		seen := map[string]bool{}
		for _, s := range l.All() {
			if seen[s] || len(s) > MaxLength {
				t.Fatalf("%q: twice, or too long", s)
			}
			seen[s] = true
		}
		for i := range l.Links() {
			for _, h := range r.Hosts(&l.Links()[i]) {
				if h.Name == "" || h.Domain == "" || !strings.HasSuffix(h.Name, h.Domain) {
					t.Fatalf("%q: host %+v", l.Links()[i].Raw, h)
				}
			}
		}
	})
}
