package config

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway"
	"weir/message"
	"weir/scoring"
)

// sample is a filter with settings of every kind.
type sample struct {
	Depth    int              `toml:"depth" comment:"how deep"`
	Wait     setting.Duration `toml:"wait"`
	Words    []string         `toml:"words"`
	Password setting.Secret   `toml:"password"`
	URL      string           `toml:"url"`
	Zones    []zone           `toml:"zone"`
	Nested   struct {
		Size setting.Size `toml:"size"`
	} `toml:"nested"`
}

type zone struct {
	Name  string  `toml:"name"`
	Score float64 `toml:"score"`
}

type nothing struct{}

func (nothing) Check(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
	return filters.Result{}, nil
}

var lastSample sample // what the sample filter decoded last

func specs() []filters.Spec {
	return []filters.Spec{
		{Name: "sample", Text: "A filter for tests.", Timeout: 2 * time.Second, OnFailure: filters.DeferMail,
			Symbols: []scoring.Symbol{{Name: "SAMPLE_HIT", Score: 1.5, Text: "found"}},
			New: func(decode func(any) error, _ filters.Env) (filters.Filter, error) {
				s := sample{Depth: 3, Wait: setting.Duration(time.Minute), Words: []string{"a", "b"}}
				if err := decode(&s); err != nil {
					return nil, err
				}
				lastSample = s
				return nothing{}, nil
			}},
		{Name: "plain", Off: true, New: func(decode func(any) error, _ filters.Env) (filters.Filter, error) {
			return nothing{}, decode(&struct{}{})
		}},
	}
}

func mustParse(t *testing.T, text string, flags ...Flag) *Config {
	t.Helper()
	c, err := Parse("weir.toml", []byte(text), specs(), flags...)
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	return c
}

func TestAnEmptyFileGivesTheDefaults(t *testing.T) {
	c := mustParse(t, "")
	if c.Mode != Enforce || c.Metrics.Listen != "127.0.0.1:2580" || c.Metrics.PProf || c.Log.Subjects || !c.StockRules {
		t.Errorf("defaults are %+v", c)
	}
	def := c.Policies[DefaultPolicy]
	if def.Tag != 5 || def.Reject != 15 || def.Greylist != 0 || def.Quarantine != 0 || def.Discard != 0 {
		t.Errorf("policy default is %+v", def)
	}
	if len(c.NextHops) != 1 || c.NextHops[0].Address[0] != filepath.Join("weir-data", "Maildir") {
		t.Errorf("next hops are %+v", c.NextHops)
	}
	f := c.Filters["sample"]
	if !f.Enabled || f.OnFailure.Mode() != filters.DeferMail || f.Timeout.D() != 2*time.Second || c.Filters["plain"].Enabled {
		t.Errorf("filters.sample is %+v, filters.plain %+v", f, c.Filters["plain"])
	}
	if c.Filters["plain"].Timeout.D() != 5*time.Second {
		t.Errorf("the gateway's default timeout is %s", c.Filters["plain"].Timeout.D())
	}
}

func TestEveryKindOfSettingIsRead(t *testing.T) {
	c := mustParse(t, `
mode = "observe"
trusted_networks = ["192.0.2.0/24", "2001:db8::1"]
data_dir = "elsewhere"
[smtp]
listen = ["127.0.0.1:25"]
max_size = "10MB"
timeouts.command = "90s"
[policies.default]
reject = 12
[policies.sales]
recipients = ["@sales.example.com"]
tag = 4.5
mode = "enforce"
[filters.sample]
enabled = false
depth = 7
wait = "2d"
nested = {size = 512}
[[filters.sample.zone]]
name = "one"
[[filters.sample.zone]]
name = "two"
score = 2
`)
	if got := c.TrustedNetworks[1].String(); got != "2001:db8::1/128" {
		t.Errorf("a single address is read as %s", got)
	}
	if c.SMTP.MaxSize != 10<<20 || c.SMTP.Timeouts.Command.D() != 90*time.Second || c.SMTP.Timeouts.Data == 0 {
		t.Errorf("smtp is %+v", c.SMTP)
	}
	if c.NextHops[0].Address[0] != filepath.Join("elsewhere", "Maildir") {
		t.Errorf("the Maildir is not below data_dir: %q", c.NextHops[0].Address)
	}
	sales := c.Policies["sales"]
	if sales.Tag != 4.5 || sales.Reject != 12 || len(sales.Recipients) != 1 {
		t.Errorf("a policy does not begin as the default one: %+v", sales)
	}
	s := sample{Depth: 3, Words: []string{"a"}}
	if err := c.Filters["sample"].Decode(&s); err != nil || c.Filters["sample"].Enabled {
		t.Fatal(err)
	}
	if s.Depth != 7 || s.Wait.D() != 48*time.Hour || s.Nested.Size != 512 || len(s.Zones) != 2 || s.Zones[1] != (zone{"two", 2}) || len(s.Words) != 1 {
		t.Errorf("the filter got %+v", s)
	}
	p, err := c.policies()
	if err != nil {
		t.Fatal(err)
	}
	if got := p.For("a@SALES.example.com", false); got.Name != "sales" || got.Observe || got.Thresholds.Reject != 12 {
		t.Errorf("a recipient in sales gets %+v", got)
	}
	if got := p.For("a@example.com", false); got.Name != DefaultPolicy || !got.Observe {
		t.Errorf("another recipient gets %+v", got)
	}
	if got := p.For("a@sales.example.com", true); got.Name != OutgoingPolicy {
		t.Errorf("outgoing mail gets %+v", got)
	}
}

func TestMistakesNameFileLineColumnKeyAndWhatToDo(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "[smtp]\n  lisen = []", `weir.toml:2:3: smtp.lisen: unknown key; did you mean "listen"?`},
		{"key in the wrong table", "listen = [\"x\"]", `weir.toml:1:1: listen: unknown key here; did you mean listen in [smtp] or in [metrics] or in [http] or in [milter] or in [spamd]?`},
		{"unknown table", "[metric]\nlisten = \"\"", `weir.toml:1:2: metric: unknown key; did you mean "metrics"?`},
		{"unknown key without a likeness", "[early]\nzzzzzzzz = 1", `weir.toml:2:1: early.zzzzzzzz: unknown key; known here: refuse_on`},
		{"unknown filter", "[filters.samlpe]\ndepth = 1", `weir.toml:1:10: filters.samlpe: unknown key; did you mean "sample"?`},
		{"unknown key of a filter", "[filters.sample]\ndetph = 1", `weir.toml:2:1: filters.sample.detph: unknown key; did you mean "depth"?`},
		{"unknown common key of a filter", "[filters.sample]\nenable = true", `weir.toml:2:1: filters.sample.enable: unknown key; did you mean "enabled"?`},
		{"unknown key in a list of tables", "[[filters.sample.zone]]\nname = \"x\"\n[[filters.sample.zone]]\nnmae = \"x\"", `weir.toml:4:1: filters.sample.zone[1].nmae: unknown key; did you mean "name"?`},
		{"key for a filter without settings", "[filters.plain]\ndepth = 1", `weir.toml:2:1: filters.plain.depth: unknown key; known here: enabled, on_failure, timeout`},
		{"string for a number", "[filters.sample]\ndepth = \"3\"", `weir.toml:2:1: filters.sample.depth: must be a whole number, like 5, not a string`},
		{"number for a list", "[smtp]\nlisten = 25", `weir.toml:2:1: smtp.listen: must be a list (each element a string in quotes, like "text"), not a whole number`},
		{"string for a truth", "stock_rules = \"yes\"", `weir.toml:1:1: stock_rules: must be true or false, not a string`},
		{"fraction for a whole number", "[smtp]\nmax_recipients = 100.5", `weir.toml:2:1: smtp.max_recipients: must be a whole number, like 5, not a number with a fraction`},
		{"date", "hostname = 1979-05-27", `weir.toml:1:1: hostname: must be a string in quotes, like "text", not a date or time`},
		{"value for a table", "log = \"debug\"", `weir.toml:1:1: log: must be a table, not a string`},
		{"value for a filter", "[filters]\nsample = true", `weir.toml:2:1: filters.sample: must be a table: write [filters.sample]`},
		{"duration without unit", "budget = 5", `weir.toml:1:1: budget: "5" is no duration: write it like 30s, 5m, 1h or 2d`},
		{"duration as a truth", "budget = true", `weir.toml:1:1: budget: must be a duration in quotes, like "30s" or "5m", not true or false`},
		{"size", "[smtp]\nmax_size = \"5 apples\"", `weir.toml:2:1: smtp.max_size: "5 apples" is no size: write it like 512, 64kB, 50MB or 1GB`},
		{"word", "[log]\nformat = \"xml\"", `weir.toml:2:1: log.format: "xml" is not one of ["text" "json"]`},
		{"network", "trusted_networks = [\"10.0.0.0/8\", \"all\"]", `weir.toml:1:35: trusted_networks[1]: "all" is no network`},
		{"network with bits behind its mask", "trusted_networks = [\"10.1.0.0/8\"]", `weir.toml:1:21: trusted_networks[0]: 10.1.0.0/8 has bits behind its mask: do you mean 10.0.0.0/8`},
		{"not a number", "[policies.default]\ntag = nan", `weir.toml:2:1: policies.default.tag: must be a plain number, not NaN`},
		{"number out of range", "[smtp]\nmax_recipients = 9223372036854775807\nmax_errors = -1", `weir.toml:3:1: smtp.max_errors: -1 is too small: at least 1`},
		{"syntax", "mode = observe", `weir.toml:1:8: not valid TOML: `},
		{"key twice", "mode = \"observe\"\nmode = \"enforce\"", `weir.toml:2:1: not valid TOML: key mode is already defined`},
		{"negative threshold", "[policies.default]\nreject = -1", `weir.toml:2:1: policies.default.reject: a threshold is not below 0; 0 switches it off`},
		{"policy for nobody", "[policies.sales]\ntag = 3", `weir.toml:1:11: policies.sales: has no recipients, so it would never be used`},
		{"recipients of the default policy", "[policies.default]\nrecipients = [\"@x.org\"]", `weir.toml:2:1: policies.default.recipients: the policy default is not chosen by recipient`},
		{"recipient pattern", "[policies.a]\nrecipients = [\"x.org\"]", `policies: policy a: recipient "x.org" is not understood`},
		{"recipient of two policies", "[policies.a]\nrecipients = [\"@x.org\"]\n[policies.b]\nrecipients = [\"@x.org\"]", `recipient "@x.org" belongs to policy a already`},
		{"filter slower than a message", "budget = \"1s\"", `filters.sample.timeout: 2s is longer than the budget of a whole message, 1s`},
		{"no timeout", "[filters.plain]\ntimeout = \"0s\"", `weir.toml:2:1: filters.plain.timeout: must be longer than 0`},
		{"host name", "hostname = \"mx 1\"", `weir.toml:1:1: hostname: "mx 1" is no host name`},
		{"header name", "[headers]\nid = \"X Weir\"", `weir.toml:2:1: headers.id: "X Weir" is no name of a header field`},
		{"header injection", "[headers]\nsubject_prefix = \"a\\r\\nBcc: x\"", `weir.toml:2:1: headers.subject_prefix: at most 100 bytes, and no control characters`},
		{"remove everything", "[headers]\nremove = [\"*\"]", `weir.toml:2:11: headers.remove[0]: "*" is no header field`},
		{"profiles for all", "[metrics]\nlisten = \"0.0.0.0:2580\"\npprof = true", `weir.toml:3:1: metrics.pprof: profiles show what is in memory`},
		{"open relay", "[[next_hop]]\naddress = [\"127.0.0.1:25\"]\ndomains = [\"*\"]", `weir.toml:3:1: next_hop[0].domains: "*" would relay mail for anybody`},
		{"domain of two hops", "[[next_hop]]\naddress = [\"a:25\"]\ndomains = [\"x.org\"]\n[[next_hop]]\naddress = [\"b:25\"]\ndomains = [\"x.org\"]", `weir.toml:6:1: next_hop[1].domains: "x.org" goes to a:25 already`},
		{"address without a port", "[smtp]\nlisten = [\":25\", \"25\"]", `weir.toml:2:18: smtp.listen[1]: "25" is no address with a port`},
		{"port that there is not", "[smtp]\nlisten = [\"127.0.0.1:99999\"]", `weir.toml:2:11: smtp.listen[0]: "127.0.0.1:99999" is no address with a port`},
		{"an address of two doors", "[http]\nlisten = [\"127.0.0.1:11333\"]\n[spamd]\nlisten = [\"127.0.0.1:11333\"]", `weir.toml:4:1: spamd.listen: "127.0.0.1:11333" is an address of http.listen already`},
		{"an address of a door and of the metrics", "[milter]\nlisten = [\"127.0.0.1:2580\"]", `metrics.listen: "127.0.0.1:2580" is an address of milter.listen already`},
		{"address twice", "[smtp]\nlisten = [\":25\", \":25\"]", `weir.toml:2:18: smtp.listen[1]: ":25" is listed twice`},
		{"nowhere to listen", "[smtp]\nlisten = []", `weir.toml:2:1: smtp.listen: names no address`},
		{"smtp check", "[smtp]\nmax_recipients = 5", `weir.toml:2:1: smtp.max_recipients: 5 is too small: at least 100`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse("weir.toml", []byte(c.text), specs())
			if err == nil || got != nil {
				t.Fatalf("accepted: %v", got)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
		})
	}
}

func TestAllMistakesAreShownAtOnceInTheOrderOfTheFile(t *testing.T) {
	_, err := Parse("weir.toml", []byte("mod = 1\nhostname = 5\n[filters.sample]\ndetph = 1\n[smtp]\nlisten = 1\n"), specs())
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatalf("got %v", err)
	}
	var keys []string
	for _, p := range ps {
		keys = append(keys, p.Key)
	}
	if want := []string{"mod", "hostname", "filters.sample.detph", "smtp.listen"}; !slices.Equal(keys, want) {
		t.Errorf("got %q, want %q", keys, want)
	}
}

func TestB16_a_broken_config_gives_no_config(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "weir.toml")
	for _, c := range []struct{ name, text string }{
		{"B16_one_bad_key_among_good_ones", "hostname = \"mx.example.com\"\nmdoe = \"observe\""},
		{"B16_bad_filter_setting", "hostname = \"mx.example.com\"\n[filters.sample]\ndepth = \"deep\""},
		{"B16_bad_meaning", "[policies.default]\nreject = -3"},
		{"B16_syntax", "hostname ="},
		{"B16_binary", "\x00\xff\xfe"},
		{"B16_too_long", "# " + strings.Repeat("x", maxFile)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := Load(path, specs()); err == nil || got != nil {
				t.Errorf("got %v, %v: want an error and nothing else", got, err)
			}
		})
	}
	t.Run("B16_no_file", func(t *testing.T) {
		if got, err := Load(filepath.Join(dir, "none.toml"), specs()); err == nil || got != nil || !strings.Contains(err.Error(), "none.toml") {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("B16_a_load_does_not_touch_what_an_earlier_one_gave", func(t *testing.T) {
		first := mustParse(t, "[policies.default]\ntag = 6\n[headers]\nremove = [\"X-A\"]")
		mustParse(t, "[policies.default]\ntag = 7\n[headers]\nremove = [\"X-B\"]")
		if first.Policies[DefaultPolicy].Tag != 6 || first.Headers.Remove[0] != "X-A" {
			t.Errorf("the first config changed: %+v", first.Policies)
		}
		if d := Default(); d.Policies[DefaultPolicy].Tag != 5 || len(d.Headers.Remove) != len(gateway.DefaultRemove) {
			t.Errorf("the defaults changed: %+v", d)
		}
	})
}

func FuzzParse(f *testing.F) {
	var out bytes.Buffer
	if err := WriteDefaults(&out, specs()); err != nil {
		f.Fatal(err)
	}
	f.Add(commented.ReplaceAllString(out.String(), "$1"))
	f.Add("[filters.sample]\nzone = [{name = \"a\"}, 3]\n[[next_hop]]\n[[policies]]\n")
	f.Add("a.b.c = {d = [[{e = 1}]]}\n\"x.y\" = 1\n[policies.\"a b\".c]\n")
	f.Add("[[a]]\n[[a.b]]\n[a.b.c]\nd=1")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("weir.toml", []byte(text), specs())
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v: want one of them", c, err)
		}
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without a text")
			}
			return
		}
		var shown bytes.Buffer
		if err := c.Show(&shown, specs()); err != nil {
			t.Fatal(err)
		}
		if _, err := Parse("shown.toml", shown.Bytes(), specs()); err != nil {
			t.Fatalf("what is shown is no config: %v\n%s", err, shown.Bytes())
		}
	})
}
