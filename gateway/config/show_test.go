package config

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/setting"
)

func TestFlagsWinOverTheFileAndAreNamed(t *testing.T) {
	file := "[smtp]\nlisten = [\"127.0.0.1:25\"]\n[[next_hop]]\naddress = [\"old:25\"]\ndomains = [\"old.example\"]\n"
	hop := []map[string]any{{"address": []string{"127.0.0.1:26"}, "domains": []string{"example.com"}}}
	c := mustParse(t, file, Flag{"--listen", "smtp.listen", []string{"127.0.0.1:2526"}}, Flag{"--next-hop", "next_hop", hop})
	if c.SMTP.Listen[0] != "127.0.0.1:2526" || c.NextHops[0].Domains[0] != "example.com" {
		t.Fatalf("got %+v, %+v", c.SMTP.Listen, c.NextHops)
	}
	var out bytes.Buffer
	if err := c.Show(&out, specs()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`listen = \["127.0.0.1:2526"\] +# --listen`, `domains = \["example.com"\] +# --next-hop`, `protocol = "smtp" +# default`} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("not shown: %s\n%s", want, out.String())
		}
	}
	_, err := Parse("weir.toml", nil, specs(), Flag{"--listen", "smtp.listen", 25})
	if err == nil || !strings.HasPrefix(err.Error(), "--listen: smtp.listen: must be a list") {
		t.Errorf("a wrong flag gives %v", err)
	}
}

func TestShowSaysWhereEachValueComesFrom(t *testing.T) {
	c := mustParse(t, "mode = \"observe\"\n\n[filters.sample]\ndepth = 9\n[policies.vip]\nrecipients = [\"a@b.org\"]\n")
	var out bytes.Buffer
	if err := c.Show(&out, specs()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`(?m)^mode = "observe" +# weir.toml:1$`, `depth = 9 +# weir.toml:4`, `wait = "1m" +# default`, `recipients = \["a@b.org"\] +# weir.toml:6`} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("not shown: %s\n%s", want, out.String())
		}
	}
	again, err := Parse("shown.toml", out.Bytes(), specs())
	if err != nil {
		t.Fatalf("what is shown is no config:\n%v\n%s", err, out.String())
	}
	if got, want := textOf(again), textOf(c); got != want {
		t.Errorf("what is shown reads as another config:\n%s\n%s", got, want)
	}
}

var commented = regexp.MustCompile(`(?m)^#(\S)`)

func TestTheDefaultsAreAConfigAlsoWithTheCommentSignsRemoved(t *testing.T) {
	var out bytes.Buffer
	if err := WriteDefaults(&out, specs()); err != nil {
		t.Fatal(err)
	}
	mustParse(t, out.String())
	bare := commented.ReplaceAllString(out.String(), "$1")
	c := mustParse(t, bare)
	empty := mustParse(t, "")
	c.doc, empty.doc, c.Filters, empty.Filters = nil, nil, nil, nil
	if got, want := textOf(c), textOf(empty); got != want {
		t.Errorf("the written defaults differ from the real ones:\n%s\n%s", got, want)
	}
	for _, want := range []string{"#[filters.sample]", "#depth = 3", "#on_failure = \"defer\"", "#[[next_hop]]", "#[policies.outgoing]", "# how deep"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing:\n%s", want, out.String())
		}
	}
}

func textOf(c *Config) string {
	var out strings.Builder
	c.doc = &document{}
	_ = c.Show(&out, nil)
	return out.String()
}

func TestEverySettingHasAText(t *testing.T) {
	for _, s := range mustParse(t, "").Sections(nil) {
		if s.Header != "" && s.Text == "" {
			t.Errorf("%s has no text", s.Header)
		}
		for _, one := range s.Settings {
			if one.Text == "" {
				t.Errorf("%s has no text: give its field a comment tag, or add it to texts.go", one.Path)
			}
		}
	}
}

func TestG12_secrets_are_not_shown(t *testing.T) {
	const text = "[log]\nhash_key = \"hunter2\"\n[filters.sample]\npassword = \"hunter2\"\nurl = \"redis://me:hunter2@localhost/\"\n"
	c := mustParse(t, text)
	t.Run("G12_config_show", func(t *testing.T) {
		var out bytes.Buffer
		if err := c.Show(&out, specs()); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); strings.Contains(s, "hunter2") || strings.Count(s, setting.Redacted) != 3 {
			t.Errorf("shown:\n%s", s)
		}
	})
	t.Run("G12_the_filter_gets_the_real_one", func(t *testing.T) {
		var s sample
		if err := c.Filters["sample"].Decode(&s); err != nil || s.Password.Reveal() != "hunter2" || s.URL != "redis://me:hunter2@localhost/" {
			t.Errorf("got %q %q, %v", s.Password.Reveal(), s.URL, err)
		}
	})
	for _, bad := range []struct{ name, text string }{
		{"G12_syntax_error", "[log]\nhash_key = \"hunter2\" \"x\""},
		{"G12_unclosed_string", "[log]\nhash_key = \"hunter2\n"},
		{"G12_unquoted", "[log]\nhash_key = hunter2\n"},
		{"G12_type_error", "[log]\nhash_key = [\"hunter2\"]"},
		{"G12_bad_duration_under_a_secret_name", "[filters.secretive]\nretry_token = \"hunter2\""},
		{"G12_url_for_a_duration", "budget = \"redis://me:hunter2@localhost\""},
	} {
		t.Run(bad.name, func(t *testing.T) {
			secretive := filters.Spec{Name: "secretive", New: func(decode func(any) error, _ filters.Env) (filters.Filter, error) {
				return nothing{}, decode(&struct {
					Token setting.Duration `toml:"retry_token"`
				}{})
			}}
			_, err := Parse("weir.toml", []byte(bad.text), append(specs(), secretive))
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error is %v", err)
			}
		})
	}
	t.Run("G12_defaults_are_safe", func(t *testing.T) {
		d := Default()
		if d.Metrics.PProf || !strings.HasPrefix(d.Metrics.Listen, "127.0.0.1:") {
			t.Errorf("metrics are %+v", d.Metrics)
		}
		for _, a := range d.SMTP.Listen {
			if !strings.HasPrefix(a, "127.0.0.1:") {
				t.Errorf("smtp listens on %s", a)
			}
		}
	})
}
