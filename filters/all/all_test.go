package all_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/all"
	"weir/gateway"
	"weir/gateway/config"
	"weir/message"
)

// house is a gateway with the shipped configuration, offline.
func house(t *testing.T) *gateway.Gateway {
	t.Helper()
	cfg, err := config.Load("", all.Filters)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := cfg.Snapshot(all.Filters, filters.Env{Offline: true})
	if err != nil {
		t.Fatalf("the stock rules do not fit the filters: %v", err)
	}
	gw := gateway.New(snap, nil)
	t.Cleanup(gw.Close)
	return gw
}

// TestNamesAndSymbolsKeepTheHousesRules: one name for folder, config table and metric; symbols begin with it.
func TestNamesAndSymbolsKeepTheHousesRules(t *testing.T) {
	house(t)
	seen := map[string]string{}
	for _, spec := range all.Filters {
		if _, err := os.Stat(filepath.Join("..", spec.Name)); err != nil {
			t.Errorf("filter %s has no folder of its name", spec.Name)
		}
		if spec.Text == "" {
			t.Errorf("filter %s does not say what it is for", spec.Name)
		}
		for _, s := range spec.Symbols {
			if other := seen[s.Name]; other != "" {
				t.Errorf("symbol %s is declared by %s and %s", s.Name, other, spec.Name)
			}
			seen[s.Name] = spec.Name
			if s.Text == "" {
				t.Errorf("symbol %s of %s has no meaning", s.Name, spec.Name)
			}
		}
	}
}

// TestNoHonestMailIsCalledSpam runs all that ships over honest mail of today, and over bounces.
func TestNoHonestMailIsCalledSpam(t *testing.T) {
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("SHARED SUITE NOT RUN: no folder ../shared and no WEIR_SHARED")
	}
	gw, judged := house(t), 0
	for _, folder := range []string{"modern-ham", "bounces"} {
		err := filepath.WalkDir(filepath.Join(root, "corpora", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".eml") {
				return err
			}
			judged++
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if r := judge(gw, raw); !r.Action.Delivers() || r.Score >= r.Required {
				t.Errorf("%s: %s with %.1f: %v", path, r.Action, r.Score, r.Symbols)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if judged < 1200 {
		t.Errorf("only %d messages were judged", judged)
	}
}

func judge(gw *gateway.Gateway, raw []byte) *gateway.Report {
	s := gw.Open(context.Background(), message.Client{})
	defer s.Close()
	tx := s.Unknown()
	defer tx.Close()
	return tx.Data(context.Background(), raw).Report
}

func TestTheReadmeNamesEveryFilter(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Filters")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, spec := range all.Filters {
		if !strings.Contains(table, "`"+spec.Name+"`") {
			t.Errorf("README.md's table of filters lacks %s", spec.Name)
		}
		if _, err := os.Stat("../../docs/" + spec.Name + ".md"); err != nil && spec.Name != "ruleset" { // docs/rules.md
			t.Error(err)
		}
	}
}
