package mime

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/message/anomaly"
)

func newFilter(t testing.TB) filters.Filter {
	f, err := Spec.New(func(any) error { return nil }, filters.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func check(t testing.TB, f filters.Filter, raw []byte) filters.Result {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(raw)
	r, err := f.Check(context.Background(), m, filters.Findings{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryAnomalyHasOneSymbol(t *testing.T) {
	rowOf := make(map[anomaly.Kind]string)
	symbols := make(map[string]bool)
	for _, r := range rows {
		if rowOf[r.kind] != "" || symbols[r.symbol] {
			t.Errorf("%s: kind or symbol twice", r.symbol)
		}
		rowOf[r.kind], symbols[r.symbol] = r.symbol, true
		if !strings.HasPrefix(r.symbol, "MIME_") || r.text == "" || r.score < 0 || r.score > 3.5 {
			t.Errorf("%+v: bad row", r)
		}
	}
	for _, k := range anomaly.Kinds() {
		if rowOf[k] == "" {
			t.Errorf("%v has no symbol", k)
		}
	}
}

func TestDocumentedTableIsTheSpec(t *testing.T) { filtertest.SymbolTable(t, Spec) }

// TestHonestMailScoresNextToNothing runs over mail that must never be called spam.
func TestHonestMailScoresNextToNothing(t *testing.T) {
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("SHARED SUITE NOT RUN: no folder ../shared and no WEIR_SHARED")
	}
	f := newFilter(t)
	for _, folder := range []string{"modern-ham", "bounces"} {
		files, _ := filepath.Glob(filepath.Join(root, "corpora", folder, "*.eml"))
		if len(files) < 400 {
			t.Errorf("%s: only %d files", folder, len(files))
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if sum, names := total(check(t, f, raw)); sum > 1.5 {
				t.Errorf("%s scores %.1f: %s", filepath.Base(file), sum, names)
			}
		}
	}
}

func total(r filters.Result) (sum float64, names string) {
	for _, h := range r.Hits {
		for _, row := range rows {
			if row.symbol == h.Name {
				sum += row.score
				names += " " + h.Name
			}
		}
	}
	return sum, names
}

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/mime") }
