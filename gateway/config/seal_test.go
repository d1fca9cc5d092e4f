package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/arc"
)

const sealKey = "../../message/chain/testdata/key.pem"

func TestSeal(t *testing.T) {
	pem, err := os.ReadFile(sealKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text, want string // want is in the error; "" none
	}{
		{"a key in a file", "[seal]\ndomain = \"example.org\"\nkey_file = \"" + sealKey + "\"\n", ""},
		{"a key in the config", "[seal]\ndomain = \"example.org\"\nprivate_key = '''\n" + string(pem) + "'''\n", ""},
		{"a key that is not there", "[seal]\ndomain = \"example.org\"\nkey_file = \"none.pem\"\n", "seal.key_file can't be read"},
		{"no key", "[seal]\ndomain = \"example.org\"\n", "seal.key_file"},
		{"an odd domain", "[seal]\ndomain = \"example org\"\nkey_file = \"x\"\n", "seal.domain"},
		{"without the filter arc", "[seal]\ndomain = \"example.org\"\nkey_file = \"" + sealKey + "\"\n[filters.arc]\nenabled = false\n", "the filter arc is off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "weir.toml")
			if err := os.WriteFile(path, []byte("stock_rules = false\n"+c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err := Check(&out, path, []filters.Spec{arc.Spec})
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "weir.toml:")) {
				t.Errorf("error %v, want one that names the file and has %q", err, c.want)
			}
		})
	}
}

func TestTheKeyOfSealsIsNotShown(t *testing.T) {
	t.Run("G12_private_key", func(t *testing.T) {
		specs := []filters.Spec{arc.Spec}
		c, err := Parse("weir.toml", []byte("[seal]\nprivate_key = \"hunter2\"\ndomain = \"example.org\"\n"), specs)
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for _, section := range c.Sections(specs) {
			for _, s := range section.Settings {
				if s.Path == "seal.private_key" {
					shown++
				}
				if strings.Contains(s.Value, "hunter2") {
					t.Errorf("%s = %s", s.Path, s.Value)
				}
			}
		}
		if _, err := c.Snapshot(specs, OfflineEnv(nil)); shown != 1 || err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("shown %d times; error %v", shown, err)
		}
	})
}
