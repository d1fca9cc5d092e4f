package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/filters/all"
	"weir/gateway/config"
)

func TestTriesThatAreLongerThanTheTimeoutAreRefused(t *testing.T) {
	for text, refused := range map[string]bool{
		"[filters.clamav]\naddress = [\"/a\", \"/b\"]\nscan_timeout = \"30s\"\ntries = 2\n":                  true,
		"[filters.clamav]\naddress = [\"/a\"]\nscan_timeout = \"30s\"\ntries = 2\n":                          false,
		"[filters.clamav]\nenabled = false\naddress = [\"/a\", \"/b\"]\nscan_timeout = \"30s\"\ntries = 2\n": false,
		"[filters.icap]\naddress = [\"a:1\", \"b:1\"]\nscan_timeout = \"26s\"\n":                             true,
	} {
		file := filepath.Join(t.TempDir(), "weir.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(file, all.Filters)
		if got := err != nil && strings.Contains(err.Error(), "scan_timeout x tries"); got != refused || err != nil && !refused {
			t.Errorf("%s: %v", text, err)
		}
	}
}
