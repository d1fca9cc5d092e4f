package relay

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

var tomlBlock = regexp.MustCompile("(?s)```toml\n(.*?)```")

// Every config example of the page is a config that works.
func TestDocumentedConfigs(t *testing.T) {
	text, err := os.ReadFile("../../docs/relay.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := tomlBlock.FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Fatal("no example found")
	}
	for _, b := range blocks {
		var cfg Config
		d := toml.NewDecoder(strings.NewReader(string(b[1]))).DisallowUnknownFields()
		if err := d.Decode(&cfg); err != nil {
			t.Errorf("%v in\n%s", err, b[1])
			continue
		}
		r, err := New(cfg, Options{})
		if err != nil {
			t.Errorf("%v in\n%s", err, b[1])
			continue
		}
		r.Close()
	}
}

// The page names the bounds that the code has.
func TestDocumentedBounds(t *testing.T) {
	text, err := os.ReadFile("../../docs/relay.md")
	if err != nil {
		t.Fatal(err)
	}
	for what, ok := range map[string]bool{
		"more than 128 lines or 32 kB": replyLines == 128 && replyTotal == 32<<10,
		"a line above 2 kB":            replyLine == 2<<10,
		"up to 100 commands":           pipelineDepth == 100,
		"more than 320 bytes":          maxPath == 320,
		"at most 200,000":              ledgerMax == 200_000,
		"(5 s in all)":                 DefaultHop().Timeouts.Connect == seconds(5),
		"`timeouts.dot` (10 min)":      DefaultHop().Timeouts.Dot == minutes(10),
	} {
		if !ok || !strings.Contains(string(text), what) {
			t.Errorf("the page must say %q, and the code must do so (%v)", what, ok)
		}
	}
}
