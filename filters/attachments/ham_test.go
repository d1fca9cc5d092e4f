package attachments

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/realtest"
	"weir/message"
)

func newTest(t testing.TB, change func(*Config)) filters.Filter {
	t.Helper()
	f, err := Spec.New(func(into any) error {
		if change != nil {
			change(into.(*Config))
		}
		return nil
	}, filters.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func check(t testing.TB, f filters.Filter, raw []byte) filters.Result {
	t.Helper()
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(raw)
	r, err := f.Check(context.Background(), m, filters.Findings{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// total is what the hits of a result add up to.
func total(r filters.Result) (sum float64, text string) {
	for _, h := range r.Hits {
		for _, s := range symbols {
			if s.Name == h.Name {
				sum += s.Score
				text += " " + h.Name + "(" + h.Detail + ")"
			}
		}
	}
	return sum, text
}

func TestHonestMailHitsNothingThatScores(t *testing.T) {
	f := newTest(t, nil)
	for _, folder := range []string{"modern-ham", "bounces"} {
		files, _ := filepath.Glob(realtest.Shared(t, "corpora", folder) + "/*.eml")
		if len(files) < 400 {
			t.Errorf("%s: only %d files", folder, len(files))
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			sum, text := total(check(t, f, raw))
			if d := time.Since(began); d > 100*time.Millisecond {
				t.Logf("%s took %v", filepath.Base(file), d)
			}
			if sum > 0 {
				t.Errorf("%s scores %.1f:%s", filepath.Base(file), sum, text)
			} else if text != "" {
				t.Logf("%s: %s", filepath.Base(file), strings.TrimSpace(text))
			}
		}
	}
}
