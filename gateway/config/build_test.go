package config

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/filters"
	"weir/gateway"
	"weir/scoring"
)

// closing is a filter that notes when it is closed.
type closing struct {
	nothing
	closed *int
}

func (c closing) Close() error { *c.closed++; return nil }

// closingSpec makes filters that count their closings.
func closingSpec(closed *int) filters.Spec {
	return filters.Spec{Name: "closing", New: func(decode func(any) error, _ filters.Env) (filters.Filter, error) {
		return closing{closed: closed}, decode(&struct{}{})
	}}
}

// failing is a filter whose settings fit but can't be used.
var failing = filters.Spec{Name: "failing", New: func(decode func(any) error, _ filters.Env) (filters.Filter, error) {
	if err := decode(&struct{}{}); err != nil {
		return nil, err
	}
	return nil, errors.New("no such database")
}}

func TestASnapshotHasWhatTheConfigSays(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "10_own.cf", "header OWN_RULE Subject =~ /x/\nscore OWN_RULE 2.5\nscore SAMPLE_HIT 4\n")
	c := mustParse(t, "hostname = \"mx.example.com\"\nstock_rules = false\nsplit = \"452\"\n[early]\nrefuse_on = [\"SAMPLE_HIT\"]\n[filters.sample]\ntimeout = \"3s\"\ndepth = 8\n",
		Flag{"--rules", "rules", []string{dir}})
	s, err := c.Snapshot(specs(), filters.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Filters) != 1 || s.Filters[0].Spec.Name != "sample" || s.Filters[0].OnFailure != filters.DeferMail || s.Filters[0].Timeout.Seconds() != 3 {
		t.Errorf("filters are %+v", s.Filters)
	}
	if lastSample.Depth != 8 {
		t.Errorf("the filter was made with %+v", lastSample)
	}
	set := s.Settings
	if set.Hostname != "mx.example.com" || set.AuthservID != "mx.example.com" || !set.Split452 || set.Clock == nil || set.Limits.Depth != 50 || len(set.Remove) != len(gateway.DefaultRemove) {
		t.Errorf("settings are %+v", set)
	}
	if e := s.Table.Entry("SAMPLE_HIT"); e == nil || e.Score != 4 || len(e.Origins) != 2 || !strings.HasSuffix(e.Origins[1].File, "10_own.cf") {
		t.Errorf("SAMPLE_HIT is %+v", e)
	}
	if e := s.Table.Entry("OWN_RULE"); e == nil || e.Score != 2.5 {
		t.Errorf("OWN_RULE is %+v", e)
	}
	for _, name := range []string{"SAMPLE_FAILED", "PLAIN_FAILED", gateway.FailedSymbol("parser")} {
		if s.Table.Entry(name) == nil {
			t.Errorf("%s is not declared", name)
		}
	}
}

func TestB16_what_can_not_be_built_is_not_half_built(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bad.cf", "score NO_SUCH_SYMBOL 3\n")
	for _, c := range []struct{ name, text, want string }{
		{"B16_a_filter_that_can_not_be_made", "stock_rules = false", "filters.failing: no such database"},
		{"B16_a_score_for_nothing", "rules = [\"" + dir + "\"]", "bad.cf:1"},
		{"B16_rules_that_are_not_there", "rules = [\"" + filepath.Join(dir, "none") + "\"]", "none"},
		{"B16_refusal_on_a_symbol_that_is_not_there", "stock_rules = false\n[early]\nrefuse_on = [\"SAMPLE_HITT\"]", `weir.toml:3:14: early.refuse_on[0]: no filter and no rule reports "SAMPLE_HITT"; did you mean SAMPLE_HIT?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			closed := 0
			all := append(specs(), closingSpec(&closed), failing)
			conf, err := Parse("weir.toml", []byte(c.text), all)
			if err != nil {
				t.Fatal(err)
			}
			s, err := conf.Snapshot(all, filters.Env{})
			if s != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, %v", s, err)
			}
			if made := c.name == "B16_a_filter_that_can_not_be_made"; made && closed != 1 {
				t.Errorf("the filter made before was closed %d times", closed)
			}
		})
	}
}

func TestCheckSaysWhatAGoodConfigDoes(t *testing.T) {
	closed := 0
	path := filepath.Join(t.TempDir(), "weir.toml")
	write(t, filepath.Dir(path), "weir.toml", "mode = \"observe\"\nstock_rules = false\n")
	var out bytes.Buffer
	if err := Check(&out, path, append(specs(), closingSpec(&closed))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{path + ": good.", "smtp on 127.0.0.1:2525 to ", "Maildir (*)", "filters: sample, closing", "default, outgoing", "observe mode"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s", want, out.String())
		}
	}
	if closed != 1 {
		t.Errorf("the filters were closed %d times", closed)
	}
	if err := Check(&out, path, append(specs(), failing)); err == nil {
		t.Error("a filter that can't be made passes the check")
	}
}

func TestCheckSaysWhichDoorsAreOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.toml")
	write(t, filepath.Dir(path), "weir.toml", "stock_rules = false\n[smtp]\nlisten = []\n[milter]\nlisten = [\"127.0.0.1:11332\"]\n[http]\nlisten = [\"127.0.0.1:11333\"]\n")
	var out bytes.Buffer
	if err := Check(&out, path, specs()); err != nil {
		t.Fatal(err)
	}
	if want := "milter on 127.0.0.1:11332; http on 127.0.0.1:11333; filters"; !strings.Contains(out.String(), want) || strings.Contains(out.String(), "Maildir") {
		t.Errorf("want %q, and no next hop of a proxy that is closed, in %s", want, out.String())
	}
}

func TestCheckNamesAFilterThatHasNoEffect(t *testing.T) {
	closed := 0
	grey := closingSpec(&closed)
	grey.Symbols = append(grey.Symbols, scoring.Symbol{Name: "CLOSING_NEW", Grey: true, Text: "Puts off."})
	for text, want := range map[string]bool{
		"":                                     true,
		"[policies.default]\ngreylist = 2.5\n": false,
		"[filters.closing]\nenabled = false\n": false,
	} {
		path := filepath.Join(t.TempDir(), "weir.toml")
		write(t, filepath.Dir(path), "weir.toml", "stock_rules = false\n"+text)
		var out bytes.Buffer
		if err := Check(&out, path, append(specs(), grey)); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "filters.closing has no effect"); got != want {
			t.Errorf("%q: %s", text, out.String())
		}
	}
}

func TestCheckReadsTheCertificate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "weir.toml")
	write(t, dir, "weir.toml", "[smtp.tls]\nmode = \"optional\"\ncert = \"nosuch.pem\"\nkey = \"nosuch.key\"\n")
	err := Check(io.Discard, path, specs())
	if err == nil || !strings.HasPrefix(err.Error(), path+":3:1: smtp.tls.cert: ") || !strings.Contains(err.Error(), "nosuch.pem: no such file") {
		t.Errorf("got %v", err)
	}
}

func TestARulesFileThatIsNotThereIsShownInTheConfig(t *testing.T) {
	c, err := Parse("weir.toml", []byte("rules = [\"/\",\n  \"nosuch.cf\"]\n"), specs())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.Scores(specs(), true)
	if err == nil || !strings.HasPrefix(err.Error(), "weir.toml:2:3: rules[1]: ") || !strings.Contains(err.Error(), "nosuch.cf: no such file") {
		t.Errorf("got %v", err)
	}
}

func TestAByteOrderMarkIsNoMistake(t *testing.T) {
	c, err := Parse("weir.toml", []byte("\xef\xbb\xbfmode = \"observe\"\r\n"), specs())
	if err != nil || c.Mode != Observe {
		t.Errorf("got %v", err)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
