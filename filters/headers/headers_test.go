package headers

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/headers") }

func TestDocumentedTableIsTheSpec(t *testing.T) { filtertest.SymbolTable(t, Spec) }

// TestEverySymbolHasACase makes sure that each symbol can be reported at all.
func TestEverySymbolHasACase(t *testing.T) {
	files, _ := filepath.Glob("../../testdata/headers/*.txtar")
	var all strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		_, want, _ := strings.Cut(string(data), "-- want --")
		all.WriteString(want)
	}
	for _, s := range Spec.Symbols {
		if !strings.Contains(all.String(), `"`+s.Name+`"`) {
			t.Errorf("%s is in no case", s.Name)
		}
	}
}

// TestHonestMailScoresLittle runs over mail that must never be called spam, now and with the clock ahead.
func TestHonestMailScoresLittle(t *testing.T) {
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	if _, err := os.Stat(filepath.Join(root, "corpora")); err != nil {
		t.Skipf("SHARED SUITE NOT RUN: %v", err)
	}
	const limit = 1.5
	for name, now := range map[string]time.Time{"now": time.Now(), "in a year": time.Now().AddDate(1, 0, 0), "in ten years": time.Now().AddDate(10, 0, 0)} {
		t.Run(name, func(t *testing.T) {
			f := filtertest.New(t, Spec, "", filters.Env{})
			n := 0
			for _, folder := range []string{"corpora/modern-ham", "corpora/bounces"} {
				filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
					if err != nil || d.IsDir() || filepath.Ext(path) != ".eml" {
						return err
					}
					n++
					if score, hits := judge(t, f, path, now); score > limit {
						t.Errorf("%s scores %.1f: %v", path, score, hits)
					}
					return nil
				})
			}
			if n < 1000 {
				t.Errorf("only %d messages were found", n)
			}
		})
	}
}

func judge(t *testing.T, f filters.Filter, path string, now time.Time) (score float64, hits []string) {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := message.New(message.Envelope{Time: now}, message.Options{})
	m.Load(raw)
	r, err := f.Check(context.Background(), m, filters.Findings{})
	if err != nil {
		t.Error(err)
	}
	filtertest.CheckResult(t, Spec, r)
	for _, h := range r.Hits {
		for _, s := range Spec.Symbols {
			if s.Name == h.Name {
				weight := h.Weight
				if weight == 0 {
					weight = 1
				}
				score += s.Score * weight
			}
		}
		hits = append(hits, h.Name+" "+h.Detail)
	}
	return score, hits
}
