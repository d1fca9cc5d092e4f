package urlbl

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"weir/filters"
	"weir/filters/dnslist"
	"weir/filters/filtertest"
)

const document = "../../docs/urlbl.md"

var row = regexp.MustCompile(`(?m)^\| (URLBL_[A-Z0-9_]+) \| (\S+) \| .*\|\n`)

func TestTheDocumentHasEverySymbolAndSetting(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if filtertest.Updating() {
		text = rewrite(text)
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var told, have []string
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		told = append(told, m[1]+" "+m[2])
	}
	for _, s := range Spec.Symbols {
		have = append(have, s.Name+" "+strconv.FormatFloat(s.Score, 'f', -1, 64))
	}
	have = append(have, "URLBL_FAILED 0")
	slices.Sort(told)
	slices.Sort(have)
	if !slices.Equal(told, have) {
		t.Errorf("in docs %q\nin code %q", told, have)
	}
	for name, z := range defaultZones() {
		if !strings.Contains(text, "| "+name+" | "+z.Zone+" |") {
			t.Errorf("no row for the list %s", name)
		}
	}
	_, example, _ := strings.Cut(text, "[filters.urlbl]\n")
	example, _, _ = strings.Cut(example, "```")
	c := DefaultConfig()
	if err := toml.NewDecoder(strings.NewReader(strings.ReplaceAll(example, "filters.urlbl.", ""))).DisallowUnknownFields().Decode(&c); err != nil {
		t.Errorf("the example: %v", err)
	}
	if z := c.Zones["ours"]; len(z.Codes) != 2 || z.Hash != dnslist.SHA1 || c.Zones["uribl"].Enabled || c.Zones["surbl"].Zone == "" {
		t.Errorf("the example is read as %+v", c.Zones)
	}
}

// rewrite puts the symbols of the shipped lists into the table.
func rewrite(text string) string {
	var b strings.Builder
	for _, s := range defaultZones().Symbols("urlbl") {
		b.WriteString("| " + s.Name + " | " + strconv.FormatFloat(s.Score, 'f', -1, 64) + " | " + s.Text + " |\n")
	}
	if strings.Contains(text, "TABLE\n") {
		return strings.Replace(text, "TABLE\n", b.String(), 1)
	}
	return text
}

func TestShippedListsCanBeUsed(t *testing.T) {
	c := DefaultConfig()
	for name, z := range c.Zones {
		z.Enabled, z.ZoneKey = true, "key"
		c.Zones[name] = z
	}
	set, err := dnslist.New(dnslist.Config{Filter: "urlbl", Kinds: kinds, Zones: c.Zones, Budget: c.Budget.D()}, filters.Env{Resolver: &filtertest.DNS{}})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for name, z := range c.Zones {
		for _, code := range z.Codes {
			if code.Score < -2.5 || code.Score > 6 {
				t.Errorf("%s: the score %g is no list's due", name, code.Score)
			}
		}
	}
}

func TestSettingsThatCantBeUsedAreConfigErrors(t *testing.T) {
	for config, want := range map[string]string{
		"most = 0":                          "most must be",
		`budget = "0s"`:                     "budget must be",
		"max_score = -1.0":                  "max_score",
		"min_score = 1.0":                   "min_score",
		`dqs_key = "a.b"`:                   "dqs_key",
		`skip = ["http://x.example/"]`:      "skip",
		`skip = ["www.example.org"]`:        "skip: \"www.example.org\" is no registered domain",
		`skip = ["com"]`:                    "skip",
		"[zones.x]\nenabled = true":         "zones.x: no list of this name",
		"[zones.surbl]\nask = [\"client\"]": "can't be asked about \"client\"",
	} {
		_, err := Spec.New(func(into any) error { return toml.Unmarshal([]byte(config), into) }, filters.Env{Resolver: &filtertest.DNS{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want …%s…", config, err, want)
		}
	}
}

func TestDomainsThatAreSkippedMayBeInternational(t *testing.T) {
	f, err := Spec.New(func(into any) error { return toml.Unmarshal([]byte(`skip = ["Bücher.example"]`), into) }, filters.Env{Offline: true})
	if err != nil || !f.(*filter).skip["xn--bcher-kva.example"] {
		t.Errorf("%v %v", f, err)
	}
}

func TestAddressesAreWrittenAsListsOfHashesHaveThem(t *testing.T) {
	for in, want := range map[string]string{
		"Jo@Example.ORG": "jo@example.org", "jo+x+y@example.org": "jo@example.org", "+jo@example.org": "+jo@example.org",
		"J.o.E@gmail.com": "joe@gmail.com", "j.o@googlemail.com": "jo@gmail.com", "j.o@example.org": "j.o@example.org", "@example.org": "", "jo@host": "",
	} {
		local, domain, _ := strings.Cut(in, "@")
		if got := canonical(local, domain); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if got := masked("äjo@example.org"); got != "ä…@example.org" {
		t.Errorf("shown as %q", got)
	}
}

func TestPickTakesWhatMattersAndBothEnds(t *testing.T) {
	for _, c := range []struct {
		name, ranks string
		most        int
		want        string
		left        bool
	}{
		{"all where there is room", "111", 3, "abc", false},
		{"the important first", "1213", 2, "db", true},
		{"both ends of those that matter the same", "111111111", 6, "abcdhi", true},
		{"no rank is cut where it fits", "221111", 2, "ab", true},
		{"important ones, then both ends of the rest", "113111111", 4, "cabi", true},
		{"one", "11", 1, "a", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var g gathering
			for i, r := range c.ranks {
				g.add(string(rune('a'+i)), int(r-'0'))
			}
			got, left := g.pick(c.most)
			if text := strings.Join(got, ""); text != c.want || left != c.left {
				t.Errorf("%s %v, want %s %v", text, left, c.want, c.left)
			}
		})
	}
}
