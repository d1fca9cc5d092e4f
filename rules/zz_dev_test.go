package rules

import (
	"os"
	"strings"
	"testing"

	"weir/scoring"
)

func TestDebianLoad(t *testing.T) {
	dir := os.Getenv("SA_RULES")
	if dir == "" {
		t.Skip("SA_RULES names no folder")
	}
	s, err := Load(Options{Paths: []string{dir}})
	if err != nil {
		t.Log(err)
	}
	counts := map[string]int{}
	for _, p := range s.Problems() {
		k, _, _ := strings.Cut(p.Text, " ")
		counts[p.Level.String()+" "+k]++
		if p.Level != NotRun && counts[p.Level.String()] < 60 {
			counts[p.Level.String()]++
			t.Log(p.Level, p)
		}
	}
	t.Log(len(s.rules), len(s.plan.report), counts)
	for _, p := range s.Fill(&scoring.Table{}) {
		if p.Level == Error || os.Getenv("V") != "" {
			t.Log(p.Level, p)
		}
	}
}
