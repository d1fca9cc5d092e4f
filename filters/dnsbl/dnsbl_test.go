package dnsbl

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

const document = "../../docs/dnsbl.md"

var row = regexp.MustCompile(`(?m)^\| (DNSBL_[A-Z0-9_]+) \| (\S+) \| .*\|\n`)

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
	have = append(have, "DNSBL_FAILED 0")
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
	_, example, _ := strings.Cut(text, "[filters.dnsbl]\n")
	example, _, _ = strings.Cut(example, "```")
	c := DefaultConfig()
	if err := toml.NewDecoder(strings.NewReader(strings.ReplaceAll(example, "filters.dnsbl.", ""))).DisallowUnknownFields().Decode(&c); err != nil {
		t.Errorf("the example: %v", err)
	}
	if z := c.Zones["ours"]; len(z.Codes) != 4 || !z.Codes[2].Mild || c.Zones["spamcop"].Enabled || c.Zones["psbl"].Zone == "" {
		t.Errorf("the example is read as %+v", c.Zones)
	}
}

// rewrite puts the symbols of the shipped lists into the table.
func rewrite(text string) string {
	var b strings.Builder
	for _, s := range defaultZones().Symbols("dnsbl") {
		b.WriteString("| " + s.Name + " | " + strconv.FormatFloat(s.Score, 'f', -1, 64) + " | " + s.Text + " |\n")
	}
	if strings.Contains(text, "TABLE\n") {
		return strings.Replace(text, "TABLE\n", b.String(), 1)
	}
	return text
}

// TestListsAloneRefuseNoMail holds the shipped scores to what the document promises: at every stage the worst, and still
// below the shipped threshold of 15.
func TestListsAloneRefuseNoMail(t *testing.T) {
	c := DefaultConfig()
	worst := c.MaxScore + 0.8
	name := 0.0
	for _, z := range c.Zones {
		if !slices.Contains(z.Ask, dnslist.Helo) {
			continue
		}
		for _, code := range z.Codes {
			name = max(name, code.Score)
		}
	}
	if worst += 2 * name; name == 0 || worst >= 15 {
		t.Errorf("lists can add up to %g", worst)
	}
}

func TestShippedListsCanBeUsed(t *testing.T) {
	c := DefaultConfig()
	for name, z := range c.Zones {
		z.Enabled, z.ZoneKey = true, "key"
		c.Zones[name] = z
	}
	set, err := dnslist.New(dnslist.Config{Filter: "dnsbl", Kinds: kinds, Zones: c.Zones, Budget: c.Budget.D()}, filters.Env{Resolver: &filtertest.DNS{}})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	for name, z := range c.Zones {
		for _, code := range z.Codes {
			if code.Score < -2.5 || code.Score > 5 {
				t.Errorf("%s: the score %g is no list's due", name, code.Score)
			}
		}
	}
}

func TestSettingsThatCantBeUsedAreConfigErrors(t *testing.T) {
	for config, want := range map[string]string{
		"agree = 1":                           "agree must be 2 or more",
		`budget = "0s"`:                       "budget must be",
		"max_score = -1.0":                    "max_score",
		"min_score = 1.0":                     "min_score",
		`dqs_key = "a.b"`:                     "dqs_key",
		"[zones.x]\nenabled = true":           "zones.x: no list of this name",
		"[zones.spamcop]\nask = [\"domain\"]": "can't be asked about \"domain\"",
	} {
		_, err := Spec.New(func(into any) error { return toml.Unmarshal([]byte(config), into) }, filters.Env{Resolver: &filtertest.DNS{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want …%s…", config, err, want)
		}
	}
}
