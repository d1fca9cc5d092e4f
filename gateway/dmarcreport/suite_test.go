package dmarcreport

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReportsOfOthersReadAlike reads reports that others sent with the types that write ours, and compares with what the
// suite's own program read: so the words stand where others look for them.
func TestReportsOfOthersReadAlike(t *testing.T) {
	shared := os.Getenv("WEIR_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(shared, "suites/dkim-dmarc/dmarc-feedback/*.xml"))
	if len(files) == 0 {
		t.Skip("SHARED SUITE NOT RUN: suites/dkim-dmarc/dmarc-feedback is not there")
	}
	records := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got document
			if err := xml.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(strings.TrimSuffix(file, ".xml") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want theirs
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.plain(), ours(&got)); diff != "" {
				t.Errorf("-suite +got\n%s", diff)
			}
			records += len(got.Records)
		})
	}
	if records < len(files) {
		t.Errorf("%d records in %d reports", records, len(files))
	}
}

// theirs is a report as the suite has it in JSON.
type theirs struct {
	Metadata struct {
		Name string `json:"org_name"`
		ID   string `json:"report_id"`
		Date struct {
			Begin, End int64
		} `json:"date_range"`
	} `json:"report_metadata"`
	Policy struct{ Domain, P, SP string } `json:"policy_published"`
	Record []struct {
		Row struct {
			Source    string `json:"source_ip"`
			Count     int
			Evaluated struct {
				Disposition, DKIM, SPF string
			} `json:"policy_evaluated"`
		}
		Identifiers struct {
			MailFrom string `json:"envelope_from"`
			From     string `json:"header_from"`
		}
		Results struct {
			DKIM []struct{ Domain, Selector, Result string }
			SPF  []struct{ Domain, Result string }
		} `json:"auth_results"`
	}
}

// plain lists what both have, in lower case; "Unspecified" is what was not there.
func (r *theirs) plain() (list []string) {
	list = add(list, r.Metadata.Name, r.Metadata.ID, r.Metadata.Date.Begin, r.Metadata.Date.End, r.Policy.Domain, r.Policy.P, r.Policy.SP)
	for _, rec := range r.Record {
		list = add(list, rec.Row.Source, rec.Row.Count, rec.Row.Evaluated.Disposition, rec.Row.Evaluated.DKIM, rec.Row.Evaluated.SPF, rec.Identifiers.MailFrom, rec.Identifiers.From)
		for _, d := range rec.Results.DKIM {
			list = add(list, "dkim", d.Domain, d.Selector, d.Result)
		}
		for _, s := range rec.Results.SPF {
			list = add(list, "spf", s.Domain, s.Result)
		}
	}
	return list
}

func ours(r *document) (list []string) {
	list = add(list, r.Metadata.Organisation, r.Metadata.ID, r.Metadata.Begin, r.Metadata.End, r.Policy.Domain, r.Policy.P, r.Policy.SP)
	for _, rec := range r.Records {
		list = add(list, rec.Row.Source, rec.Row.Count, rec.Row.Evaluated.Disposition, rec.Row.Evaluated.DKIM, rec.Row.Evaluated.SPF, rec.Identifiers.MailFrom, rec.Identifiers.From)
		for _, d := range rec.Results.DKIM {
			list = add(list, "dkim", d.Domain, d.Selector, d.Result)
		}
		for _, s := range rec.Results.SPF {
			list = add(list, "spf", s.Domain, s.Result)
		}
	}
	return list
}

func add(list []string, values ...any) []string {
	for _, v := range values {
		s := strings.ToLower(strings.TrimSpace(fmt.Sprint(v)))
		if s == "unspecified" {
			s = ""
		}
		list = append(list, s)
	}
	return list
}
