package gateway

import (
	"errors"
	"testing"

	"weir/filters"
	"weir/scoring"
)

func TestTheReportSaysWhetherMailWasScanned(t *testing.T) {
	scanner, other := &filters.Spec{Name: "clamav", Scans: true}, &filters.Spec{Name: "spf"}
	down := errors.New("no answer")
	for _, c := range []struct {
		name  string
		found []finding
		want  filters.Scan
		field string
	}{
		{"no scanner", []finding{{spec: other}}, filters.ScanOff, ""},
		{"a scanner that is off", []finding{{spec: scanner, result: filters.Result{Scan: filters.ScanOff}}}, filters.ScanOff, ""},
		{"clean", []finding{{spec: scanner, result: filters.Result{Scan: filters.ScanClean}}}, filters.ScanClean, "clean"},
		{"C09_failed", []finding{{spec: scanner, err: down}}, filters.ScanUnscanned, "not scanned"},
		{"another filter failed", []finding{{spec: other, err: down}}, filters.ScanOff, ""},
		{"one found, one failed", []finding{{spec: scanner, err: down}, {spec: scanner, result: filters.Result{Scan: filters.ScanInfected}}}, filters.ScanInfected, "infected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Report{Auth: map[string][]filters.Auth{}}
			r.fill(&Snapshot{Table: &scoring.Table{}}, c.found)
			if r.Antivirus != c.want {
				t.Errorf("antivirus %q", r.Antivirus)
			}
			field := ""
			for _, e := range DefaultHeaders.fields(r, &scoring.Decision{}) {
				if e.Name == "X-Virus-Status" {
					field = e.Value
				}
			}
			if field != c.field {
				t.Errorf("header %q", field)
			}
		})
	}
}
